package dcpool

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
	"github.com/gotd/td/tgtest"
	"github.com/gotd/td/transport"

	"github.com/tgfetch/tgfetch/session"
)

// startGotd runs data centers of gotd's test server, which knows plain
// transports only and of the methods two, or with config three.
func startGotd(t *testing.T, config *tg.Config, dcs ...int) Network {
	t.Helper()
	return startGotdOn(t, func(l net.Listener) net.Listener { return l }, config, dcs...)
}

// startGotdOn is startGotd behind listeners that wrap makes.
func startGotdOn(t *testing.T, wrap func(net.Listener) net.Listener, config *tg.Config, dcs ...int) Network {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	private := tgtest.NewPrivateKey(key)
	var network Network
	network.Keys = append(network.Keys, private.Public())
	for _, dc := range dcs {
		handler := tgtest.UnpackInvoke(tgtest.HandlerFunc(func(s *tgtest.Server, req *tgtest.Request) error {
			id, err := req.Buf.PeekID()
			switch {
			case err != nil:
				return err
			case id == tg.HelpGetNearestDCRequestTypeID:
				return s.SendResult(req, &tg.NearestDC{ThisDC: dc, NearestDC: dc})
			case id == tg.UsersGetUsersRequestTypeID:
				return s.SendResult(req, &tg.UserClassVector{})
			case id == tg.HelpGetConfigRequestTypeID && config != nil:
				return s.SendResult(req, config)
			default:
				return tgerr.New(400, "METHOD_INVALID")
			}
		}))
		server := tgtest.NewServer(private, handler, tgtest.ServerOptions{DC: dc})
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := server.Serve(ctx, transport.Listen(wrap(listener))); err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("gotd's server: %v", err)
			}
		})
		t.Cleanup(func() { cancel(); wg.Wait() })
		addr := listener.Addr().(*net.TCPAddr)
		network.DCs = append(network.DCs, session.DCOption{ID: dc, IP: addr.IP.String(), Port: addr.Port})
	}
	return network
}

func TestServerOfAnotherMake(t *testing.T) {
	store := session.NewMemory()
	var dials atomic.Int64
	s := &sim{t: t, network: startGotd(t, nil, 2, 4), apiID: 1, apiHash: "any"}
	count := func(c *Config) {
		c.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			dials.Add(1)
			return new(net.Dialer).DialContext(ctx, network, addr)
		}
	}
	p := s.pool(store, count)
	nearest := func(p *Pool, target Target) error {
		var answer tg.NearestDC
		if err := p.Do(t.Context(), target, &tg.HelpGetNearestDCRequest{}, &answer); err != nil {
			return err
		}
		if want := max(target.DC, 2); answer.ThisDC != want {
			return errors.New("another DC answered")
		}
		return nil
	}
	if err := nearest(p, Target{}); err != nil {
		t.Fatal(err)
	}
	options, err := p.Options(t.Context())
	if err != nil || !slices.EqualFunc(options, s.network.DCs, func(a, b session.DCOption) bool { return a.Port == b.Port }) {
		t.Errorf("options %+v, error %v, want those of the network", options, err)
	}
	if err := nearest(p, Target{DC: 203, Kind: CDN}); !errors.Is(err, ErrNoCDN) {
		t.Errorf("CDN: %v", err)
	}
	if err := p.SetUser(t.Context(), 7, false); err != nil {
		t.Fatal(err)
	}
	// auth.exportAuthorization is not there, so DC 4 is taken to share the login.
	for _, target := range []Target{{DC: 4}, {DC: 4, Kind: Media}} {
		if _, err := tg.NewClient(p.Invoker(target)).UsersGetUsers(t.Context(), nil); err != nil {
			t.Errorf("%+v: %v", target, err)
		}
	}
	closePool(t, p)

	state, err := store.State()
	if err != nil || len(state.Endpoints) != 2 {
		t.Errorf("endpoints %v, error %v", state.Endpoints, err)
	}
	for addr, known := range state.Endpoints {
		if known.Transport != Intermediate.String() {
			t.Errorf("%s: transport %q is remembered", addr, known.Transport)
		}
	}
	dials.Store(0)
	p = s.pool(store, count)
	if err := nearest(p, Target{}); err != nil || dials.Load() != 1 {
		t.Errorf("second start: error %v after %d dials, want 1", err, dials.Load())
	}
}

func TestKeyIsFiledUnderTheDCThatAnswers(t *testing.T) {
	store := session.NewMemory()
	s := &sim{t: t, network: startGotd(t, &tg.Config{ThisDC: 5}, 2), apiID: 1, apiHash: "any"}
	addr := s.addrOf(2)
	for start := range 2 {
		p := s.pool(store, func(c *Config) { c.DC, c.DCAddr = 2, addr })
		if _, err := tg.NewClient(p.Invoker(Target{})).HelpGetNearestDC(t.Context()); err != nil || p.Home() != 5 {
			t.Errorf("start %d: error %v, home DC %d, want 5", start, err, p.Home())
		}
		if n := p.dc(2, false).stats.handshakes.Load() + p.dc(5, false).stats.handshakes.Load(); n != int64(1-start) {
			t.Errorf("start %d: %d key exchanges", start, n)
		}
		closePool(t, p)
	}
	keys, err := store.Keys()
	if err != nil || len(keys.DCs) != 1 || keys.DCs[5].AuthKey.Zero() {
		t.Errorf("keys of %d DCs, error %v, want DC 5's alone", len(keys.DCs), err)
	}
}

// A server that understands obfuscation, but not all of the padding, is found a
// transport for, although it takes part in a key exchange with any.
func TestServerThatDoesNotUnderstandPadding(t *testing.T) {
	store := session.NewMemory()
	s := &sim{t: t, network: startGotdOn(t, transport.ObfuscatedListener, nil, 2), apiID: 1, apiHash: "any"}
	for range 2 {
		p := s.pool(store, nil)
		for range 5 {
			if _, err := tg.NewClient(p.Invoker(Target{})).HelpGetNearestDC(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		closePool(t, p)
	}
	state, err := store.State()
	if err != nil || len(state.Endpoints) != 1 {
		t.Fatalf("endpoints %v, error %v", state.Endpoints, err)
	}
	for _, known := range state.Endpoints {
		if known.Transport != ObfuscatedIntermediate.String() {
			t.Errorf("transport %q is remembered", known.Transport)
		}
	}
}
