package simdc

import (
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

func TestPaths(t *testing.T) {
	p := newPaths(scenario.Link{
		RTT: scenario.Duration(40 * time.Millisecond), Rate: 10e6, DCRate: 80e6, AccountRate: 4e6,
		Conns: []scenario.ConnLink{{N: 3, Rate: 200e3}, {N: 4, RTT: scenario.Duration(time.Second)}},
	})
	dc := newBottleneck(p.link.DCRate)
	for _, c := range []struct {
		n    int
		rtt  time.Duration
		rate float64
	}{
		{1, 40 * time.Millisecond, 10e6},
		{3, 40 * time.Millisecond, 200e3},
		{4, time.Second, 10e6},
	} {
		got := p.shape(c.n, dc)
		if got.RTT != c.rtt || got.Down.Rate != c.rate || got.Up.Rate != c.rate || !got.Attachable {
			t.Errorf("connection %d: %+v", c.n, got)
		}
		if len(got.Down.Queues) != 1 || got.Down.Queues[0] != dc.down || got.Up.Queues[0] != dc.up {
			t.Errorf("connection %d does not share the DC's rate", c.n)
		}
	}
	one, again, other := p.account(1), p.account(1), p.account(2)
	if one != again || one == other {
		t.Error("accounts do not have one bottleneck each")
	}
	unshaped := newPaths(scenario.Link{}).shape(1, dc)
	if unshaped.RTT != 0 || unshaped.Attachable || unshaped.Down.Rate != 0 || unshaped.Down.Queues != nil {
		t.Errorf("no link: %+v", unshaped)
	}
}

func TestConnLink(t *testing.T) {
	l := scenario.Link{CutAfter: 20e6, Conns: []scenario.ConnLink{{N: 2, CutAfter: 5}}}
	for n, want := range []scenario.Size{1: 20e6, 2: 5, 3: 20e6} {
		if got := connLink(l, n).CutAfter; n > 0 && got != want {
			t.Errorf("connection %d is cut after %d bytes, want %d", n, got, want)
		}
	}
}

func TestSendBuffer(t *testing.T) {
	for rate, want := range map[scenario.Size]int{0: 1 << 20, 1: 16 << 10, 1e6: 16 << 10, 10e6: 100e3, 1e9: 1 << 20} {
		if got := sendBuffer(rate); got != want {
			t.Errorf("rate %d: %d, want %d", rate, got, want)
		}
	}
}
