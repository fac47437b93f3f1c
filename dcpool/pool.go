package dcpool

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/session"
)

// Pool holds the connections of one account. Its methods may be called
// concurrently.
type Pool struct {
	// Immutable.
	cfg Config
	log *slog.Logger
	// ctx ends with Close; work shared by several callers runs under it.
	ctx    context.Context
	cancel context.CancelCauseFunc
	clock  *serverClock

	dir       directory
	endpoints endpoints
	gates     gates
	throttle  throttle
	cdnKeys   cdnKeys
	cdnRests  cdnRests
	queues    queues
	windows   windows
	events    events
	loading   flight
	moving    flight

	loaded   atomic.Bool
	home     atomic.Int64  // Id of the home data center.
	user     atomic.Int64  // Id of the account logged in, 0 for none.
	lastConn atomic.Uint64 // The last ConnID given out.

	mu     sync.Mutex
	dcs    map[dcKey]*dc            // Guarded by mu.
	closed bool                     // Guarded by mu; no goroutine starts any more.
	advice map[int]session.DCAdvice // Guarded by mu; of earlier runs.
	wg     sync.WaitGroup
}

// dcKey tells a CDN data center from an ordinary one of the same id.
type dcKey struct {
	id  int
	cdn bool
}

// New checks the configuration and returns a Pool. It does no I/O: the session
// is read and the first connection dialled by the first call.
func New(cfg Config) (*Pool, error) {
	if err := cfg.setDefaults(); err != nil {
		return nil, err
	}
	clock := new(serverClock)
	if err := cfg.throughProxy(clock.now); err != nil {
		return nil, err
	}
	relay, relayed := cfg.Proxy.MTProxy()
	p := &Pool{
		cfg:       cfg,
		log:       cfg.Logger,
		clock:     clock,
		dir:       directory{bootstrap: cfg.Network.DCs, public: cfg.Network.public, selection: selection{ipv6: cfg.IPv6, proxied: cfg.Proxy != nil}},
		endpoints: endpoints{store: cfg.Store, transport: cfg.Transport},
		gates:     gates{max: cfg.Limits.FloodWaitMax},
		throttle:  newThrottle(cfg.Limits),
		dcs:       make(map[dcKey]*dc),
	}
	if relayed {
		p.dir.relay = &relay
	}
	p.endpoints.events, p.gates.events, p.cdnRests.events = &p.events, &p.events, &p.events
	p.ctx, p.cancel = context.WithCancelCause(context.Background())
	return p, nil
}

// Do sends the query in to t and decodes its answer into out.
//
// Faults of connections, floods within Limits.FloodWaitMax, lost keys and
// authorizations of foreign data centers, and moves of the home data center are
// dealt with. in may be encoded several times. out.Decode is called at most
// once, on a buffer valid only during the call, and never after Do has returned; a
// type of gotd's, which can be encoded, too, more often if the answer is of an older layer.
//
// Errors: one that is the error of ctx and its cause; [ErrClosed]; an error that is [ErrLoginNeeded];
// [*FloodError]; [*UnknownDCError]; [*MigrationLoopError]; [*UnreachableError];
// [*UnknownKeyError]; [*WrongDCError]; [*proxy.Error]; [*BindError] with Config.PFS;
// [*LostError]; one that is [ErrNoCDN] for Kind CDN; [*session.DamagedError] and
// others of the Store; and for everything else one that is the *tgerr.Error as the server
// sent it, among it FILE_MIGRATE_X for Kind Media, or a [*DecodeError].
func (p *Pool) Do(ctx context.Context, t Target, in bin.Encoder, out bin.Decoder) error {
	if t.DC < 0 || t.Kind > CDN || t.Kind == CDN && t.DC == 0 {
		return &UnknownDCError{DC: t.DC, Kind: t.Kind}
	}
	if err := p.load(ctx); err != nil {
		return err
	}
	c := call{pool: p, target: t, in: in, out: out, method: methodOf(in)}
	if t.Kind == CDN {
		return Ended(ctx, p.doCDN(ctx, &c))
	}
	return Ended(ctx, c.named(c.run(ctx)))
}

// Invoker is Do with a fixed target, for tg.NewClient and gotd's helpers.
func (p *Pool) Invoker(t Target) tg.Invoker {
	return invoker{pool: p, target: t}
}

type invoker struct {
	pool   *Pool
	target Target
}

func (i invoker) Invoke(ctx context.Context, in bin.Encoder, out bin.Decoder) error {
	return i.pool.Do(ctx, i.target, in, out)
}

// Ping measures a round trip to t, connecting if need be. The connecting does
// not count.
//
// Errors: as Do's, but for the server's own.
func (p *Pool) Ping(ctx context.Context, t Target) (time.Duration, error) {
	var start time.Time
	for range 2 { // The first opens the connection.
		start = time.Now()
		err := p.Do(ctx, t, &tg.HelpGetNearestDCRequest{}, new(tg.NearestDC))
		// An error of the server takes a round trip too.
		if _, refused := errors.AsType[*tgerr.Error](err); err != nil && !refused {
			return 0, err
		}
	}
	return time.Since(start), nil
}

// AwaitFlood waits while Telegram keeps calls of flood's method on its data center
// waiting, which is what Do does by itself without Target.NoFloodWait. waited is how
// long the caller has waited for the same purpose before; it counts against
// Limits.FloodWaitMax and grows by what this call waits.
//
// Errors: [*FloodError] when it would take longer; [ErrClosed]; the cause of ctx.
func (p *Pool) AwaitFlood(ctx context.Context, flood *FloodError, waited *time.Duration) error {
	until, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(p.ctx, func() { cancel(ErrClosed) })()
	m := method(flood.Method)
	return Ended(ctx, p.gates.await(until, gateKey{dc: flood.DC, name: m.gate()}, m, waited))
}

// load reads the session, once.
func (p *Pool) load(ctx context.Context) error {
	if p.loaded.Load() {
		return nil
	}
	return Ended(ctx, p.loading.start(p.spawn, p.loadSession).wait(ctx))
}

func (p *Pool) loadSession() error {
	if p.loaded.Load() {
		return nil
	}
	keys, err := p.cfg.Store.Keys()
	if err != nil {
		return err
	}
	err = p.cfg.Store.ViewState(func(s *session.State) {
		p.mu.Lock()
		p.advice = maps.Clone(s.DCs)
		p.mu.Unlock()
		p.dir.load(s)
		p.cdnKeys.load(s)
		p.queues.load(s)
		p.windows.load(s)
		p.endpoints.load(s)
	})
	if err != nil {
		return err
	}
	for id, stored := range keys.DCs {
		p.dc(id, false).adopt(stored)
	}
	for id, stored := range keys.CDN {
		p.dc(id, true).adopt(stored)
	}
	p.user.Store(keys.UserID)
	p.home.Store(int64(startDC(keys, p.cfg.DC, p.firstDC())))
	if p.cfg.DCAddr != "" {
		if err := p.identify(p.ctx); err != nil {
			return err
		}
	}
	p.loaded.Store(true)
	return nil
}

// firstDC is where to begin when nothing is known: DC 2, or the first that is listed by a
// network that has none.
func (p *Pool) firstDC() int {
	options := p.dir.list()
	for _, list := range [][]session.DCOption{options, p.cfg.Network.DCs} {
		if slices.ContainsFunc(list, func(o session.DCOption) bool { return o.ID == firstDC && !o.CDN }) {
			return firstDC
		}
	}
	for _, o := range p.cfg.Network.DCs {
		if !o.CDN {
			return o.ID
		}
	}
	return firstDC
}

// startDC is where to begin: a login knows its home, else the configuration
// says, else it is first.
func startDC(keys session.Keys, configured, first int) int {
	switch {
	case keys.UserID != 0 && keys.HomeDC != 0:
		return keys.HomeDC
	case configured != 0:
		return configured
	case keys.HomeDC != 0:
		return keys.HomeDC
	default:
		return first
	}
}

// updateKeys is Store.UpdateKeys with errors that are known to be the Store's.
func (p *Pool) updateKeys(fn func(*session.Keys) error) error {
	if err := p.cfg.Store.UpdateKeys(fn); err != nil {
		return &storeError{err}
	}
	return nil
}

// keepKeys is updateKeys for what can be made again, such as the key of a foreign
// data center: if it cannot be written it is good for this process alone.
func (p *Pool) keepKeys(fn func(*session.Keys) error) error {
	err := p.updateKeys(fn)
	if _, unwritable := errors.AsType[*fs.PathError](err); !unwritable || errors.Is(err, session.ErrPassphrase) {
		return err
	}
	if _, damaged := errors.AsType[*session.DamagedError](err); damaged {
		return err
	}
	p.log.Warn("keys cannot be stored, so the next process makes its own", "error", err)
	return nil
}

// known returns the data center id if it was used before, else nil.
func (p *Pool) known(id int, cdn bool) *dc {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dcs[dcKey{id: id, cdn: cdn}]
}

// locate returns the data center id for calls of kind. One without an address is
// not remembered: servers can name as many as they like.
func (p *Pool) locate(ctx context.Context, id int, kind Kind) (*dc, error) {
	if d := p.known(id, kind == CDN); d != nil {
		return d, nil
	}
	if err := p.addressed(ctx, id, kind); err != nil {
		return nil, err
	}
	return p.dc(id, kind == CDN), nil
}

// dc returns the data center id, which may not have been used before.
func (p *Pool) dc(id int, cdn bool) *dc {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := dcKey{id: id, cdn: cdn}
	d := p.dcs[key]
	if d == nil {
		d = newDC(p, id, cdn, p.advice[adviceKey(id, cdn)])
		p.dcs[key] = d
		if p.closed {
			d.close()
		}
	}
	return d
}

// allDCs are the data centers used, in order of id.
func (p *Pool) allDCs() []*dc {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]*dc, 0, len(p.dcs))
	for _, d := range p.dcs {
		list = append(list, d)
	}
	slices.SortFunc(list, func(a, b *dc) int { return a.id - b.id })
	return list
}

// nextConn is a ConnID not used before.
func (p *Pool) nextConn() ConnID { return ConnID(p.lastConn.Add(1)) }

// paddedAfter is how many answers prove that a server understands padding: one that
// does not understands one in four frames.
const paddedAfter = 8

// answeredOn notes that c has brought its n-th answer.
func (p *Pool) answeredOn(c *conn, n int) {
	proof := 1
	if c.transport == ObfuscatedPadded {
		proof = paddedAfter
	}
	if n == proof {
		p.remember(c.endpoint, c.transport)
	}
	if d := c.group.dc; n == 1 && !d.cdn && d.id == p.Home() {
		p.refreshExpired()
		p.refreshQueues()
	}
}

// remember notes that an endpoint works.
func (p *Pool) remember(ep endpoint, transport Transport) {
	if err := p.endpoints.worked(ep, transport); err != nil {
		p.log.Warn("state was not kept", "error", err)
	}
}

// spawn runs fn on a goroutine that Close waits for. It returns false when the
// Pool is closed.
func (p *Pool) spawn(fn func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.wg.Go(fn)
	return true
}

// Close ends all connections, waits for every goroutine of the Pool and stores
// what was learnt. Calls in flight return ErrClosed. It may be called more than
// once.
//
// Errors: those of the Store.
func (p *Pool) Close() error {
	p.mu.Lock()
	again := p.closed
	p.closed = true
	p.mu.Unlock()
	if again {
		p.wg.Wait()
		return nil
	}
	p.cancel(ErrClosed)
	dcs := p.allDCs()
	for _, d := range dcs {
		d.close()
	}
	p.wg.Wait()

	var errs []error
	for _, d := range dcs {
		errs = append(errs, d.saveLearnt())
	}
	errs = append(errs, p.saveAdvice(dcs))
	if f, ok := p.cfg.Store.(session.Flusher); ok {
		errs = append(errs, f.Flush())
	}
	return errors.Join(errs...)
}
