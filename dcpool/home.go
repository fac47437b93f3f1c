package dcpool

import (
	"context"
	"errors"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/session"
)

// firstDC is where a client starts that knows nothing.
const firstDC = 2

// Home is the id of the home data center as far as known; 0 before the first
// call.
func (p *Pool) Home() int { return int(p.home.Load()) }

// loggedIn says whether the session has a user.
func (p *Pool) loggedIn() bool { return p.user.Load() != 0 }

// User is the account logged in according to the Store; id 0 is nobody.
//
// Errors: those of the Store.
func (p *Pool) User() (id int64, bot bool, err error) {
	keys, err := p.cfg.Store.Keys()
	return keys.UserID, keys.Bot, err
}

// MoveHome makes dc the home data center, as auth.loginTokenMigrateTo asks.
//
// Errors: as Do's.
func (p *Pool) MoveHome(ctx context.Context, dc int) error {
	if err := p.load(ctx); err != nil {
		return err
	}
	for p.Home() != dc {
		if err := p.moveHome(ctx, p.Home(), dc, false); err != nil {
			return Ended(ctx, err)
		}
	}
	return nil
}

// moveHome moves home from one data center to another, once for all who were
// told to. When home is not where the caller saw it, it has moved already and
// nothing is done. carry says that the login moves too, as it should unless a
// new one is what leads there.
//
// See https://core.telegram.org/api/datacenter#user-migration.
func (p *Pool) moveHome(ctx context.Context, from, to int, carry bool) error {
	if p.Home() != from {
		return nil
	}
	return p.moving.start(p.spawn, func() error {
		if p.Home() != from {
			return nil
		}
		return p.settleIn(p.ctx, to, carry)
	}).wait(ctx)
}

// settleIn makes dc ready to be home, and then home.
func (p *Pool) settleIn(ctx context.Context, id int, carry bool) error {
	if err := p.addressed(ctx, id, Main); err != nil {
		return err
	}
	d := p.dc(id, false)
	if err := d.ensureKey(ctx); err != nil {
		return err
	}
	if carry {
		// The old home may export nothing any more. Then the new one says
		// whether it knows the login.
		if err := d.authorize().wait(ctx); ctx.Err() != nil {
			return ErrClosed // The next process moves, with the login.
		} else if err != nil {
			p.log.Info("login was not imported to the new home", "dc", id, "error", err)
		}
	}
	err := p.updateKeys(func(k *session.Keys) error {
		k.HomeDC = id
		return nil
	})
	if err != nil {
		return err
	}
	p.log.Info("home moved", "from", p.Home(), "to", id)
	p.events.tell(HomeMoved{From: p.Home(), To: id})
	p.home.Store(int64(id))
	return nil
}

// SetUser records that a login on the home data center succeeded. What was kept
// of another account is dropped.
//
// Errors: those of the Store.
func (p *Pool) SetUser(ctx context.Context, id int64, bot bool) error {
	if id == 0 {
		return errors.New("dcpool: user id 0 is nobody")
	}
	if err := p.load(ctx); err != nil {
		return err
	}
	home := p.dc(p.Home(), false)
	key := home.credentials().key
	var other bool
	err := p.updateKeys(func(k *session.Keys) error {
		other = k.UserID != id
		if other {
			forgetLogins(k, home.id)
		}
		k.HomeDC, k.UserID, k.Bot = home.id, id, bot
		if stored, ok := k.DCs[home.id]; ok && stored.AuthKey == key.Value {
			stored.Imported = true
			k.DCs[home.id] = stored
		}
		return nil
	})
	if err != nil {
		return err
	}
	p.user.Store(id) // What is being asked for the account of before is dropped from here on.
	if other {
		if err := p.forgetAccount(home); err != nil {
			return err
		}
	}
	home.mu.Lock()
	home.key.imported = true
	home.mu.Unlock()
	return nil
}

// LogOut ends the login on the server and forgets it here, with every key and all
// that was kept of the account. When the server cannot be told, this is a
// *LogOutError; nothing changes when ctx ends.
func (p *Pool) LogOut(ctx context.Context) error {
	if err := p.load(ctx); err != nil {
		return err
	}
	told := p.Do(ctx, Target{}, &tg.AuthLogOutRequest{}, new(tg.AuthLoggedOut))
	if ctx.Err() != nil {
		return Ended(ctx, context.Cause(ctx))
	}
	err := p.updateKeys(func(k *session.Keys) error {
		clear(k.DCs)
		clear(k.CDN)
		k.HomeDC, k.UserID, k.Bot = 0, 0, false
		return nil
	})
	if err != nil {
		return err
	}
	p.user.Store(0)
	for _, d := range p.allDCs() {
		d.forget(func(credentials) bool { return true })
	}
	if err := p.forgetState(); err != nil {
		return err
	}
	if told != nil && !errors.Is(told, ErrLoginNeeded) {
		return &LogOutError{Err: told}
	}
	return nil
}

// forgetLogins drops the keys that carry a login, but home's.
func forgetLogins(k *session.Keys, home int) {
	for id, dc := range k.DCs {
		if id != home && dc.Imported {
			delete(k.DCs, id)
		}
	}
}

// forgetAccount drops, in memory and in the state, what belongs to the account
// that was logged in, but for the key of home, which is another's now.
func (p *Pool) forgetAccount(home *dc) error {
	for _, d := range p.allDCs() {
		if d != home && !d.cdn {
			d.forget(func(c credentials) bool { return c.imported })
		}
	}
	return p.forgetState()
}

// forget drops the key, if it matches, and closes the connections.
func (d *dc) forget(match func(credentials) bool) {
	d.mu.Lock()
	if match(d.key) {
		d.key = credentials{imports: d.key.imports}
	}
	d.mu.Unlock()
	d.closeConns(func(*conn) bool { return true })
}

// forgetState drops what the state has of the account: what it saw, and where that was.
func (p *Pool) forgetState() error {
	p.queues.forget()
	return p.cfg.Store.UpdateState(func(s *session.State) error {
		clear(s.Peers) // Access hashes are the account's own.
		clear(s.Documents)
		clear(s.Files)
		s.Queues = session.Queues{}
		return nil
	})
}
