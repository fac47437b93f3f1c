package dcpool

import (
	"errors"
	"slices"
	"time"

	"github.com/tgfetch/tgfetch/dcpool/internal/wire"
)

const (
	// keyYouth is how old a key must be that every server of its data center is sure
	// to know it.
	keyYouth = time.Minute
	// askElsewhere and askElsewhereAtHome are how many refusals of a key are needed to
	// believe that it is lost. Replacing home's ends the login.
	askElsewhere       = 2
	askElsewhereAtHome = 3
	// askYoung is how many more are needed of a young key, each after a pause.
	askYoung = 2
	// strangerFor is how long an address is set aside that does not know a key which
	// others may know: it may lead to somebody else.
	strangerFor = time.Minute
	// maxDoubts bounds the refusals that one call sees. Many calls on many
	// connections see each that counts several times; those end with the key, whose
	// renewals have a bound of their own.
	maxDoubts = 64
)

// doubt is what is known of the refusals of a key since it last served. A server may
// not know a key because it is too young, or because it is another server: a proxy's,
// or one at an address that is not the data center's any more.
type doubt struct {
	key      [8]byte
	refusals int
	next     time.Time  // Connections that are dialled from then on count.
	aside    []endpoint // Those that were set aside for it.
}

// doubtKey notes that the server at ep said, on a connection that was dialled at begun,
// that it does not know the key id. It returns false, and how long to wait before asking
// again, until the refusals are enough to believe that the key is lost. Connections to ep
// under the key are closed, and ep is set aside if there is another address.
func (d *dc) doubtKey(id [8]byte, ep endpoint, begun time.Time, kind Kind, enough int) (pause time.Duration, lost bool) {
	d.mu.Lock()
	refusals, young, pause := d.countRefusalLocked(id, begun)
	if refusals == 0 {
		d.mu.Unlock()
		return pause, false
	}
	if young && !d.cdn {
		enough += askYoung
	}
	if refusals >= enough {
		d.readmitLocked() // The addresses were right.
		d.mu.Unlock()
		return 0, true
	}
	aside := d.setAside(ep, kind, strangerFor)
	if aside {
		d.doubt.aside = append(d.doubt.aside, ep)
	}
	if young && (!aside || refusals > 1) {
		pause = backoff(refusals)
	}
	d.doubt.next = time.Now().Add(pause)
	d.mu.Unlock()
	d.closeConns(func(c *conn) bool { return c.keyID == id && c.endpoint.addr == ep.addr })
	d.pool.log.Info("a server does not know the key, asking again", "dc", d.id, "cdn", d.cdn, "addr", ep.addr,
		"young", young, "refusals", refusals, "enough", enough, "pause", pause)
	return pause, false
}

// countRefusalLocked counts a refusal of the key id on a connection that was dialled at
// begun. It returns 0, and how long to wait, for one that says nothing new: the key was
// replaced, or several connections learnt the same at the same time. The caller holds
// d.mu until the pause that follows is noted: else a sibling that was dialled just now
// counts as another refusal.
func (d *dc) countRefusalLocked(id [8]byte, begun time.Time) (refusals int, young bool, pause time.Duration) {
	if d.key.key.ID != id {
		return 0, false, 0
	}
	if d.doubt.key != id {
		d.doubt = doubt{key: id}
		d.doubted.Store(true)
	}
	if begun.Before(d.doubt.next) {
		return 0, false, time.Until(d.doubt.next)
	}
	d.doubt.refusals++
	return d.doubt.refusals, time.Since(d.key.created) < keyYouth, 0
}

// setAside keeps ep from being used for a while, if connections of kind and all others
// that may lead to ep have another address. It reports whether they have.
func (d *dc) setAside(ep endpoint, kind Kind, wait time.Duration) bool {
	list := d.pool.dir.endpoints(d.id, kind)
	if kind == Media {
		// Its addresses are those of Main and more.
		main := d.pool.dir.endpoints(d.id, Main)
		if slices.ContainsFunc(main, func(o endpoint) bool { return o.addr == ep.addr }) {
			list = main
		}
	}
	return d.pool.endpoints.setAsideFor(ep, list, wait)
}

// patience is how long a doubt of the key asks to wait before another connection is
// dialled under it.
func (d *dc) patience() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.doubt.key != d.key.key.ID {
		return 0
	}
	return time.Until(d.doubt.next)
}

// readmitLocked ends what doubts of the key had set aside. The caller holds d.mu.
func (d *dc) readmitLocked() {
	for _, ep := range d.doubt.aside {
		d.pool.endpoints.readmit(ep)
	}
	d.doubt.aside = nil
}

// stale says that what a connection dialled at begun has to say of the key id is known,
// and how long to wait before asking again.
func (d *dc) stale(id [8]byte, begun time.Time) (pause time.Duration, stale bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.doubt.key != id || !begun.Before(d.doubt.next) {
		return 0, false
	}
	return time.Until(d.doubt.next), true
}

// closedForKey says that c was closed here because a key of it is doubted or gone, and
// how long to wait before asking again.
func (d *dc) closedForKey(c *conn) (pause time.Duration, closed bool) {
	if !errors.Is(c.wire.Err(), wire.ErrClosed) {
		return 0, false
	}
	if pause, closed = d.stale(c.keyID, c.begun); closed {
		return pause, true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	gone := c.tempID != [8]byte{} && c.tempID != d.temps.slots[0].key.ID && c.tempID != d.temps.slots[1].key.ID
	return 0, gone || d.key.key.ID != c.keyID
}

// trustKey notes that a server has answered under the key id.
func (d *dc) trustKey(id [8]byte) {
	if !d.doubted.Load() {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.doubt.key == id {
		d.doubt = doubt{}
		d.doubted.Store(false)
	}
}
