package bench

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/bench/internal/gauge"
	"github.com/tgfetch/tgfetch/bench/report"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/session"
)

// way is one way to one data center: its ordinary addresses, its media-only
// ones, or those of a CDN.
type way struct {
	found   report.DC
	options []session.DCOption // Of this way alone.
	files   []*gauge.File
	watch   func(*dcpool.Pool) (stop func()) // Options.Watch.
}

// pool is a Pool that is watched until it is closed.
type pool struct {
	*dcpool.Pool
	unwatch func()
}

// Close closes the Pool.
func (p pool) Close() error {
	defer p.unwatch()
	return p.Pool.Close()
}

const (
	// dials and pings is how many of each are timed.
	dials = 5
	pings = 20
)

// kindOf is the way that an address belongs to.
func kindOf(o session.DCOption) string {
	switch {
	case o.CDN:
		return report.CDN
	case o.MediaOnly:
		return report.Media
	}
	return report.Main
}

// target is where calls for files go.
func (w *way) target() dcpool.Target {
	if w.found.Kind == report.CDN {
		return dcpool.Target{DC: w.found.DC, Kind: dcpool.CDN}
	}
	return dcpool.Target{DC: w.found.DC, Kind: dcpool.Media}
}

// scratch is a Store whose keys are those of another and whose state is its own, so
// that measuring leaves no advice behind.
type scratch struct {
	*session.Memory
	keys session.Store
}

// Keys implements session.Store.
func (s scratch) Keys() (session.Keys, error) { return s.keys.Keys() }

// UpdateKeys implements session.Store.
func (s scratch) UpdateKeys(fn func(*session.Keys) error) error { return s.keys.UpdateKeys(fn) }

// only leaves, of the addresses of the way's data center, those of the way.
func (w *way) only(list []session.DCOption) []session.DCOption {
	return slices.DeleteFunc(slices.Clone(list), func(o session.DCOption) bool {
		return o.ID == w.found.DC && kindOf(o) != w.found.Kind
	})
}

// open returns a pool that knows no other way to the data center. keys is where
// its keys are.
func (w *way) open(cfg fetcher.Config, keys session.Store, limits dcpool.Limits, dial gauge.Dial) (pool, error) {
	state, err := cfg.Store.State()
	if err != nil {
		return pool{}, err
	}
	memory := session.NewMemory()
	err = memory.UpdateState(func(s *session.State) error {
		s.Options, s.OptionsExpire = w.only(state.Options), time.Now().Add(24*time.Hour)
		s.CDNKeys, s.Endpoints = state.CDNKeys, state.Endpoints
		return nil
	})
	if err != nil {
		return pool{}, err
	}
	own := cfg.PoolConfig()
	own.Store, own.Dial, own.Limits = scratch{Memory: memory, keys: keys}, dial, limits
	own.DCAddr = "" // The way's addresses are measured, and no other.
	own.Network = cfg.Network.OrProd()
	own.Network.DCs = w.only(own.Network.DCs)
	opened, err := dcpool.New(own)
	if err != nil {
		return pool{}, err
	}
	return pool{Pool: opened, unwatch: w.watch(opened)}, nil
}

// dial times connecting to the way's addresses, in turn. Through an MTProxy, which
// connects by itself, it is the time to the proxy.
func (w *way) dial(ctx context.Context, dial gauge.Dial) error {
	for i := range dials {
		o := w.options[i%len(w.options)]
		start := time.Now()
		nc, err := dial(ctx, "tcp", net.JoinHostPort(o.IP, strconv.Itoa(o.Port)))
		if err != nil {
			return err
		}
		w.found.Dial = append(w.found.Dial, time.Since(start).Seconds())
		if err := nc.Close(); err != nil {
			return err
		}
	}
	return nil
}

// exchange times a key exchange, whose key is forgotten.
func (w *way) exchange(ctx context.Context, cfg fetcher.Config) (err error) {
	if w.found.Kind != report.CDN {
		cfg.DC = w.found.DC // Nobody is logged in, so this is home.
	}
	pool, err := w.open(cfg, session.NewMemory(), dcpool.Limits{Attempts: 2}, cfg.Dial)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	if err := ping(ctx, pool, w.target()); err != nil {
		return err
	}
	for _, d := range pool.Stats().DCs {
		if d.DC == w.found.DC && d.CDN == (w.found.Kind == report.CDN) {
			w.found.Exchange = d.Exchange.Seconds()
		}
	}
	return nil
}

// roundTrips times small calls on one quiet connection.
func (w *way) roundTrips(ctx context.Context, cfg fetcher.Config) (err error) {
	pool, err := w.open(cfg, cfg.Store, dcpool.Limits{Attempts: 2}, cfg.Dial)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	if err := ping(ctx, pool, w.target()); err != nil {
		return err
	}
	for range pings {
		start := time.Now()
		if err := ping(ctx, pool, w.target()); err != nil {
			return err
		}
		w.found.RTT = append(w.found.RTT, time.Since(start).Seconds())
	}
	return nil
}

// ping is a small call. That a server refuses it takes a round trip too.
func ping(ctx context.Context, pool gauge.Doer, t dcpool.Target) error {
	err := pool.Do(ctx, t, &tg.HelpGetNearestDCRequest{}, new(tg.NearestDC))
	if _, refused := errors.AsType[*tgerr.Error](err); refused {
		return nil
	}
	return err
}
