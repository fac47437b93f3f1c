package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/settings"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/session"
)

// place is where a command goes: which application, which servers, which session.
type place struct {
	app     settings.App
	network dcpool.Network // Zero is Telegram itself.
	dir     string
}

// place reads the cluster file, or the settings for Telegram itself.
func (a *app) place() (place, error) {
	if a.flags.cluster == "" {
		app, err := settings.LoadApp(os.Getenv, settings.ConfigPath())
		return place{app: app, dir: settings.StateDir()}, err
	}
	c, err := dcpool.ReadCluster(a.flags.cluster)
	if err != nil {
		return place{}, &exit.UsageError{Text: err.Error()}
	}
	return place{
		app:     settings.App{ID: c.APIID, Hash: c.APIHash},
		network: c.Network,
		dir:     settings.ClusterStateDir(clusterMarks(c)...),
	}, nil
}

// clusterMarks is what tells one cluster from another.
func clusterMarks(c dcpool.Cluster) []string {
	marks := []string{"api " + strconv.Itoa(c.APIID)}
	for _, dc := range c.Network.DCs {
		marks = append(marks, fmt.Sprintf("dc %d %s", dc.ID, net.JoinHostPort(dc.IP, strconv.Itoa(dc.Port))))
	}
	for _, k := range c.Network.Keys {
		marks = append(marks, "key "+hex.EncodeToString(k.RSA.N.Bytes()))
	}
	return marks
}

// connection is an open session and the pool on it.
type connection struct {
	app   settings.App
	store session.Store
	pool  *dcpool.Pool
	api   *tg.Client // Over the home DC.
	close func() error
}

func newConnection(app settings.App, store session.Store, pool *dcpool.Pool) *connection {
	return &connection{app: app, store: store, pool: pool, api: tg.NewClient(pool.Invoker(dcpool.Target{})), close: pool.Close}
}

// connect opens the session. It does no network I/O.
func (a *app) connect() (*connection, error) {
	p, err := a.place()
	if err != nil {
		return nil, err
	}
	store, err := session.OpenDir(p.dir, session.DirOptions{Logger: a.logger()})
	if err != nil {
		return nil, err
	}
	pool, err := dcpool.New(dcpool.Config{
		APIID:   p.app.ID,
		APIHash: p.app.Hash,
		Store:   store,
		Network: p.network,
		DC:      a.flags.dc,
		DCAddr:  a.flags.dcAddr,
		Logger:  a.logger(),
	})
	if err != nil {
		return nil, errors.Join(&exit.UsageError{Text: err.Error()}, store.Close())
	}
	c := newConnection(p.app, store, pool)
	c.close = func() error { return errors.Join(pool.Close(), store.Close()) }
	return c, nil
}

// closeInto closes everything; what goes wrong then counts unless *err tells of something before.
func (c *connection) closeInto(err *error) {
	if closeErr := c.close(); *err == nil {
		*err = closeErr
	}
}
