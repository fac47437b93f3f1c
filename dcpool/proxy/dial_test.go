package proxy

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	tdproxy "github.com/gotd/td/mtproxy"
	"github.com/gotd/td/mtproxy/obfuscated2"

	"github.com/tgfetch/tgfetch/dcpool/proxy/proxytest"
)

// echo returns the address of a server that says everything back. With
// obfuscated it speaks the obfuscated transport, as data centers do.
func echo(t *testing.T, obfuscated bool) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			var stream io.ReadWriter = nc
			if obfuscated {
				stream, _, err = obfuscated2.Accept(nc, nil)
			}
			if err == nil {
				_, _ = io.Copy(struct{ io.Writer }{stream}, struct{ io.Reader }{stream})
			}
			_ = nc.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

// certificate is one for 127.0.0.1, and who vouches for it.
func certificate() (*tls.Config, *x509.CertPool) {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return s.TLS, roots
}

// started is a proxy server that ends with the test, and the way through it.
func started(t *testing.T, s *proxytest.Server, err error) (*proxytest.Server, *Proxy) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	p, err := Parse(s.URL())
	if err != nil {
		t.Fatalf("%s: %v", s.URL(), err)
	}
	return s, p
}

// only is a way out that leads to addr alone.
func only(addr string) DialFunc {
	return func(ctx context.Context, network, to string) (net.Conn, error) {
		if to != addr {
			return nil, errors.New("there is no way to " + to)
		}
		return new(net.Dialer).DialContext(ctx, network, to)
	}
}

// obfuscate begins the obfuscated transport on nc as p wants it.
func obfuscate(t *testing.T, p *Proxy, nc net.Conn, dc int) io.ReadWriter {
	t.Helper()
	want, ok := p.MTProxy()
	if !ok {
		return nc
	}
	tag := [4]byte{0xee, 0xee, 0xee, 0xee}
	if want.Padded() {
		tag = [4]byte{0xdd, 0xdd, 0xdd, 0xdd}
	}
	o := obfuscated2.NewObfuscated2(rand.Reader, nc)
	if err := o.Handshake(tag, dc, tdproxy.Secret{Secret: want.Key()}); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestEachKindIsTheOnlyWayOut(t *testing.T) {
	tlsConfig, roots := certificate()
	key := []byte("sixteen bytes in")
	login := proxytest.Options{User: "me", Password: "p:ss w/rd"}
	for _, c := range []struct {
		name  string
		start func(proxytest.Options) (*proxytest.Server, error)
		opts  proxytest.Options
	}{
		{"socks5", proxytest.SOCKS5, proxytest.Options{}},
		{"socks5 with password", proxytest.SOCKS5, login},
		{"http", proxytest.HTTP, proxytest.Options{}},
		{"http with password", proxytest.HTTP, login},
		{"https", func(o proxytest.Options) (*proxytest.Server, error) { return proxytest.HTTPS(o, tlsConfig) }, login},
		{"mtproxy plain", proxytest.MTProxy, proxytest.Options{Secret: key}},
		{"mtproxy dd", proxytest.MTProxy, proxytest.Options{Secret: key, Padded: true}},
		{"mtproxy ee", proxytest.MTProxy, proxytest.Options{Secret: key, Domain: "www.example.com"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			target := echo(t, c.opts.Secret != nil)
			asked := "dc2.example:443" // Nobody but the proxy knows that name.
			c.opts.Lead = func(string) string { return target }
			s, err := c.start(c.opts)
			server, p := started(t, s, err)
			p.roots = roots
			nc, err := p.Dialer(only(server.Addr()), nil)(t.Context(), "tcp", asked)
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			if _, ok := p.MTProxy(); ok {
				asked = "-10004"
			}
			stream := obfuscate(t, p, nc, -10004)
			// More than one TLS record.
			sent := make([]byte, 3*maxRecord+7)
			_, _ = rand.Read(sent)
			go func() { _, _ = stream.Write(sent) }()
			got := make([]byte, len(sent))
			if _, err := io.ReadFull(stream, got); err != nil || !bytes.Equal(got, sent) {
				t.Errorf("the echo differs, error %v", err)
			}
			if list := server.Asked(); len(list) != 1 || list[0] != asked {
				t.Errorf("asked for %q, want %q", list, asked)
			}
		})
	}
}

func TestAddressesReachTheProxyAsTheyAre(t *testing.T) {
	for _, start := range []func(proxytest.Options) (*proxytest.Server, error){proxytest.SOCKS5, proxytest.HTTP} {
		target := echo(t, false)
		s, err := start(proxytest.Options{Lead: func(string) string { return target }})
		server, p := started(t, s, err)
		want := []string{"149.154.167.51:443", "[2001:67c:4e8:f002::a]:80", "a.example:65535"}
		for _, addr := range want {
			nc, err := p.Dialer(nil, nil)(t.Context(), "tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			_ = nc.Close()
		}
		if got := strings.Join(server.Asked(), " "); got != strings.Join(want, " ") {
			t.Errorf("%s was asked for %s", p, got)
		}
	}
}

func TestWhatGoesWrongAtAProxy(t *testing.T) {
	tlsConfig, _ := certificate()
	target := echo(t, false)
	silent := echoSilence(t)
	key := []byte("sixteen bytes in")
	nowhere := func(string) string { return "" }
	type starter func(proxytest.Options) (*proxytest.Server, error)
	for _, c := range []struct {
		name   string
		start  starter
		opts   proxytest.Options
		edit   func(*Proxy)
		denied bool
		says   string
	}{
		{"unreachable", proxytest.SOCKS5, proxytest.Options{}, func(p *Proxy) { p.addr = "127.0.0.1:1" }, false, "cannot be reached: dial tcp 127.0.0.1:1"},
		{"silent", proxytest.SOCKS5, proxytest.Options{}, func(p *Proxy) { p.addr = silent }, false, "did not answer in time"},
		{"not SOCKS", proxytest.HTTP, proxytest.Options{}, func(p *Proxy) { p.kind, p.addr = kindSOCKS5, target }, false, "it does not speak SOCKS5"},
		{"not HTTP", proxytest.SOCKS5, proxytest.Options{}, func(p *Proxy) { p.kind, p.addr = kindHTTP, target }, false, "it does not speak HTTP"},
		{"not TLS", proxytest.HTTP, proxytest.Options{}, func(p *Proxy) { p.kind, p.addr = kindHTTPS, target }, false, "did not connect: tls:"},
		{"unknown certificate", func(o proxytest.Options) (*proxytest.Server, error) { return proxytest.HTTPS(o, tlsConfig) },
			proxytest.Options{}, nil, false, "failed to verify certificate"},
		{"refused by SOCKS", proxytest.SOCKS5, proxytest.Options{Lead: nowhere}, nil, false, "it says: connection refused"},
		{"refused by HTTP", proxytest.HTTP, proxytest.Options{Lead: nowhere}, nil, false, "it says: 502 Bad Gateway"},
		{"wrong SOCKS password", proxytest.SOCKS5, proxytest.Options{User: "me", Password: "right"}, func(p *Proxy) { p.password = "hunter2" }, true, "does not accept the user name and password"},
		{"no SOCKS password", proxytest.SOCKS5, proxytest.Options{User: "me", Password: "right"}, func(p *Proxy) { p.login = false }, true, "wants a user name and a password"},
		{"wrong HTTP password", proxytest.HTTP, proxytest.Options{User: "me", Password: "right"}, func(p *Proxy) { p.password = "hunter2" }, true, "does not accept the user name and password"},
		{"wrong HTTP password, said as a server", proxytest.HTTP, proxytest.Options{User: "me", Password: "right", Says401: true}, func(p *Proxy) { p.password = "hunter2" }, true, "does not accept the user name and password"},
		{"no HTTP password, said as a server", proxytest.HTTP, proxytest.Options{User: "me", Password: "right", Says401: true}, func(p *Proxy) { p.login = false }, true, "wants a user name and a password"},
		{"no HTTP password", proxytest.HTTP, proxytest.Options{User: "me", Password: "right"}, func(p *Proxy) { p.login = false }, true, "wants a user name and a password"},
		{"wrong secret", proxytest.MTProxy, proxytest.Options{Secret: key, Domain: "a.example"}, func(p *Proxy) { p.secret.key = "hunter2hunter2.." }, true, "does not accept the secret, or the clock is wrong: it was told that it is 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := c.start(c.opts)
			_, p := started(t, s, err)
			if c.edit != nil {
				c.edit(p)
			}
			ctx := t.Context()
			if c.name == "silent" {
				var cancel context.CancelFunc
				ctx, cancel = context.WithDeadline(ctx, time.Now().Add(50*time.Millisecond))
				defer cancel()
			}
			nc, err := p.Dialer(nil, nil)(ctx, "tcp", "149.154.167.51:443")
			if err == nil {
				_ = nc.Close()
				t.Fatal("it connected")
			}
			failed, ok := errors.AsType[*Error](err)
			if !ok || failed.Proxy != p.String() {
				t.Errorf("%T does not name the proxy", err)
			}
			if errors.Is(err, ErrDenied) != c.denied || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v (denied %v), want %q", err, errors.Is(err, ErrDenied), c.says)
			}
			if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "right") {
				t.Errorf("%v shows a secret", err)
			}
		})
	}
}

// echoSilence returns the address of a server that accepts and says nothing.
func echoSilence(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") // The kernel accepts.
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

func TestWhoGivesUpIsNotToldOfTheProxy(t *testing.T) {
	p := &Proxy{kind: kindSOCKS5, addr: echoSilence(t)}
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	forward := func(ctx context.Context, network, addr string) (net.Conn, error) {
		nc, err := new(net.Dialer).DialContext(ctx, network, addr)
		cancel(gone)
		return nc, err
	}
	if _, err := p.Dialer(forward, nil)(ctx, "tcp", "a:1"); !errors.Is(err, gone) {
		t.Errorf("error %v", err)
	}
}

func TestNoProxy(t *testing.T) {
	target := echo(t, false)
	s, err := proxytest.SOCKS5(proxytest.Options{Lead: func(string) string { return target }})
	server, _ := started(t, s, err)
	env := map[string]string{"ALL_PROXY": server.URL(), "NO_PROXY": "127.0.0.0/8,direct.example"}
	p, err := FromEnvironment(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	var direct []string
	dial := p.Dialer(func(ctx context.Context, network, addr string) (net.Conn, error) {
		direct = append(direct, addr)
		return new(net.Dialer).DialContext(ctx, network, server.Addr())
	}, nil)
	for _, addr := range []string{"127.1.2.3:1", "direct.example:2", "149.154.167.51:443"} {
		nc, err := dial(t.Context(), "tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		_ = nc.Close()
	}
	want := "127.1.2.3:1 direct.example:2 " + server.Addr()
	if got := strings.Join(direct, " "); got != want {
		t.Errorf("connected to %s, want %s", got, want)
	}
	if asked := server.Asked(); len(asked) != 1 || asked[0] != "149.154.167.51:443" {
		t.Errorf("the proxy was asked for %q", asked)
	}
}

// An MTProxy is told the time that the Dialer is given, and the error of one that does
// not believe it names that.
func TestFakeTLSTellsTheTimeThatItIsGiven(t *testing.T) {
	target := echo(t, true)
	s, err := proxytest.MTProxy(proxytest.Options{
		Secret: []byte("sixteen bytes in"), Domain: "www.example.com", Lead: func(string) string { return target },
	})
	_, p := started(t, s, err)
	for _, off := range []time.Duration{0, time.Hour, -time.Hour} {
		told := time.Now().Add(off)
		nc, err := p.Dialer(nil, func() time.Time { return told })(t.Context(), "tcp", "149.154.167.51:443")
		if off == 0 {
			if err != nil {
				t.Fatal(err)
			}
			_ = nc.Close()
			continue
		}
		if !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), told.UTC().Format("2006-01-02 15:04:05 UTC")) {
			t.Errorf("off by %v: %v", off, err)
		}
	}
}
