package lab

import (
	"github.com/tgfetch/tgfetch/bench"
	"slices"
	"testing"
)

// knownLimit is one of the known limits.
func knownLimit(t *testing.T, name string) KnownLimit {
	t.Helper()
	known := KnownLimits()
	i := slices.IndexFunc(known, func(p KnownLimit) bool { return p.Name == name })
	if i < 0 {
		t.Fatalf("no scenario %q", name)
	}
	return known[i]
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
			p := knownLimit(t, c.name)
			// What is in flight takes half a second, so that a machine that others use
			// as well does not let it run dry.
			p.Scenario.Link.Rate = 500e3
			r, err := Measure(t.Context(), p.Scenario, bench.Options{
				Connections: c.connections, Rounds: 1, Cold: true,
			})
			if err != nil {
				t.Fatal(err)
			}
			if wrong := p.check(r); wrong != "" {
				t.Error(wrong)
			}
			d := r.Named(p.DC)
			if len(d.Dial) == 0 || len(d.RTT) == 0 || d.Exchange <= 0 || d.Checked == 0 || d.Note != "" {
				t.Errorf("%d dials, %d round trips, exchange %v s, %d bytes checked, note %q", len(d.Dial), len(d.RTT), d.Exchange, d.Checked, d.Note)
			}
			if r.Bytes == 0 || r.Bytes > r.MaxBytes || r.Partial != "" {
				t.Errorf("%d bytes of %d read; partial: %q", r.Bytes, r.MaxBytes, r.Partial)
			}
		})
	}
}
