// Package proxytest has small proxies for tests: SOCKS5, HTTP with CONNECT and
// MTProxy. They listen on 127.0.0.1, count what comes through them, and can lead
// addresses elsewhere, so that a test can make a proxy the only way out.
package proxytest

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/url"
	"slices"
	"sync"
)

// Options of a Server. The zero value is an open proxy that leads everywhere.
type Options struct {
	// User and Password, if set, are demanded of clients of Kinds SOCKS5 and HTTP.
	User, Password string
	// Says401 makes an HTTP proxy refuse a login as a server does, not as a proxy.
	Says401 bool
	// Secret and Domain are those of an MTProxy. With a domain it speaks fake TLS.
	// Else Padded is what it demands of the transport, as with a secret that begins
	// with dd.
	Secret []byte
	Domain string
	Padded bool
	// Lead says where a request leads: to an address, or for an MTProxy to the id
	// of a data center in decimal, negative for media. Empty refuses it. Nil leads
	// to the address asked for.
	Lead func(asked string) string
}

// Server is a running proxy.
type Server struct {
	// Immutable.
	listener net.Listener
	opts     Options
	scheme   string
	greet    greeting
	ctx      context.Context
	cancel   context.CancelFunc
	wg       sync.WaitGroup

	// dials is read-locked from before a server is dialled until opened says so: a
	// server may know of the connection earlier. It is taken before mu.
	dials sync.RWMutex

	mu     sync.Mutex
	asked  []string // Guarded by mu; what was asked for, in order.
	opened []string // Guarded by mu; where connections that led somewhere began.
}

// greeting reads what the client of nc asks for. reply tells it whether it got it
// and returns the stream to the client, and start begins the one to the server.
type greeting func(s *Server, nc net.Conn) (asked string, reply func(ok bool) (io.ReadWriter, error),
	start func(server net.Conn) (io.ReadWriter, error), err error)

// SOCKS5 starts a SOCKS5 proxy.
func SOCKS5(opts Options) (*Server, error) { return serve("socks5", opts, greetSOCKS) }

// HTTP starts an HTTP proxy that knows CONNECT.
func HTTP(opts Options) (*Server, error) { return serve("http", opts, greetHTTP) }

// HTTPS starts one that is spoken to in TLS, with the certificate in config.
func HTTPS(opts Options, config *tls.Config) (*Server, error) {
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		return nil, err
	}
	return serveOn(l, "https", opts, greetHTTP), nil
}

// MTProxy starts an MTProxy. It needs Options.Secret and Options.Lead.
func MTProxy(opts Options) (*Server, error) { return serve("mtproxy", opts, greetMTProxy) }

func serve(scheme string, opts Options, greet greeting) (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return serveOn(l, scheme, opts, greet), nil
}

// serveOn is for listeners that add something, such as TLS.
func serveOn(l net.Listener, scheme string, opts Options, greet greeting) *Server {
	if opts.Lead == nil {
		opts.Lead = func(asked string) string { return asked }
	}
	s := &Server{listener: l, scheme: scheme, opts: opts, greet: greet}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.wg.Go(s.accept)
	return s
}

// URL is the proxy with its password or secret, as proxy.Parse reads it.
func (s *Server) URL() string {
	u := url.URL{Scheme: s.scheme, Host: s.Addr()}
	switch {
	case s.scheme == "mtproxy":
		u.User = url.User(s.secret())
	case s.opts.User != "":
		u.User = url.UserPassword(s.opts.User, s.opts.Password)
	}
	return u.String()
}

// Addr is host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Asked is what clients asked for so far, in order.
func (s *Server) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// Opened are the local addresses of the connections that led somewhere, by which
// their servers know them. What a server knows before the call is in the list.
func (s *Server) Opened() []string {
	s.dials.Lock()
	defer s.dials.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.opened)
}

// Close ends all connections and waits for them.
func (s *Server) Close() error {
	s.cancel()
	err := s.listener.Close()
	s.wg.Wait()
	return err
}

func (s *Server) accept() {
	for {
		nc, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.wg.Go(func() { s.serve(nc) })
	}
}

// dial opens the connection to what a client asks for, and notes it.
func (s *Server) dial(asked string) (server net.Conn, err error) {
	s.dials.RLock()
	defer s.dials.RUnlock()
	err = errors.New("it leads nowhere")
	if addr := s.opts.Lead(asked); addr != "" {
		server, err = new(net.Dialer).DialContext(s.ctx, "tcp", addr)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, asked)
	if err == nil {
		s.opened = append(s.opened, server.LocalAddr().String())
	}
	return server, err
}

func (s *Server) serve(client net.Conn) {
	defer client.Close()
	defer context.AfterFunc(s.ctx, func() { _ = client.Close() })()
	asked, reply, start, err := s.greet(s, client)
	if err != nil {
		return
	}
	server, err := s.dial(asked)
	if err != nil {
		_, _ = reply(false)
		return
	}
	defer server.Close()
	defer context.AfterFunc(s.ctx, func() { _ = server.Close() })()
	inside, err := reply(true)
	if err != nil {
		return
	}
	outside, err := start(server)
	if err != nil {
		return
	}
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(writer{inside}, reader{outside})
		_ = client.Close()
	})
	_, _ = io.Copy(writer{outside}, reader{inside})
	_ = server.Close()
	back.Wait()
}

// reader and writer hide everything else from io.Copy.
type (
	reader struct{ io.Reader }
	writer struct{ io.Writer }
)

// plainly is a start that does nothing.
func plainly(server net.Conn) (io.ReadWriter, error) { return server, nil }
