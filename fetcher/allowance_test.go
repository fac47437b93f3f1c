package fetcher

import (
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// TestAllowance fetches for an account that may read less than the path
// allows: the waits cost time, and neither bytes nor the file.
func TestAllowance(t *testing.T) {
	s := startSim(t, func(s *scenario.Scenario) {
		for i := range s.Accounts {
			if s.Accounts[i].ID == simUser {
				s.Accounts[i].Allowance = scenario.Allowance{
					Rate: 4 << 20, Burst: 1 << 20, Wait: 1, BusyAfter: 12, BusyFor: scenario.Duration(200 * time.Millisecond),
				}
			}
		}
	})
	c := s.client(nil)
	for _, message := range []int{simMedium, simOdd, simUnproven} {
		f := file(t, c, message)
		result, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		checkContent(t, result.Path, f)
	}
	floods := int64(0)
	for _, dc := range c.Stats().Pool.DCs {
		floods += int64(dc.Floods)
	}
	if floods == 0 {
		t.Error("the account was never asked to wait")
	}
}
