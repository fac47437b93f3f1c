package dcpool

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/session"
)

// addrOf is the main address of a simulated DC.
func (s *sim) addrOf(dc int) string {
	s.t.Helper()
	for _, o := range s.network.DCs {
		if o.ID == dc && !o.MediaOnly {
			return net.JoinHostPort(o.IP, strconv.Itoa(o.Port))
		}
	}
	s.t.Fatalf("no DC %d", dc)
	return ""
}

func TestOverriddenAddress(t *testing.T) {
	s := startSim(t, nil)
	store := session.NewMemory()
	override := func(c *Config) {
		c.DC, c.DCAddr = 3, s.addrOf(3)
		c.Network.DCs = nil
	}
	for start := range 2 {
		p := s.pool(store, override)
		if _, err := tg.NewClient(p.Invoker(Target{})).HelpGetNearestDC(t.Context()); err != nil || p.Home() != 3 {
			t.Errorf("start %d: error %v, home DC %d", start, err, p.Home())
		}
		closePool(t, p)
	}
	keys, err := store.Keys()
	if err != nil || len(keys.DCs) != 1 || keys.DCs[3].AuthKey.Zero() {
		t.Errorf("%d keys, error %v", len(keys.DCs), err)
	}
	if n := s.Log().DC(3).Handshakes; n != 1 {
		t.Errorf("%d key exchanges in two starts, want 1", n)
	}
}

func TestOverriddenAddressOfAnotherDC(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(session.NewMemory(), func(c *Config) {
		c.DCAddr = s.addrOf(3) // While the client starts at DC 2.
		c.Limits.Attempts = 2
	})
	_, err := tg.NewClient(p.Invoker(Target{})).HelpGetNearestDC(t.Context())
	if unreachable, ok := errors.AsType[*UnreachableError](err); !ok || unreachable.DC != 2 {
		t.Errorf("error %v", err)
	}
}

func TestServerWithAForeignKey(t *testing.T) {
	s, other := startSim(t, nil), startGotd(t, nil, 9)
	s.network.Keys = other.Keys
	for name, edit := range map[string]func(*Config){
		"an address of the network": nil,
		"an address given":          func(c *Config) { c.DCAddr = s.addrOf(2) },
	} {
		err := getSelf(t.Context(), s.pool(session.NewMemory(), edit), Target{})
		unknown, ok := errors.AsType[*UnknownKeyError](err)
		if !ok || unknown.DC != 2 || unknown.Addr != s.addrOf(2) || len(unknown.Offered) == 0 {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestDamagedKeysStopEverything(t *testing.T) {
	s := startSim(t, nil)
	dir := t.TempDir()
	store, err := session.OpenDir(dir, session.DirOptions{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "keys")
	if err := os.WriteFile(path, []byte("tgfetch keys"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := s.pool(store, nil)
	if err := getSelf(t.Context(), p, Target{}); !errors.Is(err, session.ErrDamaged) {
		t.Errorf("error %v", err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "tgfetch keys" {
		t.Error("the file was changed")
	}
	if n := len(s.finalLog(p).Conns()); n != 0 {
		t.Errorf("%d connections without knowing the keys", n)
	}
}

func TestStoredOptionsThatMovedAreLeft(t *testing.T) {
	s := startSim(t, nil)
	store := session.NewMemory()
	// What an earlier start learnt is wrong now, as when servers moved.
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := gone.Addr().(*net.TCPAddr).Port
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	if err := store.UpdateState(func(state *session.State) error {
		state.Options = []session.DCOption{{ID: 2, IP: "127.0.0.1", Port: port}}
		state.OptionsExpire = time.Now().Add(time.Hour)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	p := s.pool(store, nil)
	s.logIn(p)
	if err := getSelf(t.Context(), p, Target{DC: 5}); err != nil {
		t.Error(err)
	}
}

func TestNobodyAnswers(t *testing.T) {
	refuse := func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no route") }
	p, err := New(Config{APIID: 1, APIHash: "x", Dial: refuse, Limits: Limits{Attempts: 2}})
	if err != nil {
		t.Fatal(err)
	}
	defer closePool(t, p)
	err = inParallel(20, func(int) error {
		err := getSelf(t.Context(), p, Target{})
		if unreachable, ok := errors.AsType[*UnreachableError](err); !ok || unreachable.DC != 2 {
			return errors.Join(errors.New("not an UnreachableError"), err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestConfigErrors(t *testing.T) {
	for name, cfg := range map[string]Config{
		"no API id":      {APIHash: "x"},
		"no API hash":    {APIID: 1},
		"negative DC":    {APIID: 1, APIHash: "x", DC: -1},
		"address":        {APIID: 1, APIHash: "x", DCAddr: "localhost"},
		"negative limit": {APIID: 1, APIHash: "x", Limits: Limits{Connections: -1}},
	} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Telegram's two networks have one key each, and no address in common. The fingerprints are those of
// TDLib's keys.
func TestNetworks(t *testing.T) {
	for _, tt := range []struct {
		network     Network
		test        bool
		fingerprint uint64
		dcs         int
	}{
		{ProdNetwork(), false, 0xd09d1d85de64fd85, 5},
		{TestNetwork(), true, 0xb25898df208d2603, 3},
	} {
		n := tt.network
		if n.Test != tt.test || len(n.Keys) != 1 || uint64(n.Keys[0].Fingerprint()) != tt.fingerprint {
			t.Errorf("test %v: %v, %d keys, the first %x", tt.test, n.Test, len(n.Keys), n.Keys[0].Fingerprint())
		}
		for id := 1; id <= tt.dcs; id++ {
			if len(endpointsFor(nil, n.DCs, id, Main, selection{})) == 0 {
				t.Errorf("test %v: no address of DC %d", tt.test, id)
			}
		}
	}
	for _, o := range TestNetwork().DCs {
		if slices.ContainsFunc(ProdNetwork().DCs, func(p session.DCOption) bool { return p.IP == o.IP }) {
			t.Errorf("%s is in both", o.IP)
		}
	}
}

func TestLogOutForgetsTheLogin(t *testing.T) {
	s := startSim(t, nil)
	store := session.NewMemory()
	p := s.pool(store, nil)
	s.logIn(p)
	if err := getSelf(t.Context(), p, Target{DC: 4}); err != nil {
		t.Fatal(err)
	}
	if err := store.UpdateState(func(state *session.State) error {
		state.Peers["@x"] = session.Peer{ID: 1}
		state.Documents["x"] = 4
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := p.LogOut(t.Context()); err != nil {
		t.Error(err)
	}
	forgotten(t, store)
	for _, target := range []Target{{}, {DC: 4}} {
		if err := getSelf(t.Context(), p, target); !errors.Is(err, ErrLoginNeeded) {
			t.Errorf("%+v after logging out: %v", target, err)
		}
	}
	s.logIn(p)
	if err := getSelf(t.Context(), p, Target{DC: 4}); err != nil {
		t.Errorf("after another login: %v", err)
	}
}

// forgotten checks that a store has no key, and nothing of an account.
func forgotten(t *testing.T, store session.Store) {
	t.Helper()
	keys, err := store.Keys()
	if err != nil || keys.UserID != 0 || keys.HomeDC != 0 || len(keys.DCs)+len(keys.CDN) > 0 {
		t.Errorf("kept: user %d, home %d, %d keys, error %v", keys.UserID, keys.HomeDC, len(keys.DCs)+len(keys.CDN), err)
	}
	if state, err := store.State(); err != nil || len(state.Peers)+len(state.Documents) > 0 || state.Queues != (session.Queues{}) {
		t.Errorf("kept of the account: %v, %v, %v", state.Peers, state.Documents, state.Queues)
	}
}

// A server that cannot be told of it changes nothing but what is said.
func TestLogOutThatTelegramIsNotToldOf(t *testing.T) {
	s := startSim(t, nil)
	store := s.loggedIn()
	p := s.pool(store, nil)
	if err := getSelf(t.Context(), p, Target{DC: 4}); err != nil {
		t.Fatal(err)
	}
	s.fault(scenario.Fault{Do: scenario.DoError, Method: "auth.logOut", Code: 500, Text: "INTERNAL"})
	err := p.LogOut(t.Context())
	if refused, ok := errors.AsType[*LogOutError](err); !ok || !tgerr.Is(refused.Err, "INTERNAL") {
		t.Errorf("error %v", err)
	}
	forgotten(t, store)
	if err := getSelf(t.Context(), p, Target{}); !errors.Is(err, ErrLoginNeeded) {
		t.Errorf("after logging out: %v", err)
	}
}

func TestIdleConnectionsClose(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), func(c *Config) { c.Limits.IdleTimeout = 50 * time.Millisecond })
	if err := getSelf(t.Context(), p, Target{}); err != nil {
		t.Fatal(err)
	}
	for _, c := range p.dc(simHome, false).group(Main).open() {
		select {
		case <-c.wire.Done():
		case <-time.After(5 * time.Second):
			t.Fatal("the connection stays open")
		}
	}
	if err := getSelf(t.Context(), p, Target{}); err != nil {
		t.Errorf("after an idle time: %v", err)
	}
}

func TestPingAndStats(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), nil)
	for _, target := range []Target{{}, {DC: 4}, {DC: 4, Kind: Media}, {DC: simCDN, Kind: CDN}} {
		if rtt, err := p.Ping(t.Context(), target); err != nil || rtt <= 0 || rtt > 5*time.Second {
			t.Errorf("%+v: %v, error %v", target, rtt, err)
		}
	}
	stats := p.Stats()
	if stats.Home != simHome || len(stats.DCs) < 3 {
		t.Fatalf("%+v", stats)
	}
	for _, dc := range stats.DCs {
		if dc.DC != simHome && dc.DC != 4 && dc.DC != simCDN {
			continue
		}
		if !dc.HasKey || dc.BytesIn == 0 || dc.BytesOut == 0 || dc.Calls == 0 || len(dc.Conns) == 0 || dc.RTT == 0 {
			t.Errorf("%+v", dc)
		}
	}
}

// A network without DC 2 is begun at the first data center that it lists.
func TestANetworkWithoutDC2(t *testing.T) {
	s := startSim(t, nil)
	var left []session.DCOption
	for _, id := range []int{simCDN, simMediaDC, 3} {
		for _, o := range s.network.DCs {
			if o.ID == id {
				left = append(left, o)
			}
		}
	}
	s.network.DCs = left
	p := s.pool(session.NewMemory(), nil)
	if err := p.Do(t.Context(), Target{}, &tg.HelpGetNearestDCRequest{}, new(tg.NearestDC)); err != nil {
		t.Fatal(err)
	}
	if p.Home() != simMediaDC {
		t.Errorf("it began at DC %d, want the first that is listed, %d", p.Home(), simMediaDC)
	}
}

// A method that a server does not have is not asked for again, whatever code says so.
func TestMissingMethodsAreAskedForOnce(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), nil)
	for _, fault := range []scenario.Fault{{Code: 500, Text: "NOT_IMPLEMENTED"}, {Code: 400, Text: "METHOD_INVALID"}, {Code: 501, Text: "UNKNOWN"}} {
		fault.Do, fault.Method, fault.Times = scenario.DoError, "help.getNearestDc", 1
		s.fault(fault)
		if err := p.Do(t.Context(), Target{}, &tg.HelpGetNearestDCRequest{}, new(tg.NearestDC)); !MethodMissing(err) {
			t.Errorf("%d %s: %v", fault.Code, fault.Text, err)
		}
	}
}
