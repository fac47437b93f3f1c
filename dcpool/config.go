package dcpool

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"runtime"
	"time"

	"github.com/tgfetch/tgfetch/dcpool/internal/wire"
	"github.com/tgfetch/tgfetch/dcpool/proxy"
	"github.com/tgfetch/tgfetch/session"
)

// Config of a Pool. APIID and APIHash are required; every other zero value
// works.
type Config struct {
	// APIID and APIHash identify the application, see https://my.telegram.org.
	APIID   int
	APIHash string
	// Store keeps keys and what was learnt; nil keeps it in memory. The Pool
	// flushes but does not close it.
	Store session.Store
	// Network is where to connect; zero is Telegram itself.
	Network Network
	// DC is the data center to start at; 0 is the stored home, or else 2, or else the
	// first of the Network.
	DC int
	// DCAddr, as host:port, replaces the addresses of the first data center.
	// The key is filed under the id the server there reports.
	DCAddr string
	// IPv6 selects IPv6 addresses. An authorization key is used over one
	// address family only, so there is no falling back from one to the other.
	IPv6 bool
	// Dial connects; nil is a net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Proxy is what every connection goes through, with Dial as the way to it; nil
	// is none. An MTProxy leaves no choice of Transport and of DCAddr.
	Proxy *proxy.Proxy
	// Transport is the only one used, but at addresses that demand an obfuscated
	// one; zero is obfuscated2, with fallback to plain framing at servers that do
	// not know it.
	Transport Transport
	// PFS uses temporary keys, one or two for each data center, so that whoever learns
	// the stored keys later cannot read what was recorded. The first connection to each
	// begins with a key exchange and a round trip to bind its key. CDNs have no such
	// keys.
	PFS bool
	// Device is what the account's list of sessions shows.
	Device Device
	// Limits bound what the Pool uses.
	Limits Limits
	// Logger; nil discards.
	Logger *slog.Logger
}

// Transport is how messages are framed on a connection.
//
// See https://core.telegram.org/mtproto/mtproto-transports.
type Transport uint8

const (
	// ObfuscatedPadded is obfuscated2 around padded intermediate.
	ObfuscatedPadded = Transport(wire.ObfuscatedPadded)
	// ObfuscatedIntermediate is obfuscated2 around intermediate.
	ObfuscatedIntermediate = Transport(wire.ObfuscatedIntermediate)
	// Intermediate has a length of four bytes.
	Intermediate = Transport(wire.Intermediate)
	// Padded is intermediate with up to 15 bytes of random padding.
	Padded = Transport(wire.Padded)
	// Abridged has a length of one or four bytes.
	Abridged = Transport(wire.Abridged)
	// Full has a length, a sequence number and a CRC32.
	Full = Transport(wire.Full)
)

func (t Transport) String() string { return wire.Transport(t).String() }

// Device is the client data of initConnection. Empty fields get defaults.
type Device struct {
	Model      string // "tgfetch"
	System     string // The operating system and architecture.
	AppVersion string // "1.0"
	LangCode   string // "en"
}

func (d *Device) setDefaults() {
	setDefault(&d.Model, "tgfetch")
	setDefault(&d.System, runtime.GOOS+"/"+runtime.GOARCH)
	setDefault(&d.AppVersion, "1.0")
	setDefault(&d.LangCode, "en")
}

// Limits bound a Pool. Zero values are defaults, negative ones errors unless
// said otherwise.
type Limits struct {
	// Connections is the most media or CDN connections to one data center; 0
	// means 8.
	Connections int
	// Window fixes how many bytes each media or CDN connection may have in flight,
	// at most 16 MiB; Connections of them are then opened at once and none is
	// replaced for being slow, which is for measuring. 0 lets all that follow
	// what the path delivers.
	Window int
	// FloodWaitMax is the longest a call waits because Telegram asks to; 0
	// means 5 minutes, negative not at all.
	FloodWaitMax time.Duration
	// DialTimeout bounds one dial of one address; 0 means 10 s.
	DialTimeout time.Duration
	// ExchangeTimeout bounds one key exchange; 0 means 60 s.
	ExchangeTimeout time.Duration
	// StallTimeout is how long a connection may bring no byte, or less than 64 bytes per
	// second of an answer, while answers are due before it is replaced; 0 means 30 s. One that brings nothing but pongs is
	// replaced after twice as long.
	StallTimeout time.Duration
	// IdleTimeout is how long a connection without calls stays open; 0 means a
	// minute.
	IdleTimeout time.Duration
	// Attempts is how often a data center is dialled, over all its addresses,
	// before its callers get an *UnreachableError; 0 means 6.
	Attempts int
	// BytesPerSecond bounds what is asked for of files, over all data centers; 0
	// is without a bound.
	BytesPerSecond int64
	// RequestsPerSecond bounds calls of any method; 0 is without a bound.
	RequestsPerSecond float64
	// Retries is how often one call is repeated after faults of connections and
	// of the server; 0 means 6.
	Retries int
}

func (l *Limits) setDefaults() error {
	if l.Connections < 0 || l.Window < 0 || l.DialTimeout < 0 || l.ExchangeTimeout < 0 || l.StallTimeout < 0 ||
		l.IdleTimeout < 0 || l.Attempts < 0 || l.Retries < 0 || l.BytesPerSecond < 0 || l.RequestsPerSecond < 0 {
		return errors.New("dcpool: Limits: a limit is negative")
	}
	setDefault(&l.Connections, 8)
	setDefault(&l.FloodWaitMax, 5*time.Minute)
	setDefault(&l.DialTimeout, 10*time.Second)
	setDefault(&l.ExchangeTimeout, time.Minute)
	setDefault(&l.StallTimeout, 30*time.Second)
	setDefault(&l.IdleTimeout, time.Minute)
	setDefault(&l.Attempts, 6)
	setDefault(&l.Retries, 6)
	return nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func (c *Config) setDefaults() error {
	if c.APIID == 0 || c.APIHash == "" {
		return errors.New("dcpool: APIID and APIHash are required; get them at https://my.telegram.org/apps")
	}
	if c.DC < 0 {
		return errors.New("dcpool: DC is negative")
	}
	if c.DCAddr != "" {
		if _, _, err := net.SplitHostPort(c.DCAddr); err != nil {
			return errors.New("dcpool: DCAddr is not host:port")
		}
	}
	if c.Store == nil {
		c.Store = session.NewMemory()
	}
	c.Store = session.Whole(c.Store)
	c.Network = c.Network.OrProd()
	if c.Dial == nil {
		c.Dial = new(net.Dialer).DialContext
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Device.setDefaults()
	return c.Limits.setDefaults()
}
