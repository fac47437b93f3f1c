package bench

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tgfetch/tgfetch/bench/internal/stat"
	"github.com/tgfetch/tgfetch/bench/report"
)

// Change is how one figure differs between two reports.
type Change struct {
	// DC is report.DC.Name, What the figure: "RTT", "dial", or a setting.
	DC   string
	What string
	// Old and New are medians: seconds if Time, else bytes per second. Either is 0
	// where only the other report has the figure.
	Old, New float64
	Time     bool
	// Delta is the change, 0.1 for 10 % more; P the probability that chance makes
	// the two differ as much. Differ says that P is below 5 %.
	Delta, P float64
	Differ   bool
}

// Compare compares two reports figure by figure, in the manner of benchstat: by the
// medians and a Mann-Whitney U-test, so that a difference that chance explains is not
// taken for one. The speed of each DC as recommended comes first.
func Compare(before, after Report) []Change {
	var out []Change
	for _, name := range names(before, after) {
		a, b := before.Named(name), after.Named(name)
		pa, pb := pointAt(a, a.Verdict.Setting), pointAt(b, b.Verdict.Setting)
		out = appendChange(out, Change{DC: name, What: "as recommended"}, pa.Rates(), pb.Rates())
		out = appendChange(out, Change{DC: name, What: "dial", Time: true}, a.Dial, b.Dial)
		out = appendChange(out, Change{DC: name, What: "RTT", Time: true}, a.RTT, b.RTT)
		for _, s := range settings(a, b) {
			out = appendChange(out, Change{DC: name, What: s.String()}, pointAt(a, s).Rates(), pointAt(b, s).Rates())
		}
	}
	return out
}

func appendChange(list []Change, c Change, before, after []float64) []Change {
	if len(before) == 0 && len(after) == 0 {
		return list
	}
	c.Old, c.New = stat.Median(before), stat.Median(after)
	found := stat.Compare(before, after)
	c.Delta, c.P, c.Differ = found.Delta, found.P, found.Differ
	return append(list, c)
}

// names are those of the DCs of both reports, in the order of the first.
func names(reports ...Report) (out []string) {
	for _, r := range reports {
		for _, d := range r.DCs {
			if !slices.Contains(out, d.Name()) {
				out = append(out, d.Name())
			}
		}
	}
	return out
}

// settings are those that both were measured with.
func settings(a, b report.DC) (out []report.Setting) {
	for _, p := range a.Points {
		if len(pointAt(b, p.Setting).Windows) > 0 && len(p.Windows) > 0 {
			out = append(out, p.Setting)
		}
	}
	slices.SortFunc(out, func(x, y report.Setting) int {
		return cmp.Or(x.Connections-y.Connections, x.Window-y.Window, x.Part-y.Part)
	})
	return out
}

// pointAt is the point of d with a setting, a zero one if there is none.
func pointAt(d report.DC, s report.Setting) report.Point {
	for _, p := range d.Points {
		if p.Setting == s {
			return p
		}
	}
	return report.Point{}
}

// Cells are a Change as a row of a table: figure, old, new, and the change.
func (c Change) Cells() []string {
	write := report.Rate
	if c.Time {
		write = report.Millis
	}
	text := func(v float64) string {
		if v == 0 {
			return "-"
		}
		return write(v)
	}
	change := "~"
	switch {
	case c.Old == 0 || c.New == 0:
		change = ""
	case c.Differ:
		change = fmt.Sprintf("%+.1f %%", 100*c.Delta)
	}
	p := ""
	if change != "" {
		p = fmt.Sprintf("p=%.3f", c.P)
	}
	return []string{c.DC, c.What, text(c.Old), text(c.New), change, p}
}
