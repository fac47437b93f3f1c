package bench

import (
	"maps"
	"testing"

	"github.com/tgfetch/tgfetch/bench/report"
	"github.com/tgfetch/tgfetch/session"
)

func TestAdvice(t *testing.T) {
	found := func(dc int, kind string, rate float64, limit string, connections int) report.DC {
		return report.DC{DC: dc, Kind: kind, Verdict: report.Verdict{
			Limit: limit, Rate: rate, Setting: report.Setting{Connections: connections, Window: 512 << 10, Part: 128 << 10},
		}}
	}
	r := Report{DCs: []report.DC{
		found(2, report.Main, 4e6, report.LimitDC, 4),
		found(4, report.Main, 8e6, report.LimitConnection, 8),
		found(4, report.Media, 1e6, report.LimitEndpoint, 2),
		found(5, report.Main, 1e6, report.LimitUnknown, 1),
		found(1, report.Main, 0, report.LimitFlood, 0),
		found(203, report.CDN, 2e6, report.LimitDC, 2),
	}}
	store := session.NewMemory()
	if n, err := SaveAdvice(store, r); err != nil || n != 3 {
		t.Fatalf("%d, %v", n, err)
	}
	state, err := store.State()
	if err != nil {
		t.Fatal(err)
	}
	want := map[int]session.DCAdvice{
		2: {Connections: 4, Window: 512 << 10}, 4: {Connections: 8, Window: 512 << 10}, -203: {Connections: 2, Window: 512 << 10},
	}
	if !maps.Equal(state.DCs, want) {
		t.Errorf("%+v, want %+v", state.DCs, want)
	}
	if n, err := SaveAdvice(store, Report{}); err != nil || n != 0 {
		t.Errorf("of nothing: %d, %v", n, err)
	}
}
