package dcpool

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/dcpool/internal/wire"
)

const (
	// tempLife is how long a temporary key is good for, as with official clients.
	tempLife = 24 * time.Hour
	// tempMargin before that its connections take no more calls.
	tempMargin = 10 * time.Minute
	// tempRefusals of a young temporary key, at another address than where it was made,
	// are not believed.
	tempRefusals = 2
)

// temp is a temporary key that the connections to one cluster of a data center share.
// https://core.telegram.org/api/pfs says that a permanent key may be bound to one
// temporary key at a time; Telegram's own clients have two, of which one is for the
// media cluster.
type temp struct {
	credentials
	owner    [8]byte   // The permanent key that it is bound to.
	born     string    // The address that it was made at.
	bound    time.Time // When.
	expires  time.Time // When its connections take no more calls.
	refusals int
}

// temps are the temporary keys of a data center.
type temps struct {
	// making holds who makes the key of a cluster, so that there is one at a time.
	making [2]chan struct{}

	// Guarded by dc.mu.
	slots [2]temp
	// displaced counts keys that were lost after another cluster's was bound; when
	// that happens again one key serves both clusters.
	displaced int
}

// maxDisplaced is how many such losses are a chance.
const maxDisplaced = 1

func newTemps() temps {
	return temps{making: [2]chan struct{}{make(chan struct{}, 1), make(chan struct{}, 1)}}
}

// slotLocked is the cluster that ep belongs to: 1 is for media. The caller holds dc.mu.
func (t *temps) slotLocked(ep endpoint) int {
	if ep.mediaOnly && t.displaced <= maxDisplaced {
		return 1
	}
	return 0
}

// encrypt starts an encrypted connection of kind on l, which it owns from now on,
// under the key in c or, with Config.PFS, under a temporary key that is bound to that
// key. temp is zero without one. CDNs know no temporary keys.
func (d *dc) encrypt(ctx context.Context, l dialled, kind Kind, c credentials) (*wire.Conn, temp, error) {
	if !d.pool.cfg.PFS || kind == CDN {
		return d.open(l, kind, c), temp{}, nil
	}
	d.mu.Lock()
	slot := d.temps.slotLocked(l.endpoint)
	d.mu.Unlock()
	select {
	case d.temps.making[slot] <- struct{}{}:
		defer func() { <-d.temps.making[slot] }()
	case <-ctx.Done():
		return nil, temp{}, errors.Join(context.Cause(ctx), l.link.Close())
	}
	if known := d.tempOf(slot, c.key.ID); !known.key.Zero() {
		return d.open(l, kind, known.credentials), known, nil
	}
	if _, stale := d.stale(c.key.ID, l.begun); stale {
		return nil, temp{}, errors.Join(&unboundError{keyID: c.key.ID, endpoint: l.endpoint, begun: l.begun, err: errStale}, l.link.Close())
	}
	return d.makeTemp(ctx, l, kind, c, slot)
}

// errStale is why a connection is not tried whose server was found not to know a key
// while it was dialled.
var errStale = errors.New("the key was refused meanwhile")

// tempOf is the temporary key in a slot, if it is good and bound to owner.
func (d *dc) tempOf(slot int, owner [8]byte) temp {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.temps.slots[slot]
	if t.owner != owner || !time.Now().Before(t.expires) {
		return temp{}
	}
	return t
}

// makeTemp makes a temporary key on l, binds it and lets others use it.
func (d *dc) makeTemp(ctx context.Context, l dialled, kind Kind, c credentials, slot int) (*wire.Conn, temp, error) {
	fresh, err := d.exchangeOn(ctx, l, d.pool.cfg.Network.Keys, tempLife)
	if err != nil {
		return nil, temp{}, err
	}
	ends := time.Now().Add(tempLife)
	conn := d.open(l, kind, fresh)
	ctx, cancel := context.WithTimeout(ctx, d.pool.cfg.Limits.ExchangeTimeout)
	defer cancel()
	if err := conn.Bind(ctx, c.key, ends.Add(fresh.offset)); err != nil {
		_ = conn.Close() // The cause is in err.
		return nil, temp{}, bindError(d.id, l, c, err)
	}
	t := temp{
		credentials: fresh, owner: c.key.ID, born: l.endpoint.addr, bound: time.Now(), expires: ends.Add(-tempMargin),
	}
	d.mu.Lock()
	d.temps.slots[slot] = t
	d.mu.Unlock()
	return conn, t, nil
}

// loseTemp notes that the server at ep does not know the temporary key id, or not as a
// bound one. It returns how long to wait before asking again. A young key may be
// unknown where it was not made; any other is replaced, once for all connections.
func (d *dc) loseTemp(id [8]byte, ep endpoint, kind Kind) (pause time.Duration) {
	d.mu.Lock()
	slot := -1
	for i := range d.temps.slots {
		if d.temps.slots[i].key.ID == id && id != ([8]byte{}) {
			slot = i
		}
	}
	if slot < 0 {
		d.mu.Unlock()
		return 0 // It was replaced.
	}
	t := &d.temps.slots[slot]
	if time.Since(t.bound) < keyYouth && t.born != ep.addr && t.refusals < tempRefusals {
		t.refusals++
		pause = backoff(t.refusals)
		d.mu.Unlock()
		if d.setAside(ep, kind, strangerFor) {
			pause = 0
		}
		return pause
	}
	if d.temps.slots[1-slot].bound.After(t.bound) {
		d.temps.displaced++
	}
	*t = temp{}
	d.mu.Unlock()
	d.closeConns(func(c *conn) bool { return c.tempID == id })
	return 0
}

// unboundError says that a data center does not know a permanent key, or does not
// yet.
type unboundError struct {
	keyID    [8]byte
	endpoint endpoint
	begun    time.Time
	err      error
}

func (e *unboundError) Error() string { return "binding a temporary key: " + e.err.Error() }
func (e *unboundError) Unwrap() error { return e.err }

// bindError says what a failed binding on l to the key in c means.
func bindError(dc int, l dialled, c credentials, err error) error {
	refused, ok := errors.AsType[*tgerr.Error](err)
	switch {
	case ok && refused.Type == "ENCRYPTED_MESSAGE_INVALID":
		return &unboundError{keyID: c.key.ID, endpoint: l.endpoint, begun: l.begun, err: err}
	case ok && refused.Code >= 400 && refused.Code < 500 && refused.Code != 420:
		return &BindError{DC: dc, Err: err}
	default:
		return fmt.Errorf("binding a temporary key: %w", err)
	}
}

// unbound decides about a permanent key that a temporary one could not be bound to. nil
// means that it may be tried again. A young key is not given up: not all servers know
// it yet.
func (g *group) unbound(ctx context.Context, e *unboundError) error {
	d := g.dc
	enough := askElsewhere
	if d.id == d.pool.Home() && d.pool.loggedIn() {
		enough = askElsewhereAtHome
	}
	pause, lost := d.doubtKey(e.keyID, e.endpoint, e.begun, g.kind, enough)
	if !lost {
		return sleep(ctx, pause)
	}
	if c := d.credentials(); c.key.ID == e.keyID && time.Since(c.created) < keyYouth {
		return &UnreachableError{DC: d.id, Kind: g.kind, Err: fmt.Errorf("its key is new and not known there yet: %w", e.err)}
	}
	return e
}

// expired says that the key of c is too old for more calls.
func (c *conn) expired(now time.Time) bool {
	return !c.expires.IsZero() && !now.Before(c.expires)
}
