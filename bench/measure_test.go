package bench

import (
	"testing"

	"github.com/tgfetch/tgfetch/bench/report"
	"github.com/tgfetch/tgfetch/bench/simdc"
)

func scenario(t *testing.T, name string) simdc.Scenario {
	t.Helper()
	s, err := simdc.ReadScenario("scenarios/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRun(t *testing.T) {
	r, err := RunOn(t.Context(), scenario(t, "connection"), Options{Measured: func(dc report.DC, p report.Point) {
		t.Logf("%s %d × %d KiB, part %d KiB: %.2f MB/s (%.2f–%.2f)", dc.Name(), p.Connections, p.Window>>10, p.Part>>10, p.Rate/1e6, p.Low/1e6, p.High/1e6)
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range r.DCs {
		t.Logf("%s: %+v %s %v", d.Name(), d.Verdict, d.Note, d.RTT)
	}
	t.Log(r.Findings, r.Seconds, r.Bytes)
}
