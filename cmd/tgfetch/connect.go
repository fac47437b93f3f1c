package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/settings"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/cluster"
	"github.com/tgfetch/tgfetch/dcpool/proxy"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/session"
)

// place is where a command goes: which application, which servers, which session.
type place struct {
	app       settings.App
	network   dcpool.Network // Zero is Telegram itself.
	transport dcpool.Transport
	proxy     *proxy.Proxy
	base      string // The folder of the network's sessions.
	dir       string // The folder of this account's session.
}

// place reads the cluster file, or the settings for Telegram itself.
func (a *app) place() (place, error) {
	if a.flags.testDC && a.flags.cluster != "" {
		return place{}, &exit.UsageError{Text: "--test-dc is about Telegram's own servers, and --cluster about others; give one of them"}
	}
	if a.flags.cluster == "" {
		p := place{app: a.telegram, base: settings.StateDir()}
		if a.flags.testDC {
			p.network, p.base = dcpool.TestNetwork(), settings.TestStateDir()
		}
		p.dir = settings.AccountDir(p.base, a.flags.account)
		return p, p.app.Check()
	}
	c, err := cluster.ReadFile(a.flags.cluster)
	if err != nil {
		return place{}, &exit.UsageError{Text: err.Error()}
	}
	p := place{
		app:     settings.App{ID: c.APIID, Hash: c.APIHash},
		network: c.Network,
		base:    settings.ClusterStateDir(clusterMarks(c)...),
	}
	p.dir = settings.AccountDir(p.base, a.flags.account)
	return p, nil
}

// clusterMarks is what tells one cluster from another.
func clusterMarks(c cluster.Cluster) []string {
	marks := []string{"api " + strconv.Itoa(c.APIID)}
	for _, dc := range c.Network.DCs {
		marks = append(marks, fmt.Sprintf("dc %d %s", dc.ID, net.JoinHostPort(dc.IP, strconv.Itoa(dc.Port))))
	}
	for _, k := range c.Network.Keys {
		marks = append(marks, "key "+hex.EncodeToString(k.RSA.N.Bytes()))
	}
	return marks
}

// open opens the session of a place. The address flags are checked against what is known of it.
func (a *app) open(ctx context.Context) (place, *session.Dir, error) {
	p, err := a.place()
	if err != nil {
		return place{}, nil, err
	}
	store, err := a.openStore(ctx, p.dir)
	if err != nil {
		return place{}, nil, err
	}
	p.transport, err = a.transport()
	if err == nil {
		p.proxy, err = a.proxy()
	}
	if err == nil {
		err = a.checkAddress(p.network, store)
	}
	if err != nil {
		return place{}, nil, errors.Join(err, store.Close())
	}
	return p, store, nil
}

// checkAddress refuses --dc and --dc-addr that cannot lead anywhere.
func (a *app) checkAddress(network dcpool.Network, store session.Store) error {
	if a.flags.dcAddr != "" {
		if _, _, err := net.SplitHostPort(a.flags.dcAddr); err != nil {
			return &exit.UsageError{Text: fmt.Sprintf("--dc-addr %q: give it as HOST:PORT", a.flags.dcAddr)}
		}
		return nil
	}
	if a.flags.dc == 0 {
		return nil
	}
	state, err := store.State()
	if err != nil {
		return err
	}
	for _, o := range append(network.OrProd().DCs, state.Options...) {
		if o.ID == a.flags.dc && !o.CDN {
			return nil
		}
	}
	return &exit.UsageError{Text: fmt.Sprintf("--dc %d: there is no such data center; %s dcs lists them", a.flags.dc, a.command())}
}

// connection is an open session and the pool on it.
type connection struct {
	app   settings.App
	whose string // whose servers these are; empty for Telegram's
	store session.Store
	pool  *dcpool.Pool
	api   *tg.Client // Over the home DC.
	close func() error
}

func newConnection(app settings.App, store session.Store, pool *dcpool.Pool) *connection {
	return &connection{app: app, store: store, pool: pool, api: tg.NewClient(pool.Invoker(dcpool.Target{})), close: pool.Close}
}

// connect opens the session. It does no network I/O.
func (a *app) connect(ctx context.Context) (*connection, error) {
	p, store, err := a.open(ctx)
	if err != nil {
		return nil, err
	}
	pool, err := a.newPool(p, store)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	c := newConnection(p.app, store, pool)
	c.whose = whoseServers(a.flags.cluster, p.network)
	c.close = func() error { return a.closeSession(pool, store) }
	return c, nil
}

// closeSession ends connections and then the session under them. Keys and logins were written when they were
// made; what is left is what makes the next run faster, so losing it is no failure of this one.
func (a *app) closeSession(over io.Closer, store *session.Dir) error {
	err := over.Close()
	if err = cmp.Or(store.Close(), err); err != nil {
		a.say("the session folder cannot be written, so the next run is slower than it could be: %v", err)
	}
	return nil
}

// clientConfig is how the command connects: the flags of connections are read here alone.
func (a *app) clientConfig(p place, store session.Store) fetcher.Config {
	return fetcher.Config{
		APIID:     p.app.ID,
		APIHash:   p.app.Hash,
		Store:     store,
		Network:   p.network,
		Proxy:     p.proxy,
		PFS:       a.flags.pfs,
		Takeout:   a.flags.takeout,
		Transport: p.transport,
		IPv6:      a.flags.ipv6,
		DC:        a.flags.dc,
		DCAddr:    a.flags.dcAddr,
		Logger:    a.logger(),
	}
}

// newPool returns a pool on a session. It does no network I/O.
func (a *app) newPool(p place, store session.Store) (*dcpool.Pool, error) {
	pool, err := dcpool.New(a.clientConfig(p, store).PoolConfig())
	if err != nil {
		return nil, &exit.UsageError{Text: err.Error()}
	}
	a.watch(pool)
	return pool, nil
}

// closeInto closes everything; what goes wrong then counts unless *err tells of something before.
func (c *connection) closeInto(err *error) {
	if closeErr := c.close(); *err == nil {
		*err = closeErr
	}
}
