package dcpool

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/tgfetch/tgfetch/dcpool/internal/flow"
	"github.com/tgfetch/tgfetch/session"
)

// group is the connections of one kind to one data center, and the calls that
// wait for room on one of them.
type group struct {
	// Immutable.
	dc    *dc
	kind  Kind
	fixed int // The window of every connection in bytes; 0: each finds its own.
	begin int // The window that each begins with, in bytes; 0 is what suited its address.

	mu       sync.Mutex
	growth   flow.Growth // Guarded by mu.
	watch    watch       // Guarded by mu.
	conns    []*conn     // Guarded by mu; open connections.
	dialing  int         // Guarded by mu; connections being opened.
	waiting  []*waiter   // Guarded by mu; in the order in which they are served.
	inFlight int         // Guarded by mu; bytes, of all conns.
	queued   int         // Guarded by mu; bytes, of all waiting.
	// resume is when opening another connection beside the open ones and those
	// being opened may be tried again. Guarded by mu.
	resume time.Time
	closed bool // Guarded by mu.
}

// waiter is a call that waits for a connection. Its last two fields are set, under
// group.mu, before ready is closed.
type waiter struct {
	bytes int
	avoid ConnID
	first bool
	since time.Time
	ready chan struct{}
	lease lease
	err   error
}

// outcome is how a call on a connection ended.
type outcome struct {
	answered bool
	bytes    int // Of an answer large enough to tell how fast the path is.
}

// smallCall is what a call counts whose answer is not said to be large.
const smallCall = 4 << 10

// keyLosses is how often the key may be lost while a connection is opened.
const keyLosses = 3

// overtaken is how long a waiting call lets those before it that go first.
const overtaken = time.Second

// resumeAfter is the pause after opening an additional connection failed.
const resumeAfter = 5 * time.Second

// newGroup begins as the advice says, with at most so many connections.
func newGroup(d *dc, kind Kind, advice session.DCAdvice, most int) *group {
	g, first := &group{dc: d, kind: kind, begin: advice.Window}, advice.Connections
	if kind != Main && d.pool.cfg.Limits.Window > 0 {
		g.fixed, first = d.pool.cfg.Limits.Window, most
	}
	g.growth = flow.NewGrowth(first, most)
	return g
}

// newWindow is the window of a connection to ep that is to be opened.
func (g *group) newWindow(ep endpoint) flow.Window {
	if g.fixed > 0 {
		return flow.NewFixedWindow(g.fixed)
	}
	begin := g.begin
	if begin == 0 && g.kind != Main {
		begin = g.dc.pool.windows.first(ep.addr)
	}
	return flow.NewWindow(time.Now(), begin, g.trip(ep))
}

// acquire returns a connection with room for a call to t, which the caller must
// release. It opens connections as the demand grows.
func (g *group) acquire(ctx context.Context, t Target) (lease, error) {
	w := &waiter{bytes: max(t.Bytes, smallCall), avoid: t.Avoid, first: t.First, since: time.Now(), ready: make(chan struct{})}
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return lease{}, ErrClosed
	}
	g.waiting = slices.Insert(g.waiting, placeOf(w, g.waiting), w)
	g.queued += w.bytes
	dials := g.advanceLocked()
	g.mu.Unlock()
	g.dial(dials)

	select {
	case <-w.ready:
		return w.lease, w.err
	case <-ctx.Done():
		g.abandon(w)
		return lease{}, context.Cause(ctx)
	}
}

// placeOf is the index in line, of those who wait, at which w joins them.
func placeOf(w *waiter, line []*waiter) int {
	i := len(line)
	for w.first && i > 0 && !line[i-1].first && w.since.Sub(line[i-1].since) < overtaken {
		i--
	}
	return i
}

// abandon takes back a call that no longer wants a connection.
func (g *group) abandon(w *waiter) {
	g.mu.Lock()
	i := slices.Index(g.waiting, w)
	if i >= 0 {
		g.waiting = slices.Delete(g.waiting, i, i+1)
		g.queued -= w.bytes
	}
	dials := g.advanceLocked()
	g.mu.Unlock()
	g.dial(dials)
	if i < 0 && w.lease.conn != nil {
		g.release(w.lease, outcome{})
	}
}

// release gives back the room of a call.
func (g *group) release(l lease, o outcome) {
	c, now := l.conn, time.Now()
	g.mu.Lock()
	before := c.window.InFlight()
	if o.bytes > 0 {
		c.window.Done(now, l.flight, o.bytes)
	} else {
		c.window.Lost(l.flight)
	}
	g.inFlight -= before - c.window.InFlight()
	g.watch.delivered += int64(o.bytes)
	c.calls--
	c.lastUsed = now
	c.cut = c.cut || !o.answered && c.dead()
	if o.answered {
		c.answered++
	}
	answered := c.answered
	useless, slow := g.observeLocked(now)
	if c.leaving && c.calls == 0 {
		g.removeLocked(c)
		useless = append(useless, c)
	}
	dials := g.advanceLocked()
	g.mu.Unlock()
	g.dial(dials)
	if slow != nil {
		g.dc.pool.log.Info("connection is much slower than its siblings, replacing it", "dc", g.dc.id, "kind", g.kind, "conn", slow.id)
		g.dc.pool.events.tell(ConnSlow{DC: g.dc.id, Kind: g.kind, Conn: slow.id, Addr: slow.endpoint.addr})
	}
	for _, c := range useless {
		// Its tender takes notice; if the Pool is closed already, it closes c itself.
		g.dc.pool.spawn(func() { _ = c.wire.Close() })
	}
	if o.answered {
		g.dc.pool.answeredOn(c, answered)
	}
}

// advanceLocked gives connections to those who wait and returns how many to
// open.
func (g *group) advanceLocked() (dials int) {
	if g.closed {
		return 0
	}
	now := time.Now()
	for _, c := range slices.Clone(g.conns) {
		if c.dead() {
			g.removeLocked(c)
		}
		c.leaving = c.leaving || c.expired(now)
	}
	room := g.growth.Want() - g.stayingLocked() - g.dialing
	mayOpen := room > 0 && (g.stayingLocked()+g.dialing == 0 || !time.Now().Before(g.resume))
	g.serveLocked(mayOpen)
	if !mayOpen || len(g.waiting) == 0 {
		return 0
	}
	wanted := g.wantedLocked()
	if g.waiting[0].avoid != 0 && g.dialing == 0 {
		wanted = max(wanted, g.stayingLocked()+1) // It waits for another than the open ones.
	}
	dials = min(room, max(0, wanted-g.stayingLocked()-g.dialing))
	g.dialing += dials
	return dials
}

// wantedLocked is how many connections the bytes in flight and waiting are
// worth: one for each first window of them.
func (g *group) wantedLocked() int {
	if g.fixed > 0 {
		return g.growth.Want()
	}
	demand := g.inFlight + g.queued
	return min(g.growth.Want(), (demand+flow.StartWindow-1)/flow.StartWindow)
}

// stayingLocked counts the connections that take calls.
func (g *group) stayingLocked() (n int) {
	for _, c := range g.conns {
		if !c.leaving {
			n++
		}
	}
	return n
}

// serveLocked gives connections to waiting calls in their order, as far as
// there is room.
func (g *group) serveLocked(mayOpen bool) {
	now := time.Now()
	for i := 0; i < len(g.waiting); {
		w := g.waiting[i]
		chosen := pick(g.candidatesLocked(w.bytes), w.avoid, mayOpen || g.dialing > 0)
		switch {
		case chosen >= 0:
			g.reserveLocked(now, g.conns[chosen], w)
			g.waiting = slices.Delete(g.waiting, i, i+1)
		case w.avoid != 0:
			i++ // It may be the only one that cannot use what is free.
		default:
			return
		}
	}
}

func (g *group) candidatesLocked(n int) []candidate {
	list := make([]candidate, len(g.conns))
	for i, c := range g.conns {
		list[i] = candidate{
			id:    c.id,
			load:  float64(c.window.InFlight()+n) / float64(c.window.Limit()),
			fits:  c.window.Fits(n),
			leave: c.leaving,
		}
	}
	return list
}

func (g *group) reserveLocked(now time.Time, c *conn, w *waiter) {
	if c.calls == 0 {
		c.busy = now
	}
	w.lease = lease{conn: c, flight: c.window.Sent(now, w.bytes)}
	c.calls++
	g.inFlight += w.bytes
	g.queued -= w.bytes
	close(w.ready)
}

// failLocked ends the wait of all with err.
func (g *group) failLocked(err error) {
	for _, w := range g.waiting {
		w.err = err
		close(w.ready)
	}
	g.waiting, g.queued = nil, 0
}

// dial opens n connections, each on a goroutine of its own.
func (g *group) dial(n int) {
	for range n {
		if !g.dc.pool.spawn(g.dialOne) {
			g.opened(nil, ErrClosed)
		}
	}
}

func (g *group) dialOne() { g.opened(g.connect(g.dc.pool.ctx)) }

// opened takes the outcome of an attempt: a connection, an error, or neither
// when there is no need any more.
func (g *group) opened(c *conn, err error) {
	g.mu.Lock()
	g.dialing--
	if c != nil {
		g.conns = append(g.conns, c)
	}
	if err != nil {
		g.resume = time.Now().Add(resumeAfter)
		if g.stayingLocked() == 0 && g.dialing == 0 {
			g.failLocked(err)
		}
	}
	dials := g.advanceLocked()
	if c != nil && g.kind != Main {
		// What still waits may be worth more connections.
		g.growth.Observe(time.Now(), g.stateLocked())
		dials += g.advanceLocked()
	}
	g.mu.Unlock()
	g.dial(dials)
	if c != nil {
		g.tend(c)
	}
}

// needed says whether the connection being opened is still wanted.
func (g *group) needed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		return false
	}
	if g.waiting[0].avoid != 0 {
		return true
	}
	return g.wantedLocked() >= g.stayingLocked()+g.dialing
}

// connect opens a connection. It returns neither connection nor error when
// none is needed any more.
func (g *group) connect(ctx context.Context) (*conn, error) {
	d := g.dc
	for losses, doubts := 0, 0; losses < keyLosses && doubts < maxDoubts; {
		if err := d.pool.addressed(ctx, d.id, g.kind); err != nil {
			return nil, err
		}
		// The exchange of a new key may leave a connection to this group.
		if err := d.ensureKey(ctx); err != nil {
			return nil, err
		}
		// Connections that are dialled earlier would have nothing new to say of the key.
		if err := sleep(ctx, d.patience()); err != nil {
			return nil, err
		}
		if !g.needed() {
			return nil, nil
		}
		var c *conn
		err := d.attempt(ctx, g.kind, func(l dialled) (err error) {
			c, err = g.newConn(ctx, l)
			return err
		})
		if unbound, ok := errors.AsType[*unboundError](err); ok {
			if err := g.unbound(ctx, unbound); err != nil {
				return nil, err
			}
			doubts++
			continue
		}
		if c != nil || err != nil {
			return c, err
		}
		losses++ // The key was lost meanwhile.
	}
	return nil, &UnreachableError{DC: d.id, Kind: g.kind, Err: errors.New("it forgets every key at once")}
}

// newConn starts a connection on l, which it owns from now on. It returns neither
// connection nor error when there is no key.
func (g *group) newConn(ctx context.Context, l dialled) (*conn, error) {
	credentials := g.dc.credentials()
	if credentials.key.Zero() {
		return nil, l.link.Close() // Nothing was sent on it.
	}
	encrypted, temporary, err := g.dc.encrypt(ctx, l, g.kind, credentials)
	if err != nil {
		return nil, err
	}
	return &conn{
		id:        g.dc.pool.nextConn(),
		group:     g,
		endpoint:  l.endpoint,
		keyID:     credentials.key.ID,
		tempID:    temporary.key.ID,
		expires:   temporary.expires,
		transport: l.transport,
		wire:      encrypted,
		window:    g.newWindow(l.endpoint),
		begun:     l.begun,
		opened:    time.Now(),
		lastUsed:  time.Now(),
	}, nil
}

// trip is the shortest round trip to ep that an open connection knows, 0 if none does.
func (g *group) trip(ep endpoint) (trip time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.conns {
		if t := c.window.RTT(); c.endpoint.addr == ep.addr && t > 0 && (trip == 0 || t < trip) {
			trip = t
		}
	}
	return trip
}

// adopt makes a connection of the group out of a link that a key was made on, if
// it can.
func (g *group) adopt(ctx context.Context, l dialled) {
	c, err := g.newConn(ctx, l)
	if err != nil {
		g.dc.pool.log.Debug("connection of a key exchange was not kept", "dc", g.dc.id, "error", err)
	}
	if c == nil {
		return
	}
	g.mu.Lock()
	g.dialing++
	g.mu.Unlock()
	g.opened(c, nil)
}

// refused notes that the server wants fewer connections.
func (g *group) refused() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.growth.Refuse(time.Now())
}

// slowDown shrinks the windows of all connections.
func (g *group) slowDown() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.conns {
		c.window.BackOff()
	}
}

// close fails those who wait and lets nobody wait any more.
func (g *group) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	g.failLocked(ErrClosed)
}

// open lists the open connections.
func (g *group) open() []*conn {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.conns)
}
