package bench

import (
	"testing"

	"github.com/tgfetch/tgfetch/bench/report"
)

func TestBestPair(t *testing.T) {
	w := func(dc int, kind string, rate float64) *way {
		s := report.Setting{Connections: 1, Window: 256 << 10, Part: 128 << 10}
		return &way{found: report.DC{DC: dc, Kind: kind, Points: []report.Point{{Setting: s, Rate: rate, Windows: []report.Window{{Seconds: 1}}}}}}
	}
	for _, c := range []struct {
		name string
		ways []*way
		a, b string
	}{
		{"none", nil, "", ""},
		{"one", []*way{w(2, report.Main, 1)}, "", ""},
		{"two ways to one", []*way{w(2, report.Main, 1), w(2, report.Media, 2)}, "", ""},
		{"the fastest two", []*way{w(1, report.Main, 1), w(2, report.Main, 3), w(4, report.Main, 2)}, "DC 2", "DC 4"},
		{"each by its fastest way", []*way{w(2, report.Main, 1), w(4, report.Main, 2), w(4, report.Media, 5)}, "DC 4 media", "DC 2"},
		{"no CDN", []*way{w(2, report.Main, 1), w(203, report.CDN, 9)}, "", ""},
		{"one that brought nothing", []*way{w(2, report.Main, 1), w(4, report.Main, 0)}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := best(c.ways)
			if nameOf(a) != c.a || nameOf(b) != c.b {
				t.Errorf("%q and %q, want %q and %q", nameOf(a), nameOf(b), c.a, c.b)
			}
		})
	}
}

func nameOf(w *way) string {
	if w == nil {
		return ""
	}
	return w.found.Name()
}
