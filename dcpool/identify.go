package dcpool

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/dcpool/internal/wire"
	"github.com/tgfetch/tgfetch/session"
)

// identify finds out which data center answers at Config.DCAddr, so that its
// key is filed under the right id, and makes the address the only one of that
// data center. The answer is kept: the next start asks nothing.
func (p *Pool) identify(ctx context.Context) error {
	addr := p.cfg.DCAddr
	claimed := p.Home()
	id := 0
	err := p.cfg.Store.ViewState(func(s *session.State) { id = s.Endpoints[addr].DC })
	if err != nil {
		return err
	}
	p.dir.setOverride(claimed, addr)
	if id == 0 || p.dc(id, false).credentials().key.Zero() {
		if id, err = p.askThisDC(ctx, claimed); err != nil {
			return fmt.Errorf("%s as DC %d: %w", addr, claimed, err)
		}
	}
	p.dir.setOverride(id, addr)
	if id != claimed {
		p.log.Info("address belongs to another DC", "addr", addr, "claimed", claimed, "dc", id)
		if !p.loggedIn() {
			p.home.Store(int64(id))
		}
	}
	return p.cfg.Store.UpdateState(func(s *session.State) error {
		known := s.Endpoints[addr]
		known.DC = id
		s.Endpoints[addr] = known
		return nil
	})
}

// askThisDC connects to the overriding address of claimed and returns the id
// that the server reports, or claimed when it reports none. A key made on the
// way is stored under that id, unless there is one.
func (p *Pool) askThisDC(ctx context.Context, claimed int) (int, error) {
	d := p.dc(claimed, false)
	var found int
	err := d.attempt(ctx, Main, func(l dialled) error {
		fresh := d.credentials()
		stored := !fresh.key.Zero()
		if !stored {
			var err error
			if fresh, err = d.exchangeOn(ctx, l, p.cfg.Network.Keys, 0); err != nil {
				return err
			}
		}
		c, _, err := d.encrypt(ctx, l, Main, fresh)
		if _, unbound := errors.AsType[*unboundError](err); unbound && stored {
			found = claimed // As with a key that is not known, below.
			return nil
		}
		if err != nil {
			return err
		}
		defer c.Close()
		ctx, cancel := context.WithTimeout(ctx, p.cfg.Limits.ExchangeTimeout)
		defer cancel()
		var config tg.Config
		err = c.Do(ctx, &tg.HelpGetConfigRequest{}, &config)
		if isKeyUnknown(err) && stored {
			// The key is another server's. What becomes of it is for the calls
			// to find out.
			found = claimed
			return nil
		}
		if _, refused := errors.AsType[*tgerr.Error](err); err != nil && !refused {
			return err
		}
		if l.transport != ObfuscatedPadded { // One answer does not prove that.
			p.remember(l.endpoint, l.transport)
		}
		found = config.ThisDC
		if found == 0 {
			found = claimed // It has no help.getConfig.
		}
		if config.DCOptions != nil {
			if err := p.takeConfig(&config); err != nil {
				return err
			}
		}
		if stored && found == claimed {
			return nil
		}
		return p.dc(found, false).storeKey(fresh)
	})
	return found, err
}

func newCredentials(result wire.Result) credentials {
	return credentials{
		key:    result.Key,
		salts:  []wire.Salt{{Value: result.Salt}},
		offset: result.TimeOffset,
	}
}

// stored is the form of the credentials in the keys file.
func (c credentials) stored(created time.Time) session.DCKeys {
	k := session.DCKeys{
		AuthKey:    c.key.Value,
		Imported:   c.imported,
		TimeOffset: c.offset,
		CreatedAt:  created,
	}
	for _, salt := range c.salts {
		k.Salts = append(k.Salts, session.Salt(salt))
	}
	return k
}
