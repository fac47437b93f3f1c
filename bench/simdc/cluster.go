package simdc

import (
	"cmp"
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/gotd/td/tg"
	"golang.org/x/sync/errgroup"

	"github.com/tgfetch/tgfetch/bench/simdc/internal/mtserve"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// Options says how to start a cluster; the zero value works.
type Options struct {
	// Scenario is what to simulate; nil is [scenario.Default].
	Scenario *scenario.Scenario
	// Listen is the IP address to listen on; empty is 127.0.0.1.
	Listen string
	// Port is the first of the ports to listen on, one per endpoint in the order
	// of the scenario, so that a cluster that is started again is where it was.
	// It knows no authorization keys then. Zero takes ports that are free.
	Port int
	// Log receives what happens, one JSON object per line, as it happens;
	// nil writes nothing. See [Cluster.Log] for reading it from Go.
	Log io.Writer
	// Logger receives what went wrong with connections; nil discards it.
	Logger *slog.Logger
}

// maxPort is the last port that TCP has.
const maxPort = 1<<16 - 1

// Cluster is a running simulated Telegram. Its methods may be called from
// several goroutines.
type Cluster struct {
	world     *world              // Immutable but for its atomics.
	methods   methods             // Immutable.
	dcs       map[int]*dataCenter // Immutable.
	endpoints []*endpoint         // Immutable. In the scenario's order.
	starts    chan *run           // Immutable. Endpoints that are to be served, for serve.
	links     []ClusterLink       // Immutable.

	faults      faults
	exports     exports
	loginTokens loginTokens
	log         Log

	mu            sync.Mutex
	changeOptions func([]tg.DCOption) []tg.DCOption // Guarded by mu.

	stop context.CancelFunc
	done chan struct{} // Closed when everything has ended.
	err  error         // Written before done is closed.
}

// dataCenter is what the endpoints of one DC share.
type dataCenter struct {
	scenario.DC
	keys    *mtserve.KeyTable
	reading reading

	mu     sync.Mutex
	rsa    *rsa.PrivateKey // Guarded by mu.
	spares int             // Guarded by mu. How many spare keys were used up.
}

// now is the DC's time.
func (d *dataCenter) now() time.Time { return time.Now().Add(d.Clock.Std()) }

// gzipThreshold is what mtserve.Config wants to hear.
func (d *dataCenter) gzipThreshold() int {
	if d.NoGzip {
		return -1
	}
	return 0
}

func (d *dataCenter) rsaKey() *rsa.PrivateKey {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rsa
}

// Start starts a cluster that runs until ctx ends or Close is called.
func Start(ctx context.Context, opts Options) (*Cluster, error) {
	scenario := scenario.Default()
	if opts.Scenario != nil {
		scenario = *opts.Scenario
	}
	if err := scenario.Validate(); err != nil {
		return nil, fmt.Errorf("scenario: %w", err)
	}
	listen := cmp.Or(opts.Listen, "127.0.0.1")
	ip, err := netip.ParseAddr(listen)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: give an IP address, without a port: %w", listen, err)
	} else if ip.IsUnspecified() {
		return nil, fmt.Errorf("listen on %q: give the address that clients shall dial, help.getConfig tells it to them", listen)
	}
	if opts.Port < 0 || opts.Port > maxPort {
		return nil, fmt.Errorf("port %d: the first of the ports is between 1 and %d; 0 takes free ones", opts.Port, maxPort)
	}
	c := &Cluster{
		world:   newWorld(scenario),
		methods: apiMethods(),
		dcs:     map[int]*dataCenter{},
		starts:  make(chan *run),
		done:    make(chan struct{}),
	}
	c.log.out = opts.Log
	c.faults.set(scenario.Faults)
	common := newPaths(scenario.Link)
	for _, d := range scenario.DCs {
		if err := c.addDC(ctx, d, ip.Unmap().String(), common, opts); err != nil {
			c.closeListeners()
			return nil, err
		}
	}
	ctx, c.stop = context.WithCancel(ctx)
	if c.links, err = c.world.links(ctx); err != nil {
		c.stop()
		c.closeListeners()
		return nil, err
	}
	c.serve(ctx)
	for _, d := range scenario.DCs {
		if d.Away {
			if err := c.StopDC(d.ID); err != nil {
				return nil, errors.Join(err, c.Close())
			}
		}
	}
	return c, nil
}

// apiMethods are the methods that the simulator knows.
func apiMethods() methods {
	m := methods{}
	for _, register := range []func(methods){
		registerLogin, registerLoginEmail, registerPFS, registerTransfer, registerQR, registerHelp, registerStartup, registerLists,
		registerTakeout, registerPeers, registerMessages, registerDialogs, registerThreads, registerShowcase, registerFiles,
		registerCDN,
	} {
		register(m)
	}
	return m
}

// addDC opens the listeners of a DC.
func (c *Cluster) addDC(ctx context.Context, d scenario.DC, listen string, path *paths, opts Options) error {
	name := cmp.Or(d.Key, scenario.SharedKey)
	if d.CDN {
		name = cmp.Or(d.Key, scenario.CDNKey)
	}
	key, err := loadKey(name)
	if err != nil {
		return fmt.Errorf("dc %d: %w", d.ID, err)
	}
	dc := &dataCenter{DC: d, rsa: key, keys: mtserve.NewKeyTable()}
	c.dcs[d.ID] = dc
	if d.Link != nil {
		path = newPaths(*d.Link)
	}
	shared := newBottleneck(path.link.DCRate)
	mediaPath, mediaShared := path, shared
	if d.MediaLink != nil {
		mediaPath = newPaths(*d.MediaLink)
		mediaShared = newBottleneck(mediaPath.link.DCRate)
	}
	count := map[string]int{}
	for _, a := range addresses(d) {
		secret, err := a.secret()
		if err != nil {
			return fmt.Errorf("dc %d: %w", d.ID, err)
		}
		count[a.kind()]++
		e := &endpoint{
			cluster: c, dc: dc, address: a, secret: secret, name: endpointName(a.kind(), count[a.kind()]),
			ip: listen, paths: path, shared: shared, logger: opts.Logger,
		}
		if a.Media {
			e.paths, e.shared = mediaPath, mediaShared
		}
		port := 0
		if opts.Port != 0 {
			port = opts.Port + len(c.endpoints)
		}
		if err := e.open(ctx, port); err != nil {
			return fmt.Errorf("dc %d: %w", d.ID, err)
		}
		c.endpoints = append(c.endpoints, e)
	}
	return nil
}

func (c *Cluster) closeListeners() {
	for _, e := range c.endpoints {
		e.current().listener.Close()
	}
}

// serve runs every endpoint, and those that are started later, until ctx ends;
// one that fails ends all.
func (c *Cluster) serve(ctx context.Context) {
	group, ctx := errgroup.WithContext(ctx)
	for _, e := range c.endpoints {
		r := e.current()
		group.Go(func() error { return r.serve(ctx) })
	}
	group.Go(func() error {
		for {
			select {
			case r := <-c.starts:
				group.Go(func() error { return r.serve(ctx) })
			case <-ctx.Done():
				return nil
			}
		}
	})
	go func() {
		defer close(c.done)
		c.err = group.Wait()
	}()
}

// Close stops the cluster, waits until everything of it has ended, and returns
// what it failed of, if it did, or the first error of writing the log. It may
// be called more than once.
func (c *Cluster) Close() error {
	c.stop()
	<-c.done
	return errors.Join(c.err, c.log.Err())
}

// Done is closed when the cluster has ended.
func (c *Cluster) Done() <-chan struct{} { return c.done }

// Log returns what the cluster was asked so far; it keeps growing.
func (c *Cluster) Log() *Log { return &c.log }

// SetFaults replaces the faults of the scenario; their counting starts anew.
// It returns the error of the first that makes no sense, and then changes nothing.
func (c *Cluster) SetFaults(list ...scenario.Fault) error {
	for i, f := range list {
		if err := f.Validate(); err != nil {
			return fmt.Errorf("faults[%d].%w", i, err)
		}
	}
	c.faults.set(list)
	return nil
}

// AddFault appends a fault and returns what takes it away again.
func (c *Cluster) AddFault(f scenario.Fault) (remove func(), err error) {
	if err := f.Validate(); err != nil {
		return nil, fmt.Errorf("fault.%w", err)
	}
	return c.faults.add(f), nil
}

// sortedDCs returns the DCs in the order of their ids.
func (c *Cluster) sortedDCs() []*dataCenter {
	return slices.SortedFunc(maps.Values(c.dcs), func(a, b *dataCenter) int { return cmp.Compare(a.ID, b.ID) })
}

// cdnDC returns the DC that redirects lead to.
func (c *Cluster) cdnDC() int {
	for _, dc := range c.sortedDCs() {
		if dc.CDN {
			return dc.ID
		}
	}
	return 0 // Validate lets no file have a CDN then.
}

// hashBatch is how many hash windows one answer holds.
func (c *Cluster) hashBatch() int {
	const oneMiB = block / HashWindow
	return cmp.Or(c.world.scenario.HashBatch, oneMiB)
}

// some yields the files with these ids, or all if none are given.
func (w *world) some(ids []int64) iter.Seq[*file] {
	if len(ids) == 0 {
		return maps.Values(w.files)
	}
	return func(yield func(*file) bool) {
		for _, id := range ids {
			if f := w.files[id]; f != nil && !yield(f) {
				return
			}
		}
	}
}

// occasion describes a call to the faults.
func (c *call) occasion(m method, request any) occasion {
	o := occasion{dc: c.dc.ID, endpoint: c.name, conn: number(c.request.Conn), method: m.name}
	if c.account != nil {
		o.account = c.account.ID
	}
	o.file, o.off, o.limit = c.cluster.world.subject(request)
	return o
}
