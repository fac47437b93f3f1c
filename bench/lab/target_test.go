package lab

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/bench/report"
)

// ran is a run of 100 MB that took this many seconds.
func ran(client string, number int, span float64) ClientRun {
	return ClientRun{Client: client, Round: number, Bytes: 100e6, Files: 10, Wall: span + 1, CPU: span, PeakRSS: 10 << 20, Traffic: Traffic{Span: span}}
}

func TestJudge(t *testing.T) {
	report := Report{Profiles: []ProfileReport{
		{Name: "one", Runs: []ClientRun{
			// Only the middle round shows what is typical; machines hiccup.
			ran("tgfetch", 1, 2), ran("gotd/4", 1, 5), ran("gotd/8", 1, 8),
			ran("tgfetch", 2, 2), ran("gotd/4", 2, 40), ran("gotd/8", 2, 30),
			ran("gotd/8", 3, 7), ran("tgfetch", 3, 10), ran("gotd/4", 3, 6),
		}},
		{Name: "two", Runs: []ClientRun{ran("tgfetch", 1, 1), ran("tgfetch", 2, 1.5), ran("tgfetch", 3, 11)}},
		{Name: "broken", Runs: []ClientRun{ran("tgfetch", 1, 1), {Client: "tgfetch", Round: 2, Error: "wrong bytes"}}},
	}}
	tests := []struct {
		profile string
		target  target
		value   float64
		verdict string
	}{
		{"one", timesBaseline(2), 2.5, Reached},
		{"one", timesBaseline(3), 2.5, Missed},
		{"one", cpuOfBaseline(0.4), 0.4, Reached},
		{"one", spanShare(100, 0.5), 50, Reached},
		{"one", peakMemory(10 << 20), 10, Reached},
		{"one", spanOfReference("two", 1.3), 4. / 3, Missed},
		{"one", spanBeyondReference("two", time.Second), 0.5, Reached},
		{"one", speedOfReference("two", 0.75), 75, Reached},
		{"one", filesPerSecond(3), 10. / 3, Reached},
		{"two", timesBaseline(1), 0, NotMeasured},
		{"two", spanOfReference("three", 1), 0, NotMeasured},
		{"broken", spanShare(1, 1), 0, Missed},
	}
	for _, test := range tests {
		for _, p := range report.Profiles {
			if p.Name != test.profile {
				continue
			}
			got := test.target.judge(report.rounds(p.Runs))
			if got.Verdict != test.verdict || got.Value != test.value {
				t.Errorf("%s, %s: %+v, want %s at %v", p.Name, got.Want, got, test.verdict, test.value)
			}
		}
	}
}

func TestMarkdown(t *testing.T) {
	r := Report{
		Machine: report.Machine{OS: "linux", Arch: "amd64", CPU: "Z80", Cores: 2, Go: "go1.26"},
		Started: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC),
		Profiles: []ProfileReport{{
			Name:    "one",
			Runs:    []ClientRun{ran("gotd/4", 1, 4), ran("tgfetch", 1, 2), ran("tgfetch", 2, 4), {Client: "tgfetch", Round: 3, Error: "a.bin holds wrong bytes"}},
			Targets: []Target{{Want: "≥ 85 % of 80 MB/s", Got: "50.00 MB/s", Verdict: Missed}},
		}},
	}
	const want = `2030-01-02, linux/amd64, Z80, 2 cores, go1.26.
Median (min–max) of the runs. MB is 10⁶ bytes, MiB 2²⁰.

| profile | client  | runs         | transfer MB/s    | transfer s       | process s        | CPU s            | peak MiB | connections | handshakes | requests | asked twice MB | others' CPU s |
|---------|---------|--------------|------------------|------------------|------------------|------------------|----------|-------------|------------|----------|----------------|---------------|
| one     | tgfetch | 2 (1 failed) | 37.5 (25.0–50.0) | 3.00 (2.00–4.00) | 4.00 (3.00–5.00) | 3.00 (2.00–4.00) | 10       | 0           | 0          | 0        | 0.0            | 0.0           |
| one     | gotd/4  | 1            | 25.0             | 4.00             | 5.00             | 4.00             | 10       | 0           | 0          | 0        | 0.0            | 0.0           |

| profile | target            | got        | verdict |
|---------|-------------------|------------|---------|
| one     | ≥ 85 % of 80 MB/s | 50.00 MB/s | missed  |

one, tgfetch, round 3: a.bin holds wrong bytes
`
	var got bytes.Buffer
	if err := r.WriteMarkdown(&got); err != nil {
		t.Fatal(err)
	}
	if got.String() != want {
		t.Errorf("got\n%s", got.String())
	}
	if r.Failed() != 1 {
		t.Errorf("%d failed", r.Failed())
	}
}

func TestCheckFilesNames(t *testing.T) {
	if err := checkFiles(t.TempDir(), map[string]int{strings.Repeat("0", 64): 2}); err == nil || err.Error() != "2 of 2 files are missing" {
		t.Error(err)
	}
}
