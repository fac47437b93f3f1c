package bench

import (
	"slices"
	"strings"
	"testing"

	"github.com/tgfetch/tgfetch/bench/report"
)

// measured is a report of one DC with a setting that brought these MB/s.
func measured(name int, rtt float64, rates ...float64) Report {
	s := report.Setting{Connections: 4, Window: 512 << 10, Part: 128 << 10}
	p := report.Point{Setting: s}
	for _, r := range rates {
		p.Windows = append(p.Windows, report.Window{Seconds: 1, Bytes: int64(r * 1e6)})
	}
	d := report.DC{DC: name, Kind: report.Main, Points: []report.Point{p}, Verdict: report.Verdict{Setting: s}}
	for i := range 20 {
		d.RTT = append(d.RTT, rtt+float64(i)*1e-5)
	}
	return Report{Version: report.Version, DCs: []report.DC{d}}
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		name     string
		old, new Report
		want     []string
	}{
		{"faster", measured(4, 0.05, 4, 4.1, 3.9, 4, 4.05, 3.95), measured(4, 0.02, 8, 8.1, 7.9, 8, 8.05, 7.95), []string{
			"DC 4|as recommended|4 MB/s|8 MB/s|+100.0 %|p=0.002", "DC 4|RTT|50 ms|20 ms|-59.9 %|p=0.000",
			"DC 4|4 × 512 KiB in flight, parts of 128 KiB|4 MB/s|8 MB/s|+100.0 %|p=0.002",
		}},
		{"the same", measured(4, 0.05, 4, 4.1, 3.9, 4.2, 4, 3.8), measured(4, 0.05, 4.1, 4, 3.9, 4, 4.2, 3.8), []string{
			"DC 4|as recommended|4 MB/s|4 MB/s|~|p=1.000", "DC 4|RTT|50 ms|50 ms|~|p=1.000",
			"DC 4|4 × 512 KiB in flight, parts of 128 KiB|4 MB/s|4 MB/s|~|p=1.000",
		}},
		{"another DC", measured(4, 0.05, 4), measured(5, 0.05, 4), []string{
			"DC 4|as recommended|4 MB/s|-||", "DC 4|RTT|50 ms|-||", "DC 5|as recommended|-|4 MB/s||", "DC 5|RTT|-|50 ms||",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, change := range Compare(c.old, c.new) {
				got = append(got, strings.Join(change.Cells(), "|"))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}
