package dcpool

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/dcpool/proxy"
	"github.com/tgfetch/tgfetch/session"
)

const (
	// configRetry is the shortest time between two help.getConfig, but for doubts.
	configRetry = time.Minute
	// doubtRetry is the shortest time between two help.getConfig that doubts bring
	// about; it doubles with each that brought no news, up to configRetry. The
	// first doubt of all need not wait.
	doubtRetry = time.Second
	// configWait bounds the wait for the first help.getConfig of calls that
	// could go to a bootstrap address.
	configWait = 10 * time.Second
	// maxOptions bounds the list a server can make us keep.
	maxOptions = 1000
)

// directory knows the addresses of data centers.
type directory struct {
	// Immutable.
	bootstrap []session.DCOption
	public    bool // Addresses that are not on the internet are not used.
	selection selection
	relay     *proxy.Secret // Of an MTProxy; nil without one.

	refreshing flight

	mu     sync.Mutex
	known  []session.DCOption // Guarded by mu; of help.getConfig, maybe stored.
	expire time.Time          // Guarded by mu; when known wants a refresh.
	asked  time.Time          // Guarded by mu; when a refresh last ended.
	doubts int                // Guarded by mu; that asked, since there were news.
	// override is the only address of data center overrideDC. Guarded by mu.
	override   string
	overrideDC int
}

func (d *directory) load(state *session.State) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known = usable(state.Options, d.public)
	d.expire = state.OptionsExpire
}

// endpoints lists the addresses for connections of kind to dc, best first.
func (d *directory) endpoints(dc int, kind Kind) []endpoint {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.override != "" && dc == d.overrideDC && kind != CDN {
		return []endpoint{{addr: d.override}}
	}
	if d.relay != nil {
		return relayed(d.known, d.bootstrap, dc, kind, *d.relay)
	}
	return endpointsFor(d.known, d.bootstrap, dc, kind, d.selection)
}

// setOverride makes addr the only address of dc.
func (d *directory) setOverride(dc int, addr string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.override, d.overrideDC = addr, dc
}

// freshness says whether help.getConfig has ever answered, whether its answer
// has expired, and whether it may be asked now.
func (d *directory) freshness(now time.Time) (known, expired, mayAsk bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.known) > 0, !now.Before(d.expire), now.Sub(d.asked) >= configRetry
}

// doubt says in how long it may be asked because the addresses known lead nowhere: a
// data center that moves just after an answer would else not be found for as long as
// answers are believed. It answers false if that is too long to wait for.
func (d *directory) doubt(now time.Time) (wait time.Duration, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	since := now.Sub(d.asked)
	if since >= 2*configRetry {
		d.doubts = 0 // Nobody has doubted for a while.
	}
	if d.doubts > 0 {
		wait = max(0, min(doubtRetry<<(d.doubts-1), configRetry)-since)
	}
	if wait > doubtPatience {
		return 0, false
	}
	d.doubts = min(d.doubts+1, doubtDoublings)
	return wait, true
}

// doubtPatience is how long it is worth to wait before a doubt may be asked about.
const doubtPatience = 4 * time.Second

// doubtDoublings bounds how often doubtRetry doubles.
const doubtDoublings = 7

// set records a refresh that succeeded, with nil options one that failed.
func (d *directory) set(now time.Time, options []session.DCOption, expire time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = now
	if options != nil {
		if !sameOptions(d.known, options) {
			d.doubts = 0
		}
		d.known, d.expire = options, expire
	}
}

// sameOptions reports whether two lists have the same addresses in the same order.
func sameOptions(a, b []session.DCOption) bool {
	return slices.EqualFunc(a, b, func(a, b session.DCOption) bool {
		return a.ID == b.ID && a.IP == b.IP && a.Port == b.Port
	})
}

// expireNow lets the next use of the directory refresh it.
func (d *directory) expireNow() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.expire, d.asked = time.Time{}, time.Time{}
}

// list is what is known now.
func (d *directory) list() []session.DCOption {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.known) == 0 {
		return slices.Clone(d.bootstrap)
	}
	return slices.Clone(d.known)
}

// Options are the addresses of data centers: those of help.getConfig, which is
// asked if its last answer has expired, or the bootstrap list when the server
// has no help.getConfig.
//
// Errors: as Do's.
func (p *Pool) Options(ctx context.Context) ([]session.DCOption, error) {
	if err := p.load(ctx); err != nil {
		return nil, err
	}
	if _, expired, mayAsk := p.dir.freshness(time.Now()); expired && mayAsk {
		err := p.refreshOptions().wait(ctx)
		if _, refused := errors.AsType[*tgerr.Error](err); err != nil && !refused {
			return nil, Ended(ctx, err)
		}
	}
	return p.dir.list(), nil
}

// refreshOptions asks the home data center for the list of addresses, once for
// all who want it.
func (p *Pool) refreshOptions() *landing { return p.refreshOptionsIn(0) }

// refreshOptionsIn is refreshOptions after a pause.
func (p *Pool) refreshOptionsIn(pause time.Duration) *landing {
	return p.dir.refreshing.start(p.spawn, func() error {
		if err := sleep(p.ctx, pause); err != nil {
			return err
		}
		var config tg.Config
		if err := p.do(p.ctx, Target{}, &tg.HelpGetConfigRequest{}, &config); err != nil {
			p.dir.set(time.Now(), nil, time.Time{})
			p.log.Info("help.getConfig gave no addresses, going on with those known", "error", err)
			return fmt.Errorf("help.getConfig: %w", err)
		}
		return p.takeConfig(&config)
	})
}

// refreshExpired asks for new addresses in the background if it is time to.
func (p *Pool) refreshExpired() {
	if _, expired, mayAsk := p.dir.freshness(time.Now()); expired && mayAsk {
		p.refreshOptions()
	}
}

// doubtAddresses asks for new addresses in the background, as those of dc lead
// nowhere. Home is the one who would have to tell its own. It returns nil if
// nobody is asked.
func (p *Pool) doubtAddresses(dc int) *landing {
	if dc == p.Home() {
		return nil
	}
	if running := p.dir.refreshing.now(); running != nil {
		return running
	}
	wait, ok := p.dir.doubt(time.Now())
	if !ok {
		return nil
	}
	return p.refreshOptionsIn(wait)
}

// learned waits for new addresses and reports whether there are others now than
// those in old.
func (p *Pool) learned(ctx context.Context, doubt *landing, dc int, kind Kind, old []endpoint) bool {
	ctx, cancel := context.WithTimeout(ctx, configWait)
	defer cancel()
	return doubt.wait(ctx) == nil && !slices.Equal(p.dir.endpoints(dc, kind), old)
}

// takeConfig makes the addresses in config the known ones.
func (p *Pool) takeConfig(config *tg.Config) error {
	said := config.DCOptions[:min(len(config.DCOptions), maxOptions)]
	options := make([]session.DCOption, 0, len(said))
	for _, o := range said {
		options = append(options, optionFromTL(o))
	}
	options = usable(options, p.cfg.Network.public)
	if ignored := len(said) - len(options); ignored > 0 {
		p.log.Info("help.getConfig named addresses that no data center has, they are ignored", "addresses", ignored)
	}
	// Expires is in server time; only its distance from the server's date counts.
	lifetime := time.Duration(config.Expires-config.Date) * time.Second
	lifetime = min(max(lifetime, configRetry), 24*time.Hour)
	now := time.Now()
	expire := now.Add(lifetime)
	p.dir.set(now, options, expire)
	return p.cfg.Store.UpdateState(func(s *session.State) error {
		s.Options, s.OptionsExpire = options, expire
		return nil
	})
}

// addressed makes sure, before a connection of kind to dc is dialled, that its
// addresses are as good as they get: bootstrap addresses do for the home data
// center, others wait for help.getConfig if that was never answered.
func (p *Pool) addressed(ctx context.Context, dc int, kind Kind) error {
	known, _, mayAsk := p.dir.freshness(time.Now())
	missing := len(p.dir.endpoints(dc, kind)) == 0
	if (!known || missing) && mayAsk && (dc != p.Home() || kind != Main) {
		waitCtx, cancel := context.WithTimeout(ctx, configWait)
		defer cancel()
		// What came of it shows in the endpoints.
		_ = p.refreshOptions().wait(waitCtx)
		missing = len(p.dir.endpoints(dc, kind)) == 0
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if missing {
		return &UnknownDCError{DC: dc, Kind: kind}
	}
	return nil
}
