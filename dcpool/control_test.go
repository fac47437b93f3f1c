package dcpool

import (
	"testing"
	"time"
)

func TestWindowDoublesAsItDelivers(t *testing.T) {
	var w window
	want := []int{1 << 20, 2 << 20, 2 << 20, 4 << 20, 4 << 20, 4 << 20, 4 << 20, 4 << 20}
	for i, limit := range want {
		if w.limit() != limit {
			t.Errorf("after %d MiB the window is %d, want %d", i, w.limit(), limit)
		}
		w = w.after(1 << 20)
	}
	if w = w.shrunk(); w.limit() != 2<<20 {
		t.Errorf("shrunk to %d", w.limit())
	}
	if w = w.shrunk().shrunk(); w.limit() != windowMin {
		t.Errorf("shrunk below the least: %d", w.limit())
	}
}

func TestWindowFits(t *testing.T) {
	for _, test := range []struct {
		inFlight, n int
		want        bool
	}{
		{0, 1 << 20, true},
		{0, 8 << 20, true}, // Alone, any call goes.
		{1, 1 << 20, false},
		{smallCall, 1<<20 - smallCall, true},
		{smallCall, 1<<20 - smallCall + 1, false},
	} {
		if got := (window{}).fits(test.inFlight, test.n); got != test.want {
			t.Errorf("%d more with %d in flight: %v", test.n, test.inFlight, got)
		}
	}
}

func TestGrowFollowsDemand(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	g := grow{limit: 8}
	for demand, want := range map[int]int{
		0:              0,
		1:              1,
		windowMin:      1,
		windowMin + 1:  2,
		24 * windowMin: 8,
	} {
		if got := g.wanted(now, demand); got != want {
			t.Errorf("demand of %d: %d connections, want %d", demand, got, want)
		}
	}
	g = g.refused(now, 3)
	if got := g.wanted(now, 24*windowMin); got != 3 {
		t.Errorf("after a refusal: %d connections, want 3", got)
	}
	if got := g.wanted(now.Add(crowdedFor), 24*windowMin); got != 8 {
		t.Errorf("later: %d connections, want 8", got)
	}
	if got := (grow{limit: 8}).refused(now, 0).wanted(now, windowMin); got != 1 {
		t.Errorf("after the first was refused: %d connections, want 1", got)
	}
}

func TestPick(t *testing.T) {
	conn := func(id ConnID, inFlight int) candidate { return candidate{id: id, inFlight: inFlight} }
	const full = windowMin
	for _, test := range []struct {
		name    string
		conns   []candidate
		avoid   ConnID
		canOpen bool
		want    int
	}{
		{"none", nil, 0, true, -1},
		{"least in flight", []candidate{conn(1, 8), conn(2, 4), conn(3, 6)}, 0, false, 1},
		{"first of equals", []candidate{conn(1, 4), conn(2, 4)}, 0, false, 0},
		{"all full", []candidate{conn(1, full), conn(2, full)}, 0, false, -1},
		{"one full", []candidate{conn(1, full), conn(2, full-smallCall)}, 0, false, 1},
		{"avoided", []candidate{conn(1, 0), conn(2, 8)}, 1, false, 1},
		{"avoided, the other is full", []candidate{conn(1, 0), conn(2, full)}, 1, false, -1},
		{"avoided is alone and another can come", []candidate{conn(1, 0)}, 1, true, -1},
		{"avoided is alone", []candidate{conn(1, 0)}, 1, false, 0},
		{"avoided is not there", []candidate{conn(1, 0)}, 9, true, 0},
	} {
		if got := pick(test.conns, smallCall, test.avoid, test.canOpen); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
}

func TestBackoffGrowsAndIsBounded(t *testing.T) {
	if backoff(0) != 0 {
		t.Error("a pause before any failure")
	}
	for n := 1; n < 100; n++ {
		full := backoffMax
		if n < 7 {
			full = backoffFirst << (n - 1)
		}
		if d := backoff(n); d < full/2 || d >= full {
			t.Errorf("failure %d: %v, want between %v and %v", n, d, full/2, full)
		}
	}
}
