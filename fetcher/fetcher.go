package fetcher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/cache"
	"github.com/tgfetch/tgfetch/chunker"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/proxy"
	"github.com/tgfetch/tgfetch/fetcher/internal/partfile"
	"github.com/tgfetch/tgfetch/session"
)

// Config of a Client. APIID and APIHash are required unless Doer is set; every
// other zero value works.
type Config struct {
	// APIID and APIHash identify the application, see https://my.telegram.org.
	APIID   int
	APIHash string
	// Store keeps the login and what was learnt; nil keeps it in memory. The
	// Client does not close it.
	Store session.Store
	// Network is where to connect; zero is Telegram itself.
	Network dcpool.Network
	// DC is the data center to start at; 0 is the stored home, or else 2.
	DC int
	// DCAddr, as host:port, replaces the addresses of the first data center.
	DCAddr string
	// Dial connects; nil is a net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Proxy is what every connection goes through, with Dial as the way to it; nil
	// is none.
	Proxy *proxy.Proxy
	// Transport is how messages are framed; zero is obfuscated, with fallback.
	Transport dcpool.Transport
	// PFS uses temporary keys; see dcpool.Config.
	PFS bool
	// IPv6 selects IPv6 addresses.
	IPv6 bool
	// Device is what the account's list of sessions shows.
	Device dcpool.Device
	// Takeout makes all that the Client reads an export of the account's data, which
	// has higher limits. Telegram tells the account's devices, and may make it wait
	// for a day, see [TakeoutDelayError]. Bots have no exports.
	Takeout bool
	// Limits bound what the Client uses.
	Limits Limits
	// Cache keeps pieces that Open has read; nil is a cache.Memory of the
	// default size. A Cache that was given is not closed by the Client.
	Cache cache.Cache
	// Refresh, if set, finds a file again whose reference has expired; nil
	// fetches the message of File.Source again.
	Refresh Refresher
	// Doer, if set, sends all calls in place of a pool of the Client's own. The
	// Client does not close it.
	Doer Doer
	// Wrap, if set, is called once, by New, with the pool or the Doer, and returns
	// what all calls go through in its place: for counting, tracing, limits of one's
	// own. Of out and ctx it has to keep what a Doer promises.
	Wrap func(Doer) Doer
	// Drain is how long a Fetch whose context has ended waits for the bytes that
	// it has asked for already, so that the next one need not ask again; 0 is not
	// at all.
	Drain time.Duration
	// Logger; nil discards.
	Logger *slog.Logger
}

// PoolConfig is how the Client's own pool connects, for whoever opens another pool on the
// same servers. It is the one place where a setting of connections is handed on.
func (cfg Config) PoolConfig() dcpool.Config {
	return dcpool.Config{
		APIID:     cfg.APIID,
		APIHash:   cfg.APIHash,
		Store:     cfg.Store,
		Network:   cfg.Network,
		DC:        cfg.DC,
		DCAddr:    cfg.DCAddr,
		IPv6:      cfg.IPv6,
		Dial:      cfg.Dial,
		Proxy:     cfg.Proxy,
		PFS:       cfg.PFS,
		Transport: cfg.Transport,
		Device:    cfg.Device,
		Limits:    cfg.Limits.Pool,
		Logger:    cfg.Logger,
	}
}

// Limits bound a Client. Zero values are defaults, negative ones errors.
type Limits struct {
	// BytesInFlight bounds the bytes asked for and not yet written, over all
	// files; 0 means what the connections can use, at most 64 MiB. At least
	// 1 MiB. Each data center beside the first may have 2 MiB more, so that none
	// waits for another.
	BytesInFlight int64
	// Files is the most files FetchAll runs at once. 0 means as many small files
	// per data center as Telegram asks clients to, 5 for ordinary accounts, and at
	// most 128 files in all. Telegram's number is of files that take 16 requests at
	// a time; those of fewer, 512 KiB or less being one, share its places.
	Files int
	// LargeFiles is how many of them may be of 20 MiB or more. 0 means as many per
	// data center as Telegram asks clients to, 2 for ordinary accounts.
	LargeFiles int
	// Pool bounds the connections, waits and retries.
	Pool dcpool.Limits
}

const (
	defaultInFlight = 24 << 20
	leastInFlight   = 8 << 20
	grownInFlight   = 64 << 20
	// largeFile is Telegram's border between its two queues of files.
	largeFile = 20 << 20
)

func (l *Limits) setDefaults() error {
	if l.BytesInFlight == 0 {
		l.BytesInFlight = defaultInFlight
	}
	if l.BytesInFlight < maxPart {
		return fmt.Errorf("fetcher: Limits.BytesInFlight is %d; it must be at least %d", l.BytesInFlight, maxPart)
	}
	if l.Files < 0 || l.LargeFiles < 0 {
		return errors.New("fetcher: Limits: a number of files is negative")
	}
	return nil
}

// Client fetches files for one account. Its methods may be called
// concurrently.
type Client struct {
	// Immutable.
	doer      Doer
	skills    skills       // of the pool, or of the caller's Doer, and not of what is around it
	pool      *dcpool.Pool // nil with a Doer of the caller's
	store     session.Store
	log       *slog.Logger
	limits    Limits
	cache     cache.Cache
	ownsCache bool
	refresh   Refresher
	drain     time.Duration
	disk      *partfile.Disk

	budget  *budget
	pace    pace
	active  active
	finder  finder
	names   names
	folders folders
	asks    asks
	around  chan struct{} // The place of the one who reads around a range.

	cdnPatience time.Duration // See there.
	largest     int64         // Immutable. In bytes; see there.

	takeout *takeout // Immutable. Nil without.

	noGetMessages atomic.Bool // the server does not implement it

	closing sync.Once
	closed  error // Written by closing.
}

// New checks the configuration and returns a Client. It does no I/O.
func New(cfg Config) (*Client, error) {
	if cfg.Store == nil {
		cfg.Store = session.NewMemory()
	}
	cfg.Store = session.Whole(cfg.Store)
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	most := cfg.Limits.BytesInFlight
	if most == 0 {
		most = grownInFlight
	}
	if err := cfg.Limits.setDefaults(); err != nil {
		return nil, err
	}
	c := &Client{
		doer:    cfg.Doer,
		store:   cfg.Store,
		log:     cfg.Logger,
		limits:  cfg.Limits,
		cache:   cfg.Cache,
		refresh: cfg.Refresh.guarded(),
		drain:   cfg.Drain,
		disk:    new(partfile.Disk),
		budget:  newBudget(cfg.Limits.BytesInFlight, leastInFlight, most),
		around:  make(chan struct{}, 1),

		cdnPatience: cdnPatience,
		largest:     chunker.MaxSize, // Of a Doer it is not known where it leads.
	}
	if c.doer == nil {
		pool, err := dcpool.New(cfg.PoolConfig())
		if err != nil {
			return nil, err
		}
		c.pool, c.doer = pool, pool
		c.largest = largest(cfg.Network)
	}
	c.skills = skillsOf(c.doer)
	if cfg.Wrap != nil {
		wrapped := cfg.Wrap(c.doer)
		if wrapped == nil {
			return nil, errors.Join(errors.New("fetcher: Config.Wrap returned no Doer"), c.Close())
		}
		c.doer = callerDoer{"the Doer of Config.Wrap", wrapped}
	} else if cfg.Doer != nil {
		c.doer = callerDoer{"Config.Doer", cfg.Doer}
	}
	if cfg.Takeout {
		c.takeout = &takeout{doer: c.doer}
	}
	if c.cache == nil {
		memory, err := cache.NewMemory(0)
		if err != nil {
			return nil, err
		}
		c.cache, c.ownsCache = memory, true
	}
	return c, nil
}

// Pool is the Client's connections, for logging in and asking about data
// centers. It is nil if Config.Doer was set.
func (c *Client) Pool() *dcpool.Pool { return c.pool }

// Invoke calls any method on data center dc; 0 is the home data center. The
// connections are those of ordinary methods.
func (c *Client) Invoke(ctx context.Context, dc int, in bin.Encoder, out bin.Decoder) error {
	return dcpool.Ended(ctx, c.do(ctx, dcpool.Target{DC: dc}, in, out))
}

// do makes a call of the Client's own, within the export if there is one.
func (c *Client) do(ctx context.Context, t dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	if ctx.Err() != nil {
		return context.Cause(ctx) // No call begins that nobody wants any more.
	}
	if c.takeout != nil {
		return c.takeout.do(ctx, t, in, out)
	}
	return c.doer.Do(ctx, t, in, out)
}

// Invoker is Invoke with a fixed data center, for tg.NewClient and code written
// against gotd: api := tg.NewClient(client.Invoker(0)).
func (c *Client) Invoker(dc int) tg.Invoker { return invoker{c, dc} }

// home is gotd's client over the home data center's ordinary connections.
func (c *Client) home() *tg.Client { return tg.NewClient(invoker{c, 0}) }

type invoker struct {
	c  *Client
	dc int
}

// Invoke implements tg.Invoker.
func (i invoker) Invoke(ctx context.Context, in bin.Encoder, out bin.Decoder) error {
	return i.c.Invoke(ctx, i.dc, in, out)
}

// Close ends the Client's connections and waits for them. Fetches that still
// run fail with an error that is [ErrClosed]; a caller who wants to wait for
// them cancels and awaits them first.
func (c *Client) Close() error {
	c.closing.Do(func() {
		if c.takeout != nil {
			c.takeout.end(c.log)
		}
		if c.pool != nil {
			c.closed = c.pool.Close()
		}
		if c.ownsCache {
			c.cache.Close()
		}
	})
	return c.closed
}
