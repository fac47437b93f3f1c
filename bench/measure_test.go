package bench

import (
	"slices"
	"testing"

	"github.com/tgfetch/tgfetch/bench/report"
)

// planted is one of the planted limits.
func planted(t *testing.T, name string) Planted {
	t.Helper()
	plants := Plants()
	i := slices.IndexFunc(plants, func(p Planted) bool { return p.Name == name })
	if i < 0 {
		t.Fatalf("no scenario %q", name)
	}
	return plants[i]
}

func dcOf(t *testing.T, r Report, name string) report.DC {
	t.Helper()
	i := slices.IndexFunc(r.DCs, func(d report.DC) bool { return d.Name() == name })
	if i < 0 {
		t.Fatalf("no %s in the report", name)
	}
	return r.DCs[i]
}

// The verdict names what was planted. These two are the cheap ones; tgfetch bench
// --sim verdicts runs all of them.
func TestVerdictNamesWhatWasPlanted(t *testing.T) {
	for _, c := range []struct {
		name        string
		connections int
	}{{"connection", 2}, {"flood9", 4}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := planted(t, c.name)
			r, err := RunOn(t.Context(), p.Scenario, Options{
				Connections: c.connections, Rounds: 1, Cold: true,
			})
			if err != nil {
				t.Fatal(err)
			}
			if wrong := p.check(r); wrong != "" {
				t.Error(wrong)
			}
			d := dcOf(t, r, p.DC)
			if len(d.Dial) == 0 || len(d.RTT) == 0 || d.Exchange <= 0 || d.Checked == 0 || d.Note != "" {
				t.Errorf("%d dials, %d round trips, exchange %v s, %d bytes checked, note %q", len(d.Dial), len(d.RTT), d.Exchange, d.Checked, d.Note)
			}
			if r.Bytes == 0 || r.Bytes > r.MaxBytes || r.Partial != "" {
				t.Errorf("%d bytes of %d read; partial: %q", r.Bytes, r.MaxBytes, r.Partial)
			}
		})
	}
}
