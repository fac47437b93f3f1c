// Package metrics lets a long run be watched: an HTTP server with what the pools
// of connections count, in the form of Prometheus, at /metrics, and, if asked for, the
// profiles of net/http/pprof at /debug/pprof/.
//
// Profiles show what the process does and may hold what it works on, so an address
// without a host is one of this machine alone. A page in a browser of this machine gets
// nothing either, see guard.go.
package metrics

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/net/netutil"
)

// Server serves until it is closed.
type Server struct {
	// Immutable.
	listener net.Listener
	http     *http.Server
	pools    *pools
	host     string // that was asked for; empty if none was
	profiles bool
	done     chan error
}

// Serve listens at addr and serves. An addr without a host, such as ":9090" or
// "9090", is one of the loopback interface; port 0 takes any that is free. Profiles are
// served, too, if they are wanted.
//
// Errors: for an addr that is none, and those of net.Listen.
func Serve(addr string, profiles bool) (*Server, error) {
	addr, err := local(addr)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	s := &Server{listener: l, pools: &pools{}, host: host, profiles: profiles, done: make(chan error, 1)}
	s.http = &http.Server{
		Handler:           s.guard(s.handler()),
		ReadHeaderTimeout: reading,
		ReadTimeout:       reading,
		WriteTimeout:      longestProfile + 2*reading,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    maxHeader,
	}
	go func() { s.done <- s.http.Serve(netutil.LimitListener(l, maxConns)) }()
	return s, nil
}

// local gives addr a host if it has none.
func local(addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		host, port, err = net.SplitHostPort(":" + addr)
	}
	if err != nil || port == "" {
		return "", fmt.Errorf("%q: give a port, such as 9090, or HOST:PORT", addr)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), nil
}

// handler is everything that is served.
func (s *Server) handler() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(s.pools, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	if !s.profiles {
		return mux
	}
	// All of net/http/pprof but the command line, which may hold a password.
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

// Exposed reports whether others than this machine may reach it.
func (s *Server) Exposed() bool {
	addr, ok := s.listener.Addr().(*net.TCPAddr)
	return !ok || !addr.IP.IsLoopback()
}

// Addr is where it listens, as host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Watch serves what p counts, until stop is called; what it had counted then stays.
// It may be called for several pools; their figures are added up.
func (s *Server) Watch(p Pool) (stop func()) { return s.pools.add(p) }

// closing is how long requests under way may take at the end.
const closing = time.Second

// Close ends it: requests under way are given a second.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	if err := s.http.Shutdown(ctx); err != nil {
		_ = s.http.Close() // Those that take longer, such as a CPU profile.
	}
	if err := <-s.done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
