package dcpool

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotd/td/crypto"

	"github.com/tgfetch/tgfetch/dcpool/internal/wire"
	"github.com/tgfetch/tgfetch/session"
)

// dc is what the Pool has with one data center: one key, one authorization, and
// a group of connections of each kind.
type dc struct {
	// Immutable.
	pool   *Pool
	id     int
	cdn    bool
	byKind [CDN + 1]*group // CDN alone for a CDN data center, else the others.

	exchanging flight
	importing  flight

	mu    sync.Mutex
	key   credentials // Guarded by mu.
	doubt doubt       // Guarded by mu.
	temps temps       // Guarded by mu, but for making.
	// doubted says that doubt is not empty.
	doubted atomic.Bool

	stats dcCounters
}

// credentials are the key of a data center and what belongs to it.
type credentials struct {
	key     crypto.AuthKey // Zero: none.
	created time.Time      // When the key was made.
	salts   []wire.Salt
	// offset is server time minus ours.
	offset time.Duration
	// imported: the key is authorized as the session's user. It counts up in
	// imports each time it becomes true.
	imported bool
	imports  int
	// noImport: the server has no authorizations to import.
	noImport bool
	// changed: salts or offset differ from what is stored.
	changed bool
}

type dcCounters struct {
	handshakes, imports, dials, lost, replaced, calls, retries, floods, hedges atomic.Int64
	// closedIn and closedOut are the bytes of connections that have ended.
	closedIn, closedOut atomic.Int64
	// exchange is the nanoseconds that the last key exchange took.
	exchange atomic.Int64
	// rtt is the smallest round trip on connections that have ended, in nanoseconds;
	// 0 is unknown.
	rtt atomic.Int64
}

// sawRTT takes in a round trip, if it is known.
func (s *dcCounters) sawRTT(rtt time.Duration) {
	for rtt > 0 {
		least := s.rtt.Load()
		if least > 0 && least <= int64(rtt) || s.rtt.CompareAndSwap(least, int64(rtt)) {
			return
		}
	}
}

// newDC starts media or CDN connections as the advice says.
func newDC(p *Pool, id int, cdn bool, advice session.DCAdvice) *dc {
	d := &dc{pool: p, id: id, cdn: cdn, temps: newTemps()}
	if cdn {
		d.byKind[CDN] = newGroup(d, CDN, advice, p.cfg.Limits.Connections)
		return d
	}
	d.byKind[Main] = newGroup(d, Main, session.DCAdvice{}, mainConnections)
	d.byKind[Media] = newGroup(d, Media, advice, p.cfg.Limits.Connections)
	return d
}

// mainConnections is the most main connections to one data center: one carries
// hundreds of small calls, the second is for when it stalls.
const mainConnections = 2

// group returns the connections of kind, which must be one that d has.
func (d *dc) group(kind Kind) *group { return d.byKind[kind] }

// groups are the connections of every kind that d has.
func (d *dc) groups() []*group {
	return slices.DeleteFunc(slices.Clone(d.byKind[:]), func(g *group) bool { return g == nil })
}

// credentials returns a copy that the caller may keep: salts are replaced, never
// changed in place.
func (d *dc) credentials() credentials {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.key
}

// adopt takes over a stored key.
func (d *dc) adopt(stored session.DCKeys) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.adoptLocked(stored)
}

func (d *dc) adoptLocked(stored session.DCKeys) {
	c := credentials{
		key:      stored.AuthKey.WithID(),
		created:  stored.CreatedAt,
		offset:   stored.TimeOffset,
		imported: stored.Imported,
		imports:  d.key.imports,
		noImport: d.key.noImport,
	}
	if c.imported {
		c.imports++
	}
	for _, salt := range stored.Salts {
		c.salts = append(c.salts, wire.Salt(salt))
	}
	d.key = c
	d.learnClock(c.offset)
}

func (d *dc) learnClock(offset time.Duration) {
	if !d.cdn {
		d.pool.clock.learn(offset)
	}
}

// credentialsLocked are those of the key id, permanent or temporary; nil if it is gone.
func (d *dc) credentialsLocked(id [8]byte) *credentials {
	if d.key.key.ID == id {
		return &d.key
	}
	for i := range d.temps.slots {
		if t := &d.temps.slots[i]; t.key.ID == id {
			return &t.credentials
		}
	}
	return nil
}

// setSalts and setOffset take what a connection learnt. They are called by the
// reader of a connection under key id.
func (d *dc) setSalts(id [8]byte, salts []wire.Salt) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := d.credentialsLocked(id); c != nil && !slices.Equal(c.salts, salts) {
		c.salts, c.changed = slices.Clone(salts), true
	}
}

func (d *dc) setOffset(id [8]byte, offset time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := d.credentialsLocked(id); c != nil {
		c.offset, c.changed = offset, true
		d.learnClock(offset)
	}
}

// keysOf is the section of k that holds d's key.
func (d *dc) keysOf(k *session.Keys) map[int]session.DCKeys {
	if d.cdn {
		return k.CDN
	}
	return k.DCs
}

// saveLearnt stores salts and clock when they changed. Losing them costs a round
// trip, so it is done at the end, not each time.
func (d *dc) saveLearnt() error {
	c := d.credentials()
	if !c.changed {
		return nil
	}
	return d.pool.updateKeys(func(k *session.Keys) error {
		keys := d.keysOf(k)
		stored, ok := keys[d.id]
		if !ok || stored.AuthKey != c.key.Value {
			return nil // Another process has a newer key.
		}
		fresh := c.stored(stored.CreatedAt)
		fresh.Imported = stored.Imported
		keys[d.id] = fresh
		return nil
	})
}

// close fails the calls that wait for a connection, now and later.
func (d *dc) close() {
	for _, g := range d.groups() {
		g.close()
	}
}

// closeConns closes the open connections that match; calls on them go to others.
func (d *dc) closeConns(match func(*conn) bool) {
	for _, g := range d.groups() {
		for _, c := range g.open() {
			if match(c) {
				_ = c.wire.Close() // The cause is in Err.
			}
		}
	}
}
