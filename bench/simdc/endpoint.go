package simdc

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc/internal/mtserve"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// endpoint is one address of a DC. It is the handler of its server.
type endpoint struct {
	cluster *Cluster        // Immutable.
	dc      *dataCenter     // Immutable.
	address address         // Immutable.
	secret  *mtserve.Secret // Immutable. Of the address.
	name    string          // Immutable.
	ip      string          // Immutable.
	paths   *paths          // Immutable.
	shared  bottleneck      // Immutable. Of the DC.
	logger  *slog.Logger    // Immutable. May be nil.

	mu  sync.Mutex
	run *run // Guarded by mu. The latest; it may have ended.
}

// run is an endpoint from when it began to listen until it stopped.
type run struct {
	endpoint *endpoint       // Immutable.
	port     int             // Immutable.
	listener *listener       // Immutable.
	server   *mtserve.Server // Immutable.
	stopping chan struct{}   // Immutable. Closed by stop.
	stop     func()          // Immutable.
	ended    chan struct{}   // Immutable. Closed when everything of it has ended.
}

func (e *endpoint) current() *run {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.run
}

// open listens on a port, 0 for any, with a run that is not served yet.
func (e *endpoint) open(ctx context.Context, port int) error {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", net.JoinHostPort(e.ip, strconv.Itoa(port)))
	if err != nil {
		return err
	}
	r := &run{
		endpoint: e,
		port:     l.Addr().(*net.TCPAddr).Port,
		listener: e.paths.listen(l, e.shared),
		server:   mtserve.NewServer(e.config()),
		stopping: make(chan struct{}),
		ended:    make(chan struct{}),
	}
	r.stop = sync.OnceFunc(func() { close(r.stopping) })
	e.mu.Lock()
	defer e.mu.Unlock()
	e.run = r
	return nil
}

// config is what a server of this endpoint runs on.
func (e *endpoint) config() mtserve.Config {
	return mtserve.Config{
		DC:            e.dc.ID,
		RSAKeys:       []*rsa.PrivateKey{e.dc.rsaKey()},
		Keys:          e.dc.keys,
		Place:         e.name,
		KeySpread:     e.keySpread(),
		Secret:        e.secret,
		Obfuscated:    e.address.TCPOOnly,
		Handler:       e,
		Observer:      observer{endpoint: e},
		Logger:        e.logger,
		Clock:         e.dc.now,
		SaltPeriod:    e.dc.SaltPeriod.Std(),
		GzipThreshold: e.dc.gzipThreshold(),

		CheckHeaderDC:   e.cluster.world.scenario.Turns(scenario.AnyHeaderDC),
		CheckFirstMsgID: e.cluster.world.scenario.Turns(scenario.AnyFirstMsgID),
	}
}

// keySpread is how long a new key is known only where it was made.
func (e *endpoint) keySpread() time.Duration {
	if spread := e.dc.KeySpread.Std(); spread > 0 || !e.cluster.world.scenario.Turns(scenario.FreshKeys) {
		return spread
	}
	return freshFor
}

// freshFor is how long that takes if [FreshKeys] is turned.
const freshFor = 2 * time.Second

// serve serves the run until it is stopped or ctx ends.
func (r *run) serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var watch sync.WaitGroup
	watch.Go(func() {
		defer cancel()
		select {
		case <-r.stopping:
		case <-ctx.Done():
		}
	})
	defer close(r.ended)
	defer watch.Wait()
	defer cancel()
	defer r.listener.Shutdown()
	if err := r.server.Serve(ctx, r.listener); err != nil {
		return fmt.Errorf("dc %d, %s endpoint: %w", r.endpoint.dc.ID, r.endpoint.name, err)
	}
	return nil
}

// of returns the endpoints of a DC.
func (c *Cluster) of(dc int) ([]*endpoint, error) {
	var out []*endpoint
	for _, e := range c.endpoints {
		if e.dc.ID == dc {
			out = append(out, e)
		}
	}
	if out == nil {
		return nil, fmt.Errorf("no DC %d", dc)
	}
	return out, nil
}

// StopDC makes a DC vanish: its connections close and nobody can dial it when
// StopDC returns. It stays in the list of addresses.
func (c *Cluster) StopDC(dc int) error {
	runs, err := c.halt(dc)
	for _, r := range runs {
		<-r.ended
	}
	return err
}

// halt stops a DC and does not wait for it.
func (c *Cluster) halt(dc int) ([]*run, error) {
	endpoints, err := c.of(dc)
	if err != nil {
		return nil, fmt.Errorf("stop: %w", err)
	}
	var runs []*run
	for _, e := range endpoints {
		r := e.current()
		r.stop()
		runs = append(runs, r)
	}
	return runs, nil
}

var errEnded = errors.New("the cluster has ended")

// StartDC brings a DC back that was stopped, at the same addresses, with the
// keys and logins that it had. One that runs is left alone.
func (c *Cluster) StartDC(ctx context.Context, dc int) error {
	endpoints, err := c.of(dc)
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	for _, e := range endpoints {
		r := e.current()
		select {
		case <-r.stopping:
		default:
			continue
		}
		select {
		case <-r.ended:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err := c.start(ctx, e, r.port); err != nil {
			return fmt.Errorf("start DC %d: %w", dc, err)
		}
	}
	return nil
}

// MoveDC moves a DC to other ports, which help.getConfig tells from then on:
// connections close and the old ports refuse new ones.
func (c *Cluster) MoveDC(ctx context.Context, dc int) error {
	endpoints, err := c.of(dc)
	if err != nil {
		return fmt.Errorf("move: %w", err)
	}
	for _, e := range endpoints {
		old := e.current()
		if err := c.start(ctx, e, 0); err != nil {
			return fmt.Errorf("move DC %d: %w", dc, err)
		}
		old.stop()
	}
	return nil
}

// start opens an endpoint and has it served.
func (c *Cluster) start(ctx context.Context, e *endpoint, port int) error {
	if err := e.open(ctx, port); err != nil {
		return err
	}
	r := e.current()
	select {
	case c.starts <- r:
		return nil
	case <-c.done:
		_ = r.listener.Close()
		close(r.ended)
		return errEnded
	}
}

// RotateKey gives a DC another RSA key; exchanges with the old one are refused
// from now on. For a CDN DC help.getCdnConfig publishes the new key, for others
// [Cluster.File] does. There are four spare keys per DC.
func (c *Cluster) RotateKey(dc int) error {
	d := c.dcs[dc]
	if d == nil {
		return fmt.Errorf("rotate key: no DC %d", dc)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	spares := scenario.SpareKeys()
	if d.spares == len(spares) {
		return fmt.Errorf("rotate key: DC %d has used up its spare keys", dc)
	}
	key, err := loadKey(spares[d.spares])
	if err != nil {
		return err
	}
	d.spares++
	d.rsa = key
	for _, e := range c.endpoints {
		if e.dc == d {
			e.current().server.SetRSAKeys([]*rsa.PrivateKey{key})
		}
	}
	return nil
}
