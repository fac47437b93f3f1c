package dcpool

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/tgfetch/tgfetch/dcpool/internal/flow"
	"github.com/tgfetch/tgfetch/dcpool/internal/wire"
)

// conn is one open connection of a group.
type conn struct {
	// Immutable.
	id        ConnID
	group     *group
	endpoint  endpoint
	transport Transport
	keyID     [8]byte   // Of the permanent key.
	tempID    [8]byte   // Of the temporary key; zero without one.
	expires   time.Time // When that takes no more calls; zero without one.
	wire      *wire.Conn
	begun     time.Time // When the dial of it began.
	opened    time.Time

	// Guarded by group.mu.
	window   flow.Window
	calls    int
	busy     time.Time // When it was first used, or last after it was idle.
	lastUsed time.Time // When a call on it last ended.
	answered int       // How many answers it has brought.
	leaving  bool      // It takes no more calls and closes after the last.
	cut      bool      // A call on it ended with it.

	// What it had brought when it was found to be slower than its siblings, and when
	// that was. Guarded by group.mu.
	slowBytes int64
	slowSince time.Time
}

// lease is the room of one call on a connection.
type lease struct {
	conn   *conn
	flight flow.Flight
}

// dead says that c has ended, which tend may not have seen yet.
func (c *conn) dead() bool {
	select {
	case <-c.wire.Done():
		return true
	default:
		return false
	}
}

// tend waits, on a goroutine of its own, for the end of c and closes it when
// it was idle for too long.
func (g *group) tend(c *conn) {
	idle := g.dc.pool.cfg.Limits.IdleTimeout
	started := g.dc.pool.spawn(func() {
		timer := time.NewTimer(idle)
		defer timer.Stop()
		for {
			select {
			case <-c.wire.Done():
				_ = c.wire.Close() // Waits for its goroutines; the cause is in Err.
				g.ended(c)
				return
			case <-timer.C:
				left := g.retire(c, idle)
				if left <= 0 {
					_ = c.wire.Close()
					left = idle
				}
				timer.Reset(left)
			}
		}
	})
	if !started {
		_ = c.wire.Close()
		g.ended(c)
	}
}

// retire takes c out of the group if it was idle long enough, else it returns
// how long that takes at least.
func (g *group) retire(c *conn, idle time.Duration) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c.calls > 0 {
		return idle
	}
	left := idle - time.Since(c.lastUsed)
	if left <= 0 {
		g.removeLocked(c)
	}
	return left
}

// removeLocked takes c out of the group and keeps what it counted and found.
func (g *group) removeLocked(c *conn) {
	i := slices.Index(g.conns, c)
	if i < 0 {
		return
	}
	g.conns = slices.Delete(g.conns, i, i+1)
	if g.kind != Main && g.fixed == 0 && c.window.Settled() && !c.leaving {
		g.dc.pool.windows.found(c.endpoint.addr, c.window.Limit())
	}
	total := c.wire.Stats()
	g.dc.stats.closedIn.Add(total.BytesIn)
	g.dc.stats.closedOut.Add(total.BytesOut)
	g.dc.stats.sawRTT(total.RTT)
}

// ended takes a dead connection out of the group and opens others if calls wait.
func (g *group) ended(c *conn) {
	d := g.dc
	total := c.wire.Stats()
	if cause := c.wire.Err(); total.Answers == 0 && total.BytesOut > 0 && blames(cause) && d.pool.ctx.Err() == nil {
		d.pool.endpoints.failed(c.endpoint, c.transport, total.BytesIn == 0 || endedSilently(cause))
	}
	g.mu.Lock()
	lost := c.calls > 0 || c.cut
	g.removeLocked(c)
	dials := g.advanceLocked()
	g.mu.Unlock()
	g.dial(dials)
	if lost {
		d.stats.lost.Add(1)
		d.pool.events.tell(ConnLost{DC: d.id, Kind: g.kind, Conn: c.id, Addr: c.endpoint.addr, Err: c.wire.Err()})
	}
	d.pool.log.Debug("connection ended", "dc", d.id, "kind", g.kind, "conn", c.id,
		"addr", c.endpoint.addr, "answers", total.Answers, "error", c.wire.Err())
}

// blames says that the end of a connection says something about its address. One
// that we close, as those of a lost key or slow ones, does not.
func blames(cause error) bool {
	return !errors.Is(cause, wire.ErrClosed) && !isKeyUnknown(cause)
}

// isKeyUnknown says that the server is fine but does not know the key.
func isKeyUnknown(err error) bool {
	refused, ok := errors.AsType[*wire.TransportError](err)
	return ok && refused.Code == wire.CodeKeyUnknown
}

// statsLocked is a snapshot of c. The caller holds group.mu.
func (c *conn) statsLocked() ConnStats {
	w := c.wire.Stats()
	return ConnStats{
		ID:       c.id,
		Kind:     c.group.kind,
		Addr:     c.endpoint.addr,
		Opened:   c.opened,
		LastByte: w.LastByte,
		BytesIn:  w.BytesIn,
		BytesOut: w.BytesOut,
		InFlight: c.window.InFlight(),
		Window:   c.window.Limit(),
		Rate:     c.window.Rate(),
		Calls:    c.calls,
		RTT:      cmp.Or(w.RTT, c.window.RTT()),
	}
}
