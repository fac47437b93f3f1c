package dcpool

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gotd/td/exchange"

	"github.com/tgfetch/tgfetch/dcpool/internal/wire"
	"github.com/tgfetch/tgfetch/session"
)

// testDCs is added to the ids of test data centers on the wire.
const testDCs = 10000

// wireID is the id that the server behind ep expects: negative for a media-only
// endpoint.
//
// See https://core.telegram.org/mtproto/auth_key and
// https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation.
func (d *dc) wireID(ep endpoint) int {
	id := d.id
	if d.pool.cfg.Network.Test {
		id += testDCs
	}
	if ep.mediaOnly {
		id = -id
	}
	return id
}

// ensureKey makes sure that there is a key, by one exchange however many
// callers there are.
func (d *dc) ensureKey(ctx context.Context) error {
	if !d.credentials().key.Zero() {
		return nil
	}
	return d.exchanging.start(d.pool.spawn, d.exchange).wait(ctx)
}

// exchange makes a key and leaves the connection it was made on to the group
// the endpoint belongs to.
func (d *dc) exchange() error {
	if !d.credentials().key.Zero() {
		return nil // Made between the check and the start of the flight.
	}
	ctx := d.pool.ctx
	kind, err := d.exchangeKind(ctx)
	if err != nil {
		return err
	}
	keys, err := d.publicKeys(ctx)
	if err != nil {
		return err
	}
	l, err := d.exchangeWith(ctx, kind, keys)
	if _, unknown := errors.AsType[*UnknownKeyError](err); unknown && d.cdn {
		if keys, err = d.pool.cdnKeys.refetch(ctx, d.pool, d.id); err != nil {
			return err
		}
		if l, err = d.exchangeWith(ctx, kind, keys); err != nil {
			err = fmt.Errorf("%w: %w", ErrNoCDN, err)
		}
	}
	if err != nil {
		return err
	}
	d.group(kind).adopt(ctx, l)
	return nil
}

// exchangeKind is the kind of connection to make a key on: a data center may
// have media-only endpoints alone.
func (d *dc) exchangeKind(ctx context.Context) (Kind, error) {
	if d.cdn {
		return CDN, d.pool.addressed(ctx, d.id, CDN)
	}
	err := d.pool.addressed(ctx, d.id, Main)
	if _, unknown := errors.AsType[*UnknownDCError](err); unknown {
		return Media, d.pool.addressed(ctx, d.id, Media)
	}
	return Main, err
}

// publicKeys are the RSA keys that the data center may prove itself with.
func (d *dc) publicKeys(ctx context.Context) ([]exchange.PublicKey, error) {
	if d.cdn {
		return d.pool.cdnKeys.get(ctx, d.pool, d.id)
	}
	return d.pool.cfg.Network.Keys, nil
}

// exchangeWith makes and stores a key over a new connection of kind.
func (d *dc) exchangeWith(ctx context.Context, kind Kind, keys []exchange.PublicKey) (dialled, error) {
	var made dialled
	err := d.attempt(ctx, kind, func(l dialled) error {
		fresh, err := d.exchangeOn(ctx, l, keys, 0)
		if err != nil {
			return err
		}
		d.pool.log.Info("new key", "dc", d.id, "cdn", d.cdn, "addr", l.endpoint.addr)
		if err := d.storeKey(fresh); err != nil {
			return errors.Join(err, l.link.Close())
		}
		d.pool.events.tell(NewKey{
			DC: d.id, CDN: d.cdn, Addr: l.endpoint.addr, Took: time.Duration(d.stats.exchange.Load()),
		})
		made = l
		return nil
	})
	return made, err
}

// exchangeOn makes a key on l, or closes it. The key is temporary if it has a life.
func (d *dc) exchangeOn(ctx context.Context, l dialled, keys []exchange.PublicKey, life time.Duration) (credentials, error) {
	timeout := d.pool.cfg.Limits.ExchangeTimeout
	if d.cdn {
		timeout = min(timeout, cdnExchangeTimeout)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	begun := time.Now()
	l.socket.expect(min(exchangeSilence, d.pool.cfg.Limits.StallTimeout))
	result, err := wire.Exchange(ctx, l.link, keys, wire.ExchangeOptions{DC: d.wireID(l.endpoint), ExpiresIn: life})
	if err != nil {
		return credentials{}, fmt.Errorf("key exchange with %s: %w", l.endpoint.addr, err)
	}
	l.socket.expect(0)
	d.stats.handshakes.Add(1)
	d.stats.exchange.Store(int64(time.Since(begun)))
	return newCredentials(result), nil
}

// storeKey files a new key. When another process filed one meanwhile that one
// is used, and the new one forgotten.
func (d *dc) storeKey(fresh credentials) error {
	winner := fresh.stored(time.Now())
	err := d.keepKeys(func(k *session.Keys) error {
		keys := d.keysOf(k)
		if _, ok := keys[d.id]; !ok {
			keys[d.id] = winner
		}
		winner = keys[d.id]
		return nil
	})
	if err != nil {
		return err
	}
	d.adopt(winner)
	return nil
}

// keepKeys writes down a change of d's keys. Those of home have to be written:
// with them goes the login.
func (d *dc) keepKeys(fn func(*session.Keys) error) error {
	if d.id == d.pool.Home() && !d.cdn {
		return d.pool.updateKeys(fn)
	}
	return d.pool.keepKeys(fn)
}

// loseKey drops the key id, which the server does not take any more, and the
// connections under it, unless it was replaced already. Other processes'
// replacements are taken over.
func (d *dc) loseKey(id [8]byte) error {
	if d.credentials().key.ID != id {
		return nil
	}
	// The server may be silent on the others instead of refusing the key.
	defer d.closeConns(func(c *conn) bool { return c.keyID == id })
	var (
		stored session.DCKeys
		found  bool
	)
	err := d.keepKeys(func(k *session.Keys) error {
		keys := d.keysOf(k)
		stored, found = keys[d.id]
		if found && stored.AuthKey.ID() == id {
			delete(keys, d.id)
			found = false
		}
		return nil
	})
	if err != nil {
		return err
	}
	if d.replaceKey(id, stored, found) && !found {
		d.pool.log.Info("key is not known any more, making a new one", "dc", d.id, "cdn", d.cdn)
		d.pool.events.tell(KeyLost{DC: d.id, CDN: d.cdn})
	}
	return nil
}

// replaceKey puts what is stored, or nothing, in the place of the key id. It
// reports whether that key was still there.
func (d *dc) replaceKey(id [8]byte, stored session.DCKeys, found bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.key.key.ID != id:
		return false
	case found:
		d.adoptLocked(stored)
	default:
		d.key = credentials{imports: d.key.imports, noImport: d.key.noImport}
	}
	return true
}
