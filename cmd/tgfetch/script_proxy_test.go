package main

import (
	"encoding/pem"
	"net"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/dcpool/cluster"
	"github.com/tgfetch/tgfetch/dcpool/proxy/proxytest"
)

// proxies holds the proxies of each script that started some.
var proxies sync.Map // *testscript.TestScript → []*proxytest.Server

// cmdProxy starts a proxy that leads to the script's simulator. Its URL, with a password or secret that
// contains hunter2 or its hexadecimal form, goes to $PROXY, and host and port to $PROXY_ADDR.
func cmdProxy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: proxy nowhere|socks5|http|https|mtproxy|mtproxy-dd|mtproxy-ee")
	}
	login := proxytest.Options{User: "me", Password: "hunter2"}
	relay := proxytest.Options{Secret: []byte("hunter2hunter2.."), Lead: func(dc string) string { return addrOfDC(ts, dc) }}
	var server *proxytest.Server
	var err error
	switch args[0] {
	case "socks5":
		server, err = proxytest.SOCKS5(login)
	case "nowhere":
		server, err = proxytest.SOCKS5(proxytest.Options{Lead: func(string) string { return "" }})
	case "http":
		server, err = proxytest.HTTP(login)
	case "https":
		server, err = startHTTPS(ts, login)
	case "mtproxy-ee":
		relay.Domain = "www.example.com"
		server, err = proxytest.MTProxy(relay)
	case "mtproxy-dd":
		relay.Padded = true
		server, err = proxytest.MTProxy(relay)
	case "mtproxy":
		server, err = proxytest.MTProxy(relay)
	default:
		ts.Fatalf("there is no proxy of kind %q", args[0])
	}
	ts.Check(err)
	before, _ := proxies.Load(ts)
	list, _ := before.([]*proxytest.Server)
	proxies.Store(ts, append(list, server))
	ts.Defer(func() { _ = server.Close() })
	ts.Setenv("PROXY", server.URL())
	ts.Setenv("PROXY_ADDR", server.Addr())
}

// startHTTPS starts an https proxy that commands of the script trust.
func startHTTPS(ts *testscript.TestScript, opts proxytest.Options) (*proxytest.Server, error) {
	certified := httptest.NewUnstartedServer(nil)
	certified.StartTLS()
	defer certified.Close()
	path := ts.MkAbs("roots.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certified.Certificate().Raw})
	ts.Check(os.WriteFile(path, certificate, 0o600))
	ts.Setenv("SSL_CERT_FILE", path)
	return proxytest.HTTPS(opts, certified.TLS)
}

// addrOfDC is the simulator's address of a data center, by its id as an MTProxy gets it.
func addrOfDC(ts *testscript.TestScript, id string) string {
	access, err := cluster.ReadFile(ts.MkAbs("cluster.json"))
	n, notNumber := strconv.Atoi(id)
	if err != nil || notNumber != nil {
		return ""
	}
	for _, o := range access.Network.DCs {
		if o.ID == max(n, -n) && o.MediaOnly == (n < 0) {
			return net.JoinHostPort(o.IP, strconv.Itoa(o.Port))
		}
	}
	return ""
}

// cmdAskedProxy checks that the last proxy was asked, and for nothing but addresses that match.
func cmdAskedProxy(ts *testscript.TestScript, neg bool, args []string) {
	servers, started := proxies.Load(ts)
	if neg || len(args) != 1 || !started {
		ts.Fatalf("usage: asked-proxy REGEXP, after proxy")
	}
	list := servers.([]*proxytest.Server)
	asked := list[len(list)-1].Asked()
	want, err := regexp.Compile("^(?:" + args[0] + ")$")
	ts.Check(err)
	if len(asked) == 0 || slices.ContainsFunc(asked, func(addr string) bool { return !want.MatchString(addr) }) {
		ts.Fatalf("the proxy was asked for %q", asked)
	}
}

// cmdProxied checks that all connections that the simulator saw came through the script's proxies, or
// with ! that some did not; then the simulator forgets them. What it sees late may have come through
// another proxy than the last.
func cmdProxied(ts *testscript.TestScript, neg bool, args []string) {
	cluster, ok := running.Load(ts)
	servers, started := proxies.Load(ts)
	if len(args) != 0 || !ok || !started {
		ts.Fatalf("usage: [!] proxied, after sim and proxy")
	}
	log := cluster.(*simdc.Cluster).Log()
	conns := log.Conns()
	direct := func() bool {
		var opened []string
		for _, server := range servers.([]*proxytest.Server) {
			opened = append(opened, server.Opened()...)
		}
		return slices.ContainsFunc(conns, func(c simdc.ConnLog) bool { return !slices.Contains(opened, c.Remote) })
	}
	if len(conns) == 0 || direct() != neg {
		ts.Fatalf("of %d connections some did not come through the proxy: %v, want %v", len(conns), direct(), neg)
	}
	log.Reset()
}
