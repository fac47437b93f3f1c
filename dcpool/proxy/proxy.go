package proxy

import (
	"context"
	"crypto/x509"
	"net"
	"strconv"
	"time"

	xproxy "golang.org/x/net/proxy"
)

// kind is the language that a proxy speaks.
type kind string

const (
	kindSOCKS5  kind = "socks5"
	kindHTTP    kind = "http"  // CONNECT
	kindHTTPS   kind = "https" // CONNECT within TLS
	kindMTProxy kind = "mtproxy"
)

// Proxy is a way to the data centers; nil is the direct one. It may be used by
// several goroutines and several Pools.
type Proxy struct {
	// Immutable.
	kind     kind
	addr     string // host:port
	login    bool   // There is a user name.
	user     string
	password string
	secret   Secret         // Of an MTProxy.
	noProxy  string         // Hosts that are reached directly, as in NO_PROXY.
	roots    *x509.CertPool // Of an https proxy; nil is the system's.
}

// DialFunc connects, as [net.Dialer.DialContext] does.
type DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// String is the proxy without its password or secret, "direct" for nil.
func (p *Proxy) String() string {
	if p == nil {
		return "direct"
	}
	return string(p.kind) + "://" + p.addr
}

// GoString is String, so that %#v shows no secret either.
func (p *Proxy) GoString() string { return p.String() }

// MTProxy says whether p is one, and what the obfuscated transport through it must
// know. Fake TLS is the business of [Proxy.Dialer].
//
// See https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation.
func (p *Proxy) MTProxy() (Secret, bool) {
	if p == nil || p.kind != kindMTProxy {
		return Secret{}, false
	}
	return Secret{key: p.secret.key, padded: p.secret.padded}, true
}

// Addr is the host and the port of p.
func (p *Proxy) Addr() (host string, port int) {
	host, text, err := net.SplitHostPort(p.addr)
	if err != nil {
		return p.addr, 0
	}
	port, _ = strconv.Atoi(text) // Parse has checked it.
	return host, port
}

// Dialer returns a function that connects through p. forward opens the
// connections to p itself; nil is a [net.Dialer]. An MTProxy is not told the
// address. now is the time, which fake TLS tells the proxy; nil is this computer's.
//
// Errors of the function: [*Error], the cause of ctx, and for hosts in NO_PROXY
// those of forward.
func (p *Proxy) Dialer(forward DialFunc, now func() time.Time) DialFunc {
	if forward == nil {
		forward = new(net.Dialer).DialContext
	}
	if p == nil {
		return forward
	}
	if now == nil {
		now = time.Now
	}
	through := func(ctx context.Context, network, addr string) (net.Conn, error) {
		nc, err := forward(ctx, network, p.addr)
		if err != nil {
			return nil, p.failed(ctx, "cannot be reached", err)
		}
		return p.greet(ctx, nc, addr, now)
	}
	if p.noProxy == "" {
		return through
	}
	perHost := xproxy.NewPerHost(dialer(through), dialer(forward))
	perHost.AddFromString(p.noProxy)
	return perHost.DialContext
}

// dialer makes a DialFunc what x/net/proxy expects.
type dialer DialFunc

func (d dialer) Dial(network, addr string) (net.Conn, error) {
	return d(context.Background(), network, addr)
}

func (d dialer) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	return d(ctx, network, addr)
}

// greet says to the proxy behind nc where the connection goes. nc is closed if
// that fails, or if ctx ends first.
func (p *Proxy) greet(ctx context.Context, nc net.Conn, addr string, now func() time.Time) (net.Conn, error) {
	stop := context.AfterFunc(ctx, func() { _ = nc.Close() })
	var err error
	stream := nc
	switch p.kind {
	case kindSOCKS5:
		err = p.greetSOCKS(nc, addr)
	case kindHTTPS:
		if stream, err = p.startTLS(ctx, nc); err != nil {
			break
		}
		fallthrough
	case kindHTTP:
		err = p.greetHTTP(stream, addr)
	case kindMTProxy:
		stream, err = p.greetMTProxy(nc, now())
	}
	if !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = nc.Close()
		return nil, p.failed(ctx, "did not connect", err)
	}
	return stream, nil
}
