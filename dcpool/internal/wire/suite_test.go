package wire

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/exchange"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
	"github.com/gotd/td/tgtest"
	"github.com/gotd/td/transport"
)

// testServer is a server that the connection must work against. It answers
// help.getConfig and help.getNearestDc without a login and refuses
// auth.checkPassword with an rpc_error.
type testServer struct {
	dc     int // Signed, as in the header.
	thisDC int // As help.getConfig reports it.
	apiID  int
	keys   []exchange.PublicKey
	dial   func(t *testing.T, transport Transport) net.Conn
	// unpadded: it strips the length modulo four where a transport is padded, and so
	// understands one in four frames.
	unpadded bool
}

var allTransports = []Transport{
	ObfuscatedPadded, ObfuscatedIntermediate, Intermediate, Padded, Abridged, Full,
}

// testConn is the conformance suite of a connection.
func testConn(t *testing.T, s testServer) {
	for _, transport := range allTransports {
		if s.unpadded && (transport == ObfuscatedPadded || transport == Padded) {
			continue
		}
		t.Run(transport.String(), func(t *testing.T) { testTransport(t, s, transport) })
	}
	res := s.exchange(t, Intermediate)
	t.Run("many calls at once", func(t *testing.T) {
		conn := s.open(t, Intermediate, Options{Key: res.Key, Salts: []Salt{{Value: res.Salt}}})
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { getConfig(t, conn, s.thisDC) })
		}
		wg.Wait()
		if st := conn.Stats(); st.Answers != 50 || st.InFlight != 0 || st.RTT <= 0 {
			t.Errorf("stats after 50 answers: %+v", st)
		}
	})
	t.Run("wrong salt", func(t *testing.T) {
		conn := s.open(t, Intermediate, Options{Key: res.Key, Salts: []Salt{{Value: res.Salt + 1}}})
		getConfig(t, conn, s.thisDC)
	})
	t.Run("error of the server", func(t *testing.T) {
		conn := s.open(t, Intermediate, Options{Key: res.Key, Salts: []Salt{{Value: res.Salt}}})
		err := conn.Do(t.Context(), &tg.AuthCheckPasswordRequest{Password: &tg.InputCheckPasswordEmpty{}}, nil)
		if _, ok := errors.AsType[*tgerr.Error](err); !ok {
			t.Fatalf("got %v, want a *tgerr.Error", err)
		}
		getConfig(t, conn, s.thisDC)
	})
	t.Run("unknown key", func(t *testing.T) {
		var other crypto.Key
		if _, err := rand.Read(other[:]); err != nil {
			t.Fatal(err)
		}
		conn := s.open(t, Intermediate, Options{Key: other.WithID()})
		err := conn.Do(t.Context(), &tg.HelpGetConfigRequest{}, nil)
		wantTransportError(t, err, CodeKeyUnknown)
		if closed, ok := errors.AsType[*ClosedError](err); !ok || !closed.Sent {
			t.Errorf("got %v, want a *ClosedError of a request that was sent", err)
		}
		<-conn.Done()
		wantTransportError(t, conn.Err(), CodeKeyUnknown)
	})
	t.Run("wrong DC", func(t *testing.T) {
		link := s.link(t, Intermediate)
		_, err := Exchange(t.Context(), link, s.keys, ExchangeOptions{DC: s.dc + 77})
		wantTransportError(t, err, CodeWrongDC)
	})
	t.Run("unknown RSA key", func(t *testing.T) {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		link := s.link(t, Intermediate)
		_, err = Exchange(t.Context(), link, []exchange.PublicKey{{RSA: &key.PublicKey}}, ExchangeOptions{DC: s.dc})
		if unknown, ok := errors.AsType[*FingerprintError](err); !ok || len(unknown.Offered) == 0 {
			t.Errorf("got %v, want a *FingerprintError", err)
		}
	})
	t.Run("ping", func(t *testing.T) {
		conn := s.open(t, Intermediate, Options{
			Key: res.Key, Salts: []Salt{{Value: res.Salt}}, PingInterval: time.Millisecond,
		})
		for range 20 {
			getConfig(t, conn, s.thisDC)
		}
		if conn.Stats().RTT <= 0 {
			t.Error("no round trip was measured")
		}
	})
	t.Run("cancelled calls leave the connection usable", func(t *testing.T) {
		conn := s.open(t, Intermediate, Options{Key: res.Key, Salts: []Salt{{Value: res.Salt}}})
		getConfig(t, conn, s.thisDC)
		cause := errors.New("not needed any more")
		for range 10 {
			ctx, cancel := context.WithCancelCause(t.Context())
			stop := make(chan struct{})
			go func() { defer close(stop); cancel(cause) }()
			if err := conn.Do(ctx, &tg.HelpGetConfigRequest{}, &tg.Config{}); err != nil && !errors.Is(err, cause) {
				t.Errorf("got %v, want nil or %v", err, cause)
			}
			<-stop
		}
		getConfig(t, conn, s.thisDC)
	})
}

// testTransport makes a key and uses it, first on the link that made it and then
// on one of its own.
func testTransport(t *testing.T, s testServer, transport Transport) {
	link := s.link(t, transport)
	res, err := Exchange(t.Context(), link, s.keys, ExchangeOptions{DC: s.dc})
	if err != nil {
		t.Fatal(err)
	}
	if res.TimeOffset.Abs() > 3*time.Second {
		t.Errorf("time offset %v between two ends of one machine", res.TimeOffset)
	}
	opts := Options{Key: res.Key, Salts: []Salt{{Value: res.Salt}}, TimeOffset: res.TimeOffset}
	first := s.start(t, link, opts)
	getConfig(t, first, s.thisDC)
	second := s.open(t, transport, opts)
	getConfig(t, second, s.thisDC)
	getConfig(t, first, s.thisDC)
	if st := first.Stats(); st.BytesIn == 0 || st.BytesOut == 0 || st.LastByte.Before(st.Opened) {
		t.Errorf("nothing was counted: %+v", st)
	}
}

func (s testServer) link(t *testing.T, transport Transport) *Link {
	t.Helper()
	link, err := NewLink(s.dial(t, transport), LinkOptions{Transport: transport, DC: s.dc})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = link.Close() })
	return link
}

// exchange makes a key and uses it once on the link that made it: a server may
// know a key there before it does on other connections.
func (s testServer) exchange(t *testing.T, transport Transport) Result {
	t.Helper()
	link := s.link(t, transport)
	res, err := Exchange(t.Context(), link, s.keys, ExchangeOptions{DC: s.dc})
	if err != nil {
		t.Fatal(err)
	}
	getConfig(t, s.start(t, link, Options{Key: res.Key, Salts: []Salt{{Value: res.Salt}}}), s.thisDC)
	return res
}

func (s testServer) start(t *testing.T, link *Link, opts Options) *Conn {
	t.Helper()
	opts.Init = initAs(s.apiID)
	opts.NoUpdates = true
	conn := NewConn(context.Background(), link, opts)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func (s testServer) open(t *testing.T, transport Transport, opts Options) *Conn {
	t.Helper()
	return s.start(t, s.link(t, transport), opts)
}

// initAs wraps queries as a client with the given api_id.
func initAs(apiID int) func(bin.Encoder) bin.Encoder {
	return func(query bin.Encoder) bin.Encoder {
		return &tg.InvokeWithLayerRequest{Layer: tg.Layer, Query: &tg.InitConnectionRequest{
			APIID: apiID, DeviceModel: "test", SystemVersion: "1", AppVersion: "1",
			SystemLangCode: "en", LangCode: "en", Query: query.(bin.Object),
		}}
	}
}

func getConfig(t *testing.T, conn *Conn, dc int) {
	t.Helper()
	var config tg.Config
	if err := conn.Do(t.Context(), &tg.HelpGetConfigRequest{}, &config); err != nil {
		t.Errorf("help.getConfig: %v", err)
	} else if config.ThisDC != dc {
		t.Errorf("this_dc = %d, want %d", config.ThisDC, dc)
	}
}

func wantTransportError(t *testing.T, err error, code int) {
	t.Helper()
	if te, ok := errors.AsType[*TransportError](err); !ok || te.Code != code {
		t.Errorf("got %v, want transport error %d", err, code)
	}
}

// TestConnAgainstGotd runs the suite against gotd's own test server.
func TestConnAgainstGotd(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	const dc = 2
	handler := tgtest.UnpackInvoke(tgtest.HandlerFunc(func(s *tgtest.Server, req *tgtest.Request) error {
		id, err := req.Buf.PeekID()
		if err != nil {
			return err
		}
		switch id {
		case tg.HelpGetConfigRequestTypeID:
			return s.SendGZIP(req, &tg.Config{ThisDC: dc})
		default:
			return tgerr.New(400, fmt.Sprintf("METHOD_%X_INVALID", id))
		}
	}))
	server := tgtest.NewServer(tgtest.NewPrivateKey(key), handler, tgtest.ServerOptions{DC: dc})
	plain := serveGotd(t, server, func(l net.Listener) net.Listener { return l })
	obfuscated := serveGotd(t, server, transport.ObfuscatedListener)
	testConn(t, testServer{
		dc:     dc,
		thisDC: dc,
		keys:   []exchange.PublicKey{server.Key()},

		unpadded: true,
		dial: func(t *testing.T, tr Transport) net.Conn {
			addr := plain
			if tr == ObfuscatedPadded || tr == ObfuscatedIntermediate {
				addr = obfuscated
			}
			return dialTCP(t, addr)
		},
	})
}

func serveGotd(t *testing.T, server *tgtest.Server, wrap func(net.Listener) net.Listener) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := server.Serve(ctx, transport.Listen(wrap(l))); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("gotd's server: %v", err)
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	return l.Addr().String()
}

func dialTCP(t *testing.T, addr string) net.Conn {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return nc
}
