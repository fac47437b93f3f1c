package bench_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"testing"

	"github.com/tgfetch/tgfetch/bench"
	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/cluster"
	"github.com/tgfetch/tgfetch/dcpool/proxy"
	"github.com/tgfetch/tgfetch/dcpool/proxy/proxytest"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/fetcher/simtest"
	"github.com/tgfetch/tgfetch/session"
)

// strange is a simulator with the settings of somebody who has logged in there.
func strange(t *testing.T, s scenario.Scenario, edit func(*fetcher.Config)) (*simdc.Cluster, bench.Options) {
	t.Helper()
	running, err := simdc.Start(t.Context(), simdc.Options{Scenario: &s})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = running.Close() })
	access, err := cluster.Parse(bytes.NewReader(running.File().JSON()))
	if err != nil {
		t.Fatal(err)
	}
	o := few()
	o.Client = fetcher.Config{APIID: access.APIID, APIHash: access.APIHash, Network: access.Network, Store: session.NewMemory()}
	if edit != nil {
		edit(&o.Client)
	}
	if err := signIn(t.Context(), o.Client, access.Accounts[0]); err != nil {
		t.Fatal(err)
	}
	o.Links = []fetcher.Link{{Username: "simbench", First: 1, Last: 1}}
	return running, o
}

func signIn(ctx context.Context, cfg fetcher.Config, account cluster.Account) (err error) {
	client, err := fetcher.New(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	_, err = client.Pool().LogIn(ctx, simtest.Flow(account.Phone, account.Code))
	return err
}

// Dials, key exchanges, round trips and loads: there is no way but the proxy, and
// every connection that the servers saw came through it.
func TestProxyIsTheOnlyWayOut(t *testing.T) {
	for _, c := range []struct {
		name  string
		start func(proxytest.Options) (*proxytest.Server, error)
		opts  proxytest.Options
	}{
		{"socks5", proxytest.SOCKS5, proxytest.Options{User: "me", Password: "word"}},
		{"mtproxy", proxytest.MTProxy, proxytest.Options{Secret: []byte("sixteen bytes in"), Padded: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var network dcpool.Network
			if c.opts.Secret != nil {
				c.opts.Lead = func(id string) string {
					dc, _ := strconv.Atoi(id)
					for _, o := range network.DCs {
						if o.ID == max(dc, -dc) {
							return net.JoinHostPort(o.IP, strconv.Itoa(o.Port))
						}
					}
					return ""
				}
			}
			server, err := c.start(c.opts)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = server.Close() })
			way, err := proxy.Parse(server.URL())
			if err != nil {
				t.Fatal(err)
			}
			cluster, o := strange(t, small(), func(cfg *fetcher.Config) {
				network, cfg.Proxy = cfg.Network, way
				cfg.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
					if addr != server.Addr() {
						return nil, errors.New("there is no way to " + addr)
					}
					return new(net.Dialer).DialContext(ctx, network, addr)
				}
			})
			o.Cold = true
			r, err := bench.Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if d := dcOf(t, r, "DC 4"); len(d.Dial) == 0 || len(d.RTT) == 0 || d.Exchange == 0 || len(d.Points) != 2 || d.Points[0].Rate == 0 {
				t.Errorf("measured: %+v", d)
			}
			if err := server.Close(); err != nil {
				t.Fatal(err)
			}
			for _, conn := range cluster.Log().Conns() {
				if !slices.Contains(server.Opened(), conn.Remote) {
					t.Errorf("DC %d: a connection from %s, which is not the proxy", conn.DC, conn.Remote)
				}
			}
		})
	}
}

// What is measured has temporary keys and is within an export, if that is asked
// for.
func TestRunIsWithinItsExport(t *testing.T) {
	cluster, o := strange(t, small(), nil)
	cluster.Log().Reset()
	o.Client.PFS, o.Client.Takeout = true, true
	if _, err := bench.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	read, temporary := 0, 0
	for _, conn := range cluster.Log().Conns() {
		n := conn.Methods["upload.getFile"]
		if n == 0 {
			continue
		}
		read += n
		if conn.Takeout < n {
			t.Errorf("%d requests for files, %d within an export", n, conn.Takeout)
		}
		temporary += n - conn.Permanent
		if conn.Permanent > 0 {
			t.Errorf("%d requests under a permanent key: %v", conn.Permanent, conn.Methods)
		}
	}
	if read == 0 || temporary == 0 {
		t.Errorf("%d requests for files, %d under temporary keys", read, temporary)
	}
	if home := cluster.Log().DC(2).Methods; home["account.initTakeoutSession"] != 1 || home["account.finishTakeoutSession"] != 1 {
		t.Errorf("exports: %v", home)
	}
}
