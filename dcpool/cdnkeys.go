package dcpool

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gotd/td/exchange"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/session"
)

// maxCDNKeys bounds the list a server can make us keep.
const maxCDNKeys = 100

// cdnKeys knows the RSA keys of CDN data centers, which only help.getCdnConfig
// publishes.
//
// See https://core.telegram.org/cdn#getting-available-cdn-dcs.
type cdnKeys struct {
	fetching flight

	mu    sync.Mutex
	known []session.CDNKey // Guarded by mu.
	asked time.Time        // Guarded by mu; when known was last fetched.
}

func (c *cdnKeys) load(state *session.State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known = slices.Clone(state.CDNKeys)
}

// get returns the keys of dc, fetched if none are known.
func (c *cdnKeys) get(ctx context.Context, p *Pool, dc int) ([]exchange.PublicKey, error) {
	if keys := c.of(dc); len(keys) > 0 {
		return keys, nil
	}
	return c.refetch(ctx, p, dc)
}

// refetch returns the keys of dc after asking the home data center for them,
// unless that was done within configRetry.
func (c *cdnKeys) refetch(ctx context.Context, p *Pool, dc int) ([]exchange.PublicKey, error) {
	c.mu.Lock()
	recent := time.Since(c.asked) < configRetry
	c.mu.Unlock()
	if !recent {
		err := c.fetching.start(p.spawn, func() error { return c.fetch(p) }).wait(ctx)
		if _, refused := errors.AsType[*tgerr.Error](err); refused {
			return nil, fmt.Errorf("%w: help.getCdnConfig: %w", ErrNoCDN, err)
		}
		if err != nil {
			return nil, err
		}
	}
	keys := c.of(dc)
	if len(keys) == 0 {
		return nil, fmt.Errorf("%w: no RSA key of CDN DC %d is published", ErrNoCDN, dc)
	}
	return keys, nil
}

func (c *cdnKeys) fetch(p *Pool) error {
	var config tg.CDNConfig
	if err := p.do(p.ctx, Target{}, &tg.HelpGetCDNConfigRequest{}, &config); err != nil {
		return err
	}
	var keys []session.CDNKey
	for _, key := range config.PublicKeys[:min(len(config.PublicKeys), maxCDNKeys)] {
		keys = append(keys, session.CDNKey{DC: key.DCID, PEM: key.PublicKey})
	}
	c.mu.Lock()
	c.known, c.asked = keys, time.Now()
	c.mu.Unlock()
	return p.cfg.Store.UpdateState(func(s *session.State) error {
		s.CDNKeys = keys
		return nil
	})
}

// of is the known keys of dc; unreadable ones are left out.
func (c *cdnKeys) of(dc int) []exchange.PublicKey {
	c.mu.Lock()
	defer c.mu.Unlock()
	var keys []exchange.PublicKey
	for _, key := range c.known {
		if key.DC != dc {
			continue
		}
		if parsed, err := ParseKeys([]byte(key.PEM)); err == nil {
			keys = append(keys, parsed...)
		}
	}
	return keys
}
