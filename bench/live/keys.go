package live

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/session"
)

// ownPool is a pool whose session is its own and forgotten.
type ownPool struct {
	*dcpool.Pool
	store   *session.Memory
	unwatch func()
}

// Close closes the pool.
func (p ownPool) Close() error {
	defer p.unwatch()
	return p.Pool.Close()
}

// pool opens a pool that knows these addresses alone and starts with these keys.
func (a *asker) pool(keys session.Keys, options []session.DCOption, dc int, pfs bool) (ownPool, error) {
	store := session.NewMemory()
	err := errors.Join(
		store.UpdateKeys(func(k *session.Keys) error { *k = keys; return nil }),
		store.UpdateState(func(s *session.State) error {
			s.Options, s.OptionsExpire = options, time.Now().Add(24*time.Hour)
			s.Queues.Checked = time.Now() // So that only questions are asked.
			return nil
		}))
	if err != nil {
		return ownPool{}, err
	}
	cfg := a.opts.Client.PoolConfig()
	cfg.Store, cfg.DC, cfg.DCAddr, cfg.PFS = store, dc, "", pfs
	cfg.Network = cfg.Network.OrProd()
	cfg.Network.DCs = options
	p, err := dcpool.New(cfg)
	if err != nil {
		return ownPool{}, err
	}
	return ownPool{Pool: p, store: store, unwatch: a.opts.Watch(p)}, nil
}

// ping is a small call that needs no login. That a server refuses it is an answer,
// too.
func (p ownPool) ping(ctx context.Context, t dcpool.Target) error {
	t.NoFloodWait = true
	err := p.Do(ctx, t, &tg.HelpGetNearestDCRequest{}, new(tg.NearestDC))
	if _, refused := errors.AsType[*tgerr.Error](err); refused {
		return nil
	}
	return err
}

// effort is how many keys the pool has made and how often it had to send
// something again.
func (p ownPool) effort() (n int64) {
	for _, d := range p.Stats().DCs {
		n += d.Handshakes + d.Retries
	}
	return n
}

// bindTwice binds one temporary key after another to home's key, and uses the first
// one again.
func (a *asker) bindTwice(ctx context.Context) (err error) {
	if !a.opts.Client.PFS {
		return cannot("only with --pfs")
	}
	keys, err := a.opts.Client.Store.Keys()
	if err != nil {
		return err
	}
	options, err := a.client.Pool().Options(ctx)
	if err != nil {
		return err
	}
	first, err := a.pool(keys.Clone(), options, 0, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, first.Close()) }()
	if err := first.ping(ctx, dcpool.Target{}); err != nil {
		return err
	}
	before := first.effort()
	second, err := a.pool(keys.Clone(), options, 0, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, second.Close()) }()
	if err := second.ping(ctx, dcpool.Target{}); err != nil {
		return err
	}
	if err := first.ping(ctx, dcpool.Target{}); err != nil {
		return err
	}
	a.saw(tempKey, judgeTempKey(first.effort() > before))
	return nil
}

// newKeyElsewhere makes a key at one address of a data center and uses it at another
// right away. Nobody is logged in under it.
func (a *asker) newKeyElsewhere(ctx context.Context) error {
	if a.report.Route == "mtproxy" {
		return cannot("an MTProxy chooses the addresses itself")
	}
	first, second, ok := twoAddresses(a.config.DCOptions, a.opts.Client.IPv6)
	if !ok {
		return cannot("no data center has two addresses")
	}
	// A connection can be lost, too, but not twice in a row.
	refused := true
	for n := 0; n < 2 && refused; n++ {
		keys, err := a.freshKeys(ctx, first)
		if err != nil {
			return err
		}
		if refused, err = a.refuses(ctx, second, keys); err != nil {
			return err
		}
	}
	a.saw(freshKey, judgeFreshKey(refused))
	return nil
}

// freshKeys makes a key at an address.
func (a *asker) freshKeys(ctx context.Context, at tg.DCOption) (keys session.Keys, err error) {
	p, err := a.pool(session.Keys{}, []session.DCOption{optionOf(at)}, at.ID, false)
	if err != nil {
		return keys, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := p.ping(ctx, dcpool.Target{DC: at.ID}); err != nil {
		return keys, err
	}
	return p.store.Keys()
}

// refuses says whether keys are not taken at an address, or not at first.
func (a *asker) refuses(ctx context.Context, at tg.DCOption, keys session.Keys) (refused bool, err error) {
	p, err := a.pool(keys, []session.DCOption{optionOf(at)}, at.ID, false)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	once, enough := context.WithCancel(ctx)
	defer enough()
	tries := 0
	t := dcpool.Target{DC: at.ID, OnConn: func(dcpool.ConnID) {
		if tries++; tries > 1 {
			enough() // What becomes of the second try is not the question.
		}
	}}
	if at.MediaOnly {
		t.Kind = dcpool.Media
	}
	err = p.ping(once, t)
	if refused = tries > 1 || p.effort() > 0; refused && ctx.Err() == nil {
		err = nil
	}
	return refused, err
}

// twoAddresses are two of one data center, ordinary ones if there are such; the
// second may be for media alone.
func twoAddresses(options []tg.DCOption, ipv6 bool) (first, second tg.DCOption, ok bool) {
	best := 0
	for i, x := range options {
		for _, y := range options[i+1:] {
			if !dialable(x, ipv6) || !dialable(y, ipv6) || x.ID != y.ID || x.MediaOnly && y.MediaOnly ||
				x.IPAddress == y.IPAddress && x.Port == y.Port {
				continue
			}
			from, to := x, y
			if from.MediaOnly {
				from, to = to, from
			}
			if rank := 1 + one(!to.MediaOnly); rank > best {
				first, second, best = from, to, rank
			}
		}
	}
	return first, second, best > 0
}

// dialable says that an option is an address to connect to.
func dialable(o tg.DCOption, ipv6 bool) bool {
	_, err := netip.ParseAddr(o.IPAddress)
	return err == nil && o.Port > 0 && o.Port < 1<<16 && !o.CDN && o.Ipv6 == ipv6
}

func optionOf(o tg.DCOption) session.DCOption {
	return session.DCOption{
		ID: o.ID, IP: o.IPAddress, Port: o.Port, IPv6: o.Ipv6, MediaOnly: o.MediaOnly, TCPOOnly: o.TCPObfuscatedOnly,
		Static: o.Static, ThisPortOnly: o.ThisPortOnly, Secret: o.Secret,
	}
}
