package dcpool

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/dcpool/proxy"
	"github.com/tgfetch/tgfetch/dcpool/proxy/proxytest"
	"github.com/tgfetch/tgfetch/session"
)

const (
	secretHex = "00112233445566778899aabbccddeeff"
	domainHex = "7777772e6578616d706c652e636f6d" // www.example.com
)

// noted notes what a Pool dials and may lead it elsewhere.
type noted struct {
	mu    sync.Mutex
	addrs []string // Guarded by mu.
	lead  func(addr string) (string, error)
}

func (n *noted) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	n.mu.Lock()
	n.addrs = append(n.addrs, addr)
	n.mu.Unlock()
	if n.lead != nil {
		var err error
		if addr, err = n.lead(addr); err != nil {
			return nil, err
		}
	}
	return new(net.Dialer).DialContext(ctx, network, addr)
}

func (n *noted) list() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.addrs)
}

// A secret of an address is mixed into the obfuscation, with padding, and within fake
// TLS, as the secret says; an address with a secret that makes no sense is left alone.
func TestDirectConnectionsWithASecret(t *testing.T) {
	const nonsense = "192.0.2.1"
	for secret, transport := range map[string]string{
		secretHex:                    "obfuscated2+intermediate",
		"dd" + secretHex:             "obfuscated2+padded",
		"ee" + secretHex + domainHex: "obfuscated2+padded",
	} {
		t.Run(secret[:2], func(t *testing.T) {
			s := startSim(t, func(sc *scenario.Scenario) {
				for i := range sc.DCs {
					if !sc.DCs[i].CDN {
						sc.DCs[i].Media, sc.DCs[i].Addresses = false, []scenario.Address{{Secret: secret}, {Secret: secret, Media: true}}
					}
				}
			})
			s.SetOptions(func(list []tg.DCOption) []tg.DCOption {
				bad := tg.DCOption{ID: simMediaDC, IPAddress: nonsense, Port: 443}
				bad.SetSecret(make([]byte, 20))
				return append([]tg.DCOption{bad}, list...)
			})
			dials := new(noted)
			p := s.pool(session.NewMemory(), func(c *Config) { c.Dial = dials.dial })
			s.logIn(p)
			doc := s.document(p, simVideo)
			if err := s.wantFile(p, Target{DC: simMediaDC, Kind: Media}, doc, simVideoFile, 0, mib); err != nil {
				t.Fatal(err)
			}
			media := 0
			for _, c := range s.finalLog(p).Conns() {
				if c.Transport != "" && c.Transport != transport { // Else it was not used.
					t.Errorf("DC %d, %s: transport %q, want %q", c.DC, c.Endpoint, c.Transport, transport)
				}
				media += c.Methods["upload.getFile"]
			}
			if media == 0 {
				t.Error("nothing was read")
			}
			for _, addr := range dials.list() {
				if strings.HasPrefix(addr, nonsense) {
					t.Errorf("%s was dialled", addr)
				}
			}
		})
	}
}

// Where obfuscation is demanded nothing else is tried, also when connections break.
func TestObfuscatedOnlyAddresses(t *testing.T) {
	s := startSim(t, func(sc *scenario.Scenario) { sc.DCs[0].Addresses = []scenario.Address{{TCPOOnly: true}} })
	p := s.pool(session.NewMemory(), func(c *Config) { c.Transport = Intermediate })
	s.logIn(p)
	for _, c := range s.finalLog(p).Conns() {
		if want := "obfuscated2+padded"; c.DC == simHome && c.Transport != want {
			t.Errorf("transport %q, want %q", c.Transport, want)
		}
	}
}

// Fake TLS proves the time, and a computer's may be wrong: what a data center said
// before is told.
func TestFakeTLSTellsTheServersTime(t *testing.T) {
	s := startSim(t, func(sc *scenario.Scenario) {
		for i := range sc.DCs {
			sc.DCs[i].Clock = scenario.Offset(2 * time.Hour)
		}
		sc.DCs[0].Addresses = []scenario.Address{{}, {Secret: "ee" + secretHex + domainHex}}
	})
	plain := s.addrOf(simHome)
	store := s.loggedIn() // At the first address.
	var first noted
	first.lead = func(addr string) (string, error) {
		if addr == plain {
			return "", errRefused
		}
		return addr, nil
	}
	p := s.pool(store, func(c *Config) { c.Dial = first.dial })
	if err := getSelf(t.Context(), p, Target{}); err != nil {
		t.Errorf("with a clock that is known to be wrong: %v", err)
	}
	closePool(t, p)
	fresh := noted{lead: first.lead}
	p = s.pool(session.NewMemory(), func(c *Config) { c.DC, c.Dial, c.Limits.Attempts = simHome, fresh.dial, 2 })
	err := getSelf(t.Context(), p, Target{})
	if _, ok := errors.AsType[*UnreachableError](err); !ok {
		t.Errorf("with a clock that is wrong: %v, want an UnreachableError", err)
	}
}

// Behind a SOCKS or HTTP proxy only static addresses are asked for, if there are any.
func TestProxiesAreAskedForStaticAddresses(t *testing.T) {
	for _, static := range []bool{true, false} {
		s := startSim(t, func(sc *scenario.Scenario) {
			sc.DCs[simMediaDC-1].Media = false
			sc.DCs[simMediaDC-1].Addresses = []scenario.Address{{}, {Media: true}, {Static: static}}
		})
		server, err := proxytest.SOCKS5(proxytest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Close() })
		way, err := proxy.Parse(server.URL())
		if err != nil {
			t.Fatal(err)
		}
		p := s.pool(s.loggedIn(), func(c *Config) { c.Proxy = way })
		doc := s.document(p, simVideo)
		if err := s.wantFile(p, Target{DC: simMediaDC, Kind: Media}, doc, simVideoFile, 0, mib); err != nil {
			t.Fatal(err)
		}
		used := make(map[string]bool)
		for _, c := range s.finalLog(p).Conns() {
			if c.DC == simMediaDC {
				used[c.Endpoint] = true
			}
		}
		if static && (len(used) != 1 || !used["main2"]) || !static && !used["media"] {
			t.Errorf("static %v: connections to %v", static, used)
		}
	}
}

// Other ports are tried when the stated one failed, and only where nothing says that
// there are none.
func TestOtherPortsAreTried(t *testing.T) {
	for _, thisPortOnly := range []bool{false, true} {
		s := startSim(t, nil)
		const ip = "192.0.2.7"
		real := s.addrOf(simHome)
		s.network.DCs = []session.DCOption{{ID: simHome, IP: ip, Port: 9999, ThisPortOnly: thisPortOnly}}
		dials := &noted{lead: func(addr string) (string, error) {
			switch addr {
			case ip + ":9999", ip + ":443":
				return "", errRefused
			case ip + ":80":
				return real, nil
			}
			return "", errors.New("nobody was to dial " + addr)
		}}
		p := s.pool(session.NewMemory(), func(c *Config) { c.DC, c.Dial, c.Limits.Attempts = simHome, dials.dial, 2 })
		err := p.Do(t.Context(), Target{}, &tg.HelpGetNearestDCRequest{}, new(tg.NearestDC))
		if (err == nil) == thisPortOnly {
			t.Errorf("this_port_only %v: %v", thisPortOnly, err)
		}
		want := []string{ip + ":9999", ip + ":443", ip + ":80"}
		if thisPortOnly {
			want = slices.Repeat(want[:1], 2)
		}
		if got := dials.list(); !slices.Equal(got, want) {
			t.Errorf("this_port_only %v: dialled %v, want %v", thisPortOnly, got, want)
		}
	}
}

// A stated port that is merely slow is not joined by others at once; one that does
// not answer at all is.
func TestOtherPortsWaitForTheStatedOne(t *testing.T) {
	for _, c := range []struct {
		stated time.Duration
		wins   string
		took   time.Duration
	}{
		{2 * time.Second, first + ":443", 2 * time.Second},
		{never, first + ":80", otherPortsAfter},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := &network{after: map[string]time.Duration{first + ":443": c.stated, first + ":80": 0}}
			p := poolWith(t, n, Limits{}, session.DCOption{ID: 2, IP: first, Port: 443})
			defer p.Close()
			start := time.Now()
			l, begun, err := p.dc(2, false).race(t.Context(), p.dir.endpoints(2, Main), 1)
			if err != nil {
				t.Fatal(err)
			}
			if l.endpoint.addr != c.wins || begun != 1 || time.Since(start) != c.took {
				t.Errorf("%s after %v and %d dials, want %s after %v", l.endpoint.addr, time.Since(start), begun, c.wins, c.took)
			}
			_ = l.link.Close()
		})
	}
}
