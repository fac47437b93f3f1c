package dcpool

import (
	"context"
	"errors"
	"fmt"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/session"
)

// authorize begins, or joins, the import of the login into a foreign data
// center. It returns nil when none is needed.
func (d *dc) authorize() *landing {
	if c := d.credentials(); d.cdn || c.imported || c.noImport || d.id == d.pool.Home() || !d.pool.loggedIn() {
		return nil
	}
	return d.importing.start(d.pool.spawn, func() error {
		if d.credentials().imported {
			return nil // Done between the check and the start of the flight.
		}
		return d.importLogin(d.pool.ctx)
	})
}

// importLogin carries the login from home to d. The bytes of an export are good
// for one import, so the second attempt begins again.
//
// See https://core.telegram.org/api/datacenter#authorization-transfer.
func (d *dc) importLogin(ctx context.Context) error {
	for attempt := 1; ; attempt++ {
		err := d.importOnce(ctx)
		switch {
		case err == nil:
			return nil
		case MethodMissing(err):
			// A server of another make whose data centers share their logins.
			d.pool.log.Info("server has no authorizations to import", "dc", d.id, "error", err)
			d.mu.Lock()
			d.key.noImport = true
			d.mu.Unlock()
			return nil
		case attempt < 2 && importMayRepeat(err):
		default:
			return fmt.Errorf("login on DC %d: %w", d.id, err)
		}
	}
}

// importKind is the kind of connection that an import uses: main, except to a
// data center that has media-only endpoints alone.
func (d *dc) importKind() Kind {
	if len(d.pool.dir.endpoints(d.id, Main)) == 0 {
		return Media
	}
	return Main
}

func (d *dc) importOnce(ctx context.Context) error {
	var exported tg.AuthExportedAuthorization
	if err := d.pool.do(ctx, Target{}, &tg.AuthExportAuthorizationRequest{DCID: d.id}, &exported); err != nil {
		return err
	}
	request := tg.AuthImportAuthorizationRequest(exported)
	var authorization tg.AuthAuthorizationBox
	c := call{
		pool: d.pool, target: Target{DC: d.id, Kind: d.importKind()}, in: &request, out: &authorization,
		method: methodOf(&request), fixed: true,
	}
	if err := c.run(ctx); err != nil {
		return err
	}
	d.stats.imports.Add(1)
	d.pool.log.Info("login imported", "dc", d.id)
	d.pool.events.tell(LoginImported{DC: d.id})
	return d.setImported(c.keyID)
}

// setImported records that the key id of d is authorized. When it is another's
// turn by now, that one has yet to be.
func (d *dc) setImported(id [8]byte) error {
	d.mu.Lock()
	if d.key.key.ID != id {
		d.mu.Unlock()
		return nil
	}
	d.key.imported = true
	d.key.imports++
	key := d.key.key.Value
	d.mu.Unlock()
	return d.pool.keepKeys(func(k *session.Keys) error {
		if stored, ok := k.DCs[d.id]; ok && stored.AuthKey == key {
			stored.Imported = true
			k.DCs[d.id] = stored
		}
		return nil
	})
}

// loseImport drops the authorization number n, unless it was renewed already.
func (d *dc) loseImport(n int) {
	d.mu.Lock()
	lost := d.key.imports == n && d.key.imported
	if lost {
		d.key.imported = false
	}
	d.mu.Unlock()
	if lost {
		d.pool.log.Info("login is not known any more, importing it again", "dc", d.id)
	}
}

func importMayRepeat(err error) bool {
	if _, ok := errors.AsType[*LostError](err); ok {
		return true
	}
	return tgerr.Is(err, "AUTH_BYTES_INVALID", "AUTH_KEY_UNREGISTERED") && !errors.Is(err, ErrLoginNeeded)
}
