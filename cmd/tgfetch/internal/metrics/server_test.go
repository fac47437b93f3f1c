package metrics

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tgfetch/tgfetch/dcpool"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type counted dcpool.Stats

func (c *counted) Stats() dcpool.Stats { return dcpool.Stats(*c) }

func get(t *testing.T, s *Server, path string) string {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get("http://" + s.Addr() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", path, res.Status, err)
	}
	return string(body)
}

func start(t *testing.T) *Server {
	t.Helper()
	s, err := Serve("0", true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestPoolsAreAddedUp(t *testing.T) {
	s := start(t)
	one := &counted{DCs: []dcpool.DCStats{
		{DC: 4, BytesIn: 100, Calls: 3, Floods: 1, Conns: []dcpool.ConnStats{{Kind: dcpool.Media, InFlight: 10, Window: 50}, {Kind: dcpool.Main}}},
		{DC: 203, CDN: true, Handshakes: 1},
	}, Waits: []dcpool.Wait{{DC: 4, Method: "file", Until: time.Now().Add(time.Hour)}}}
	other := &counted{DCs: []dcpool.DCStats{{DC: 4, BytesIn: 11, Conns: []dcpool.ConnStats{{Kind: dcpool.Media, InFlight: 1, Window: 5}}}}}
	s.Watch(one)
	stop := s.Watch(other)
	body := get(t, s, "/metrics")
	for _, want := range []string{
		`tgfetch_dc_received_bytes_total{dc="4"} 111`, `tgfetch_dc_calls_total{dc="4"} 3`, `tgfetch_dc_floods_total{dc="4"} 1`,
		`tgfetch_dc_handshakes_total{dc="cdn203"} 1`, `tgfetch_connections{dc="4",kind="media"} 2`, `tgfetch_connections{dc="4",kind="main"} 1`,
		`tgfetch_in_flight_bytes{dc="4",kind="media"} 11`, `tgfetch_window_bytes{dc="4",kind="media"} 55`,
		`tgfetch_flood_wait_seconds{dc="4",method="file"} 35`, "go_goroutines ",
	} {
		if !strings.Contains(body, "\n"+want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
	stop()
	other.DCs[0].BytesIn = 12
	body = get(t, s, "/metrics")
	for _, want := range []string{`tgfetch_dc_received_bytes_total{dc="4"} 111`, `tgfetch_connections{dc="4",kind="media"} 1`} {
		if !strings.Contains(body, "\n"+want) {
			t.Errorf("after a pool has ended: no %s in\n%s", want, body)
		}
	}
}

func TestProfiles(t *testing.T) {
	s := start(t)
	if body := get(t, s, "/debug/pprof/goroutine?debug=1"); !strings.Contains(body, "goroutine profile: total") {
		t.Errorf("%.200s", body)
	}
}

func TestLoopbackUnlessTold(t *testing.T) {
	for addr, want := range map[string]string{
		"9090": "127.0.0.1:9090", ":9090": "127.0.0.1:9090", "0.0.0.0:9090": "0.0.0.0:9090", "[::1]:1": "[::1]:1", "": "", "a:b:c": "", "localhost:": "",
	} {
		got, err := local(addr)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q: %q, %v, want %q", addr, got, err, want)
		}
	}
	s := start(t)
	host, _, err := net.SplitHostPort(s.Addr())
	if err != nil || !net.ParseIP(host).IsLoopback() {
		t.Errorf("it listens at %s", s.Addr())
	}
}

func TestAddressInUse(t *testing.T) {
	s := start(t)
	if again, err := Serve(s.Addr(), true); err == nil {
		again.Close()
		t.Error("two servers at one address")
	}
}
