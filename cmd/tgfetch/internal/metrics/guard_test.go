package metrics

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// ask sends a request as it is written and returns the status of the answer.
func ask(t *testing.T, s *Server, request string) int {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprint(c, request+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("%.100q: %v", request, err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

// A page whose name was made to lead here, or that sends requests blindly, gets nothing.
func TestWebPagesGetNothing(t *testing.T) {
	t.Parallel()
	s := start(t)
	for request, want := range map[string]int{
		"GET /metrics HTTP/1.1\r\nHost: evil.example":                             403,
		"GET /metrics HTTP/1.1\r\nHost: evil.example:9090":                        403,
		"GET /metrics HTTP/1.1\r\nHost: localhost.evil.example":                   403,
		"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1.evil.example":                   403,
		"GET /metrics HTTP/1.1\r\nHost:":                                          403,
		"GET http://evil.example/metrics HTTP/1.1\r\nHost: localhost":             403,
		"GET /metrics HTTP/1.0":                                                   403,
		"GET /debug/pprof/ HTTP/1.1\r\nHost: evil.example":                        403,
		"GET /metrics HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example": 403,
		"GET /metrics HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site":  403,
		"GET /metrics HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-site":   403,
		"GET /metrics HTTP/1.1\r\nHost: my-laptop:9090":                           200,
		"GET /metrics HTTP/1.1\r\nHost: tgfetch":                                  200,
		"GET /metrics HTTP/1.1\r\nHost: host.docker.internal:9090":                200,
		"GET /metrics HTTP/1.1\r\nHost: My-Laptop.local":                          200,
		"GET /metrics HTTP/1.1\r\nHost: nas.home.arpa.":                           200,
		"GET /metrics HTTP/1.1\r\nHost: a.localhost":                              200,
		"GET /metrics HTTP/1.1\r\nHost: local.evil.example":                       403,
		"GET /metrics HTTP/1.1\r\nHost: evillocal.example":                        403,
		"GET /metrics HTTP/1.1\r\nHost: evil.internal.example":                    403,
		"GET /metrics HTTP/1.1\r\nHost: home.arpa.evil.example:80":                403,
		"GET /metrics HTTP/1.1\r\nHost: .":                                        403,
		"GET /metrics HTTP/1.1\r\nHost: a:b:c":                                    403,
		"GET /metrics HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document":  200,
		"GET /metrics HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe":    403,
		"GET /metrics HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-site\r\nSec-Fetch-Mode: no-cors":                               403,
		"GET /metrics HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document": 403,
		"POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0":                                                                 405,
		"GET /metrics HTTP/1.1\r\nHost: localhost":                                                                                       200,
		"GET /metrics HTTP/1.1\r\nHost: LOCALHOST.:1":                                                                                    200,
		"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:9090":                                                                                  200,
		"GET /metrics HTTP/1.1\r\nHost: [::1]":                                                                                           200,
		"GET /metrics HTTP/1.1\r\nHost: 192.0.2.1:80":                                                                                    200,
		"GET /metrics HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: none":                                                               200,
		"GET /debug/pprof/trace?seconds=100000 HTTP/1.1\r\nHost: localhost":                                                              400,
		"GET /debug/pprof/profile?seconds=61 HTTP/1.1\r\nHost: localhost":                                                                400,
		"GET /debug/pprof/heap?seconds=NaN HTTP/1.1\r\nHost: localhost":                                                                  400,
		"GET /debug/pprof/trace?seconds=1&seconds=1e9 HTTP/1.1\r\nHost: localhost":                                                       400,
		"GET /debug/pprof/goroutine?debug=2 HTTP/1.1\r\nHost: localhost":                                                                 403,
		"GET /debug/pprof/goroutine?debug=3 HTTP/1.1\r\nHost: localhost":                                                                 403,
		"GET /debug/pprof/goroutine?debug=1&debug=2 HTTP/1.1\r\nHost: localhost":                                                         403,
		"GET /debug/pprof/goroutine?debug=1 HTTP/1.1\r\nHost: localhost":                                                                 200,
		"GET /debug/pprof/goroutine HTTP/1.1\r\nHost: localhost":                                                                         200,
		"GET /debug/pprof/cmdline HTTP/1.1\r\nHost: localhost":                                                                           404,
		"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("x", 1<<16):                                                   431,
	} {
		if got := ask(t, s, request); got != want {
			t.Errorf("%.100q: status %d, want %d", request, got, want)
		}
	}
}

func TestProfilesAreAskedFor(t *testing.T) {
	t.Parallel()
	s, err := Serve("0", false)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for path, want := range map[string]int{"/metrics": 200, "/debug/pprof/": 404, "/debug/pprof/heap": 404, "/debug/pprof/trace?seconds=1": 404} {
		if got := ask(t, s, "GET "+path+" HTTP/1.1\r\nHost: localhost"); got != want {
			t.Errorf("%s: status %d, want %d", path, got, want)
		}
	}
}

func TestExposed(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]bool{"0": false, "127.0.0.1:0": false, "localhost:0": false, "0.0.0.0:0": true} {
		s, err := Serve(addr, false)
		if err != nil {
			t.Fatal(err)
		}
		if s.Exposed() != want {
			t.Errorf("%s: exposed is %v", addr, !want)
		}
		if s.http.ReadTimeout <= 0 || s.http.WriteTimeout <= longestProfile || s.http.IdleTimeout <= 0 {
			t.Errorf("timeouts are missing: %+v", s.http)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestConnectionsAreBounded: whoever opens connections without end takes no more than maxConns
// descriptors of the process, and the next one is served when one of them ends.
func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	s := start(t)
	dial := func() (net.Conn, *bufio.Reader) {
		c, err := net.Dial("tcp", s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		return c, bufio.NewReader(c)
	}
	// served asks for a page that costs nothing, and keeps the connection.
	served := func(c net.Conn, in *bufio.Reader) error {
		if _, err := fmt.Fprint(c, "GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			return err
		}
		answer, err := http.ReadResponse(in, nil)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, answer.Body)
		return err
	}
	var held net.Conn
	var from *bufio.Reader
	for range maxConns {
		held, from = dial()
		if err := served(held, from); err != nil {
			t.Fatal(err)
		}
	}
	more, out := dial()
	done := make(chan error, 1)
	go func() { done <- served(more, out) }()
	for range 200 { // Time enough to answer one more, if anybody did.
		if err := served(held, from); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case err := <-done:
		t.Errorf("connection %d was served while %d others were open, error %v", maxConns+1, maxConns, err)
		return
	default:
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("a connection ended, and the one that waited was not served: %v", err)
	}
}
