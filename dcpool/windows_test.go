package dcpool

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tgfetch/tgfetch/dcpool/internal/flow"
	"github.com/tgfetch/tgfetch/session"
)

// The next run begins with half of the window that suited an address, within bounds,
// for a week.
func TestWindowsAreRemembered(t *testing.T) {
	for _, test := range []struct {
		name  string
		found int
		age   time.Duration
		want  int
	}{
		{"usual", 3 << 20, time.Hour, 3 << 19},
		{"of a thin path", flow.MinWindow, time.Hour, flow.MinWindow},
		{"of a fat path", flow.MaxWindow, time.Hour, maxStart},
		{"almost too old", 1 << 20, windowLife - time.Minute, 1 << 19},
		{"too old", 3 << 20, windowLife, flow.StartWindow},
		{"of the future, as after a change of the clock", 3 << 20, -time.Hour, flow.StartWindow},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := session.NewMemory()
				run := func(fn func(g *group)) {
					p, err := New(Config{APIID: 1, APIHash: "x", Store: store})
					if err != nil {
						t.Fatal(err)
					}
					defer closePool(t, p)
					if err := p.load(t.Context()); err != nil {
						t.Fatal(err)
					}
					fn(p.dc(4, false).group(Media))
				}
				known := endpoint{addr: "192.0.2.1:443"}
				run(func(g *group) {
					c, _ := connOf(t, g, mib)
					c.endpoint, c.window = known, flow.NewWindow(time.Now(), 2*test.found, 0)
					c.window.BackOff() // Which ends its start.
					g.conns = append(g.conns, c)
					g.removeLocked(c)
				})
				if err := store.UpdateState(func(s *session.State) error {
					e := s.Endpoints[known.addr]
					e.Measured = e.Measured.Add(-test.age)
					s.Endpoints[known.addr] = e
					return nil
				}); err != nil {
					t.Fatal(err)
				}
				run(func(g *group) {
					w, other := g.newWindow(known), g.newWindow(endpoint{addr: "192.0.2.2:443"})
					if w.Limit() != test.want || other.Limit() != flow.StartWindow {
						t.Errorf("begins with %d, elsewhere with %d; want %d and %d", w.Limit(), other.Limit(), test.want, flow.StartWindow)
					}
				})
			})
		})
	}
}

// A connection that was given up says nothing about its address, nor does one of
// small calls, nor one that is still looking for its window.
func TestWindowsNotWorthRemembering(t *testing.T) {
	p, err := New(Config{APIID: 1, APIHash: "x"})
	if err != nil {
		t.Fatal(err)
	}
	defer closePool(t, p)
	for kind, prepare := range map[Kind][]func(*conn){
		Media: {func(c *conn) { c.leaving = true; c.window.BackOff() }, func(*conn) {}},
		Main:  {func(c *conn) { c.window.BackOff() }},
	} {
		for _, prepare := range prepare {
			g := p.dc(4, false).group(kind)
			c, _ := connOf(t, g, mib)
			prepare(c)
			g.conns = append(g.conns, c)
			g.removeLocked(c)
		}
	}
	if p.windows.changed() {
		t.Errorf("%+v", p.windows.known)
	}
}
