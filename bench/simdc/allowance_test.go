package simdc

import (
	"strings"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// TestAllowance follows an account that reads, is refused, goes on too long,
// and waits.
func TestAllowance(t *testing.T) {
	a := scenario.Allowance{Rate: 1 << 20, Burst: 4 << 20, Wait: 2, BusyAfter: 3, BusyFor: scenario.Duration(10 * time.Second)}
	var m meter
	start := time.Unix(1e9, 0)
	for i, step := range []struct {
		at   time.Duration
		n    int
		want string
	}{
		{0, 1 << 20, ""}, {0, 1 << 20, ""}, {0, 1 << 20, ""}, {0, 1 << 20, ""}, // The burst.
		{0, 1, "420 FLOOD_PREMIUM_WAIT_2"},
		{time.Second, 1 << 20, ""}, // What came in a second.
		{time.Second, 4096, "420 FLOOD_PREMIUM_WAIT_2"},
		{time.Second, 4096, "420 FLOOD_PREMIUM_WAIT_2"},
		{1500 * time.Millisecond, 1 << 20, "420 FLOOD_PREMIUM_WAIT_2"}, // The third in a row.
		{2 * time.Second, 4096, "-503 Timeout"},
		{11 * time.Second, 4096, "-503 Timeout"},
		{11500 * time.Millisecond, 1 << 20, ""},
	} {
		err := m.read(a, step.n, start.Add(step.at))
		if step.want == "" && err != nil {
			t.Fatalf("step %d: %v", i, err)
		} else if step.want != "" {
			wantError(t, err, step.want)
		}
	}
	if err := m.read(scenario.Allowance{}, 1<<30, start); err != nil {
		t.Errorf("without an allowance: %v", err)
	}
	for _, text := range []string{`{"burst": "2MiB"}`, `{"rate": 1, "busy_after": 2}`, `{"rate": 1, "burst": 4096}`, `{"rate": 1, "wait": -1}`} {
		_, err := scenario.Parse([]byte(`{"base": "default", "accounts": [{"id": 1, "home_dc": 1, "phone": "+9996619999", "code": "1", "allowance": ` + text + `}]}`))
		if err == nil || !strings.Contains(err.Error(), "allowance") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
