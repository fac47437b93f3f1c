package dcpool

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/dcpool/internal/flow"
	"github.com/tgfetch/tgfetch/dcpool/internal/wire"
	"github.com/tgfetch/tgfetch/session"
)

// onLog calls itself for every record.
type onLog func(slog.Record)

func (onLog) Enabled(context.Context, slog.Level) bool        { return true }
func (h onLog) Handle(_ context.Context, r slog.Record) error { h(r); return nil }
func (h onLog) WithAttrs([]slog.Attr) slog.Handler            { return h }
func (h onLog) WithGroup(string) slog.Handler                 { return h }

// connOf is a connection of g to nobody that has delivered rate bytes a second and
// has a call under way.
func connOf(t *testing.T, g *group, rate int) (*conn, flow.Flight) {
	t.Helper()
	socket, peer := net.Pipe()
	link, err := wire.NewLink(socket, wire.LinkOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c := &conn{id: g.dc.pool.nextConn(), group: g, wire: g.dc.open(dialled{link: link}, g.kind, credentials{}), calls: 1}
	t.Cleanup(func() { _, _ = c.wire.Close(), peer.Close() })
	c.window, c.lastUsed = flow.NewWindow(time.Now(), 0, 0), time.Now()
	c.busy = c.lastUsed.Add(-10 * time.Second)
	c.window.Done(c.busy.Add(100*time.Millisecond), c.window.Sent(c.busy, rate/10), rate/10)
	return c, c.window.Sent(c.lastUsed, mib)
}

// A log that is slow to write, or asks the Pool, does not stop the calls.
func TestNoLogUnderTheLockOfAGroup(t *testing.T) {
	var p *Pool
	logged := 0
	handler := onLog(func(slog.Record) { logged++; _ = p.Stats() })
	p, err := New(Config{APIID: 1, APIHash: "x", Logger: slog.New(handler)})
	if err != nil {
		t.Fatal(err)
	}
	defer closePool(t, p)
	g := p.dc(4, false).group(Media)
	var last lease
	for _, rate := range []int{10_000, 1 << 20, 1 << 20, 1 << 20} {
		c, flight := connOf(t, g, rate)
		g.conns = append(g.conns, c)
		last = lease{conn: c, flight: flight}
	}
	g.release(last, outcome{})
	if logged != 1 || !g.conns[0].leaving || p.Stats().DCs[0].Replaced != 1 {
		t.Errorf("%d records, the slow connection leaves: %v", logged, g.conns[0].leaving)
	}
}

// A connection that was found to be slow ends its calls, unless it brings next to nothing
// beside its siblings: a byte now and then keeps nobody's calls.
func TestSlowConnectionThatDripsIsClosed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		since   time.Duration // It was found to be slow.
		brought int64
		closed  bool
	}{
		{"just now", 500 * time.Millisecond, 0, false},
		{"a tenth of what others bring", 5 * time.Second, 500_000, false},
		{"2 KB/s beside 1 MiB/s", 5 * time.Second, 10_000, true},
		{"40 B/s beside 1 MiB/s", 5 * time.Second, 200, true},
	} {
		p, err := New(Config{APIID: 1, APIHash: "x"})
		if err != nil {
			t.Fatal(err)
		}
		g := p.dc(4, false).group(Media)
		var last lease
		for _, rate := range []int{10_000, 1 << 20, 1 << 20, 1 << 20} {
			c, flight := connOf(t, g, rate)
			g.conns = append(g.conns, c)
			last = lease{conn: c, flight: flight}
		}
		slow := g.conns[0]
		slow.leaving, slow.slowSince, slow.slowBytes = true, time.Now().Add(-tt.since), -tt.brought
		slow.busy = time.Now() // It is not silent.
		g.release(last, outcome{})
		if closed := !slices.Contains(g.conns, slow); closed != tt.closed {
			t.Errorf("%s: closed %v, want %v", tt.name, closed, tt.closed)
		}
		closePool(t, p)
	}
}

func TestAdviceTellsCDNsApart(t *testing.T) {
	store := session.NewMemory()
	if err := store.UpdateState(func(s *session.State) error {
		s.DCs[4], s.DCs[-4] = session.DCAdvice{Connections: 2}, session.DCAdvice{Connections: 3}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	p, err := New(Config{APIID: 1, APIHash: "x", Store: store})
	if err != nil {
		t.Fatal(err)
	}
	defer closePool(t, p)
	if err := p.load(t.Context()); err != nil {
		t.Fatal(err)
	}
	ordinary, cdn := p.dc(4, false).group(Media).growth, p.dc(4, true).group(CDN).growth
	if ordinary.Want() != 2 || cdn.Want() != 3 {
		t.Errorf("%d and %d connections, want 2 and 3", ordinary.Want(), cdn.Want())
	}
}
