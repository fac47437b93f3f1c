package fetcher

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/proxy"
	"github.com/tgfetch/tgfetch/dcpool/proxy/proxytest"
)

// addrOf is the address of a data center, from its id as an MTProxy gets it.
func (s *sim) addrOf(id string) string {
	n, err := strconv.Atoi(id)
	if err != nil {
		return ""
	}
	for _, o := range s.cluster.Network.DCs {
		if o.ID == max(n, -n) && o.MediaOnly == (n < 0) {
			return net.JoinHostPort(o.IP, strconv.Itoa(o.Port))
		}
	}
	return ""
}

// Login, other data centers, media and CDN: there is no way but the proxy, and
// every connection that the servers saw came through it.
func TestProxyIsTheOnlyWayOut(t *testing.T) {
	key := []byte("sixteen bytes in")
	for _, c := range []struct {
		name  string
		start func(proxytest.Options) (*proxytest.Server, error)
		opts  proxytest.Options
	}{
		{"socks5", proxytest.SOCKS5, proxytest.Options{User: "me", Password: "word"}},
		{"http", proxytest.HTTP, proxytest.Options{User: "me", Password: "word"}},
		{"mtproxy plain", proxytest.MTProxy, proxytest.Options{Secret: key}},
		{"mtproxy dd", proxytest.MTProxy, proxytest.Options{Secret: key, Padded: true}},
		{"mtproxy ee", proxytest.MTProxy, proxytest.Options{Secret: key, Domain: "www.example.com"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := startSim(t, func(sc *scenario.Scenario) {
				sc.DCs[3].Media = false // DC 4, whose addresses are all for proxies, too.
				sc.DCs[3].Addresses = []scenario.Address{{Static: true}, {Static: true, Media: true}}
			})
			if c.opts.Secret != nil {
				c.opts.Lead = s.addrOf
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
			client := s.client(func(cfg *Config) {
				cfg.Proxy = way
				cfg.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
					if addr != server.Addr() {
						return nil, errors.New("there is no way to " + addr)
					}
					return new(net.Dialer).DialContext(ctx, network, addr)
				}
			})
			dir := t.TempDir()
			for _, message := range []int{simSmall, simMedium, simNoHashes} {
				f := file(t, client, message)
				result, err := client.Fetch(t.Context(), f, Target{Dir: dir})
				if err != nil {
					t.Fatal(err)
				}
				checkContent(t, result.Path, f)
			}
			media, cdn := 0, 0
			for _, conn := range s.Log().Conns() {
				switch {
				case conn.DC == simCDN:
					cdn++
				case conn.Endpoint == "media" && conn.HeaderDC == -conn.DC:
					media++
				}
			}
			if media == 0 || cdn == 0 {
				t.Errorf("%d media and %d CDN connections", media, cdn)
			}
			if err := errors.Join(client.Close(), server.Close()); err != nil {
				t.Fatal(err)
			}
			for _, conn := range s.Log().Conns() {
				if !slices.Contains(server.Opened(), conn.Remote) {
					t.Errorf("DC %d: a connection from %s, which is not the proxy", conn.DC, conn.Remote)
				}
			}
		})
	}
}

func TestProxyTrouble(t *testing.T) {
	s := startSim(t, nil)
	key := []byte("sixteen bytes in")
	mtproxy, err := proxytest.MTProxy(proxytest.Options{Secret: key, Padded: true, Lead: s.addrOf})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mtproxy.Close() })
	socks, err := proxytest.SOCKS5(proxytest.Options{User: "me", Password: "word"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socks.Close() })
	for _, c := range []struct {
		name, url string
		denied    bool
	}{
		{"nobody there", "http://127.0.0.1:1", false},
		{"wrong password", "socks5://me:wrong@" + socks.Addr(), true},
		{"wrong secret", "mtproxy://dd000102030405060708090a0b0c0d0e0f@" + mtproxy.Addr(), false},
		{"secret of another kind", "mtproxy://7369787465656e20627974657320696e@" + mtproxy.Addr(), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			way, err := proxy.Parse(c.url)
			if err != nil {
				t.Fatal(err)
			}
			client := s.stranger(func(cfg *Config) {
				cfg.Proxy, cfg.Limits.Pool.Attempts = way, 2
			})
			_, err = client.Pool().Options(t.Context())
			failed, ok := errors.AsType[*proxy.Error](err)
			if !ok || failed.Proxy != way.String() {
				t.Fatalf("%v is not about the proxy", err)
			}
			_, unreachable := errors.AsType[*dcpool.UnreachableError](err)
			if errors.Is(err, proxy.ErrDenied) != c.denied || unreachable == c.denied {
				t.Errorf("%v (denied %v)", err, errors.Is(err, proxy.ErrDenied))
			}
		})
	}
	if conns := s.Log().Conns(); len(conns) != 0 {
		t.Errorf("%d connections came through", len(conns))
	}

	// With a key that was made before, it is the first call that gets no answer.
	if err := s.client(nil).Close(); err != nil {
		t.Fatal(err)
	}
	way, err := proxy.Parse("mtproxy://dd000102030405060708090a0b0c0d0e0f@" + mtproxy.Addr())
	if err != nil {
		t.Fatal(err)
	}
	client := s.stranger(func(cfg *Config) { cfg.Proxy, cfg.Limits.Pool.Retries = way, 1 })
	for _, err := range client.Resolve(t.Context(), simLink(t, simSmall)) {
		if _, ok := errors.AsType[*proxy.Error](err); !ok {
			t.Errorf("%v is not about the proxy", err)
		}
	}
}
