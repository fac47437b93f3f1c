package mtserve

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"log/slog"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotd/td/crypto"
)

// Server is one endpoint of a data center.
type Server struct {
	cfg      Config        // Immutable, every field set.
	observer Observer      // Immutable.
	dhPrime  *big.Int      // Immutable.
	cipher   crypto.Cipher // Immutable.

	rsa     atomic.Pointer[[]*rsa.PrivateKey]
	connIDs atomic.Uint64
	// running counts the goroutines of Handlers; they may outlive the
	// connection of their query, but not Serve.
	running sync.WaitGroup
}

// NewServer returns a server; it does no I/O.
func NewServer(cfg Config) *Server {
	if cfg.Keys == nil {
		cfg.Keys = NewKeyTable()
	}
	if cfg.Observer == nil {
		cfg.Observer = NopObserver{}
	}
	if cfg.AcceptDC == nil {
		dc := cfg.DC
		cfg.AcceptDC = func(id int) bool {
			return id == dc || id == -dc || id == testNetwork+dc || id == -testNetwork-dc
		}
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	setDefault(&cfg.SaltPeriod, defaultSaltPeriod)
	setDefault(&cfg.SaltGrace, cfg.SaltPeriod)
	setDefault(&cfg.GzipThreshold, defaultGzipThreshold)
	setDefault(&cfg.AckDelay, defaultAckDelay)
	setDefault(&cfg.MaxRunning, defaultMaxRunning)
	setDefault(&cfg.HandshakeTimeout, defaultHandshakeTimeout)

	prime, _ := new(big.Int).SetString(dhPrimeHex, 16)
	s := &Server{
		cfg: cfg, observer: cfg.Observer,
		dhPrime: prime, cipher: crypto.NewServerCipher(cfg.Rand),
	}
	s.SetRSAKeys(cfg.RSAKeys)
	return s
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Keys returns the server's key table.
func (s *Server) Keys() *KeyTable { return s.cfg.Keys }

// SetRSAKeys replaces the keys that exchanges started from now on offer and accept.
func (s *Server) SetRSAKeys(keys []*rsa.PrivateKey) { s.rsa.Store(&keys) }

func (s *Server) rsaKeys() []*rsa.PrivateKey { return *s.rsa.Load() }

func (s *Server) salts(k *Key) saltSchedule {
	return saltSchedule{first: k.firstSalt, start: k.Created, period: s.cfg.SaltPeriod, grace: s.cfg.SaltGrace}
}

// Serve accepts connections until ctx ends, which closes the listener and
// every connection, and returns when all its goroutines have. It returns nil
// when ctx ended it, otherwise the listener's error.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()

	var conns sync.WaitGroup
	defer s.running.Wait()
	defer conns.Wait()
	defer cancel()
	for {
		nc, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		conns.Go(func() { s.ServeConn(ctx, nc) })
	}
}

// ServeConn serves one accepted connection until it ends or ctx does, and
// closes it. Handlers of its queries may go on until ctx ends.
func (s *Server) ServeConn(ctx context.Context, nc net.Conn) {
	connCtx, cancel := context.WithCancelCause(ctx)
	c := &Conn{
		ID: s.connIDs.Add(1), Remote: nc.RemoteAddr(), Local: nc.LocalAddr(), Opened: time.Now(),
		srv: s, net: nc, out: newOutbox(), control: newControl(), close: cancel,
		slots:     make(chan struct{}, s.cfg.MaxRunning),
		exchanges: exchanges{srv: s},
		sessions:  map[*Session]struct{}{},
		random:    mathrand.NewChaCha8(s.seed()),
	}
	s.observer.ConnOpened(c)

	var others sync.WaitGroup
	others.Go(func() {
		<-connCtx.Done()
		_ = nc.Close()
	})
	err := c.handshake()
	if err == nil {
		s.observer.ConnReady(c)
		others.Go(func() { cancel(c.write(connCtx)) })
		err = c.read(connCtx, ctx)
	}
	cancel(err)
	others.Wait()
	c.end()
	s.observer.ConnClosed(c, context.Cause(connCtx))
}

// seed makes the padding of a connection's messages unpredictable.
func (s *Server) seed() (seed [32]byte) {
	_, _ = s.cfg.Rand.Read(seed[:])
	return seed
}

// uniqueID names a new session.
func (s *Server) uniqueID() int64 {
	id, err := crypto.RandInt64(s.cfg.Rand)
	if err != nil {
		return time.Now().UnixNano()
	}
	return id
}
