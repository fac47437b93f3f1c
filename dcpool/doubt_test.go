package dcpool

import (
	"errors"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/bench/simdc/simtest"
	"github.com/tgfetch/tgfetch/session"
)

// knownAtOnce makes new keys known everywhere at once, whatever is turned round, for
// tests that count connections and keys or say which endpoint is used: a media endpoint
// that does not know a key is set aside.
func knownAtOnce(sc *scenario.Scenario) { simtest.Pin(sc, scenario.FreshKeys, false) }

// aged makes the keys in store old enough to be known everywhere.
func (s *sim) aged(store session.Store) {
	s.t.Helper()
	err := store.UpdateKeys(func(k *session.Keys) error {
		for id, dc := range k.DCs {
			dc.CreatedAt = time.Now().Add(-time.Hour)
			k.DCs[id] = dc
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *sim) keyOf(store session.Store, dc int) any {
	s.t.Helper()
	keys, err := store.Keys()
	if err != nil {
		s.t.Fatal(err)
	}
	return keys.DCs[dc].AuthKey
}

// A new key is unknown at another address of its data center for a while. Nobody takes
// it for lost.
func TestFreshKeysAreUnknownElsewhere(t *testing.T) {
	for name, pfs := range map[string]bool{"permanent": false, "temporary": true} {
		t.Run(name, func(t *testing.T) { freshKeysElsewhere(t, pfs) })
	}
}

func freshKeysElsewhere(t *testing.T, pfs bool) {
	s := startSim(t, func(sc *scenario.Scenario) {
		for i := range sc.DCs {
			sc.DCs[i].KeySpread = scenario.Duration(time.Hour)
		}
		sc.DCs[0].Addresses = []scenario.Address{{}, {}}
	})
	store := s.loggedIn()
	home := s.keyOf(store, simHome)

	born, refused := s.addrOf(simHome), false
	dials := noted{}
	dials.lead = func(addr string) (string, error) {
		if addr == born && !refused {
			refused = true
			return "", errRefused
		}
		return addr, nil
	}
	p := s.pool(store, func(c *Config) { c.Dial, c.PFS = dials.dial, pfs })
	doc := s.document(p, simVideo)
	err := inParallel(12, func(i int) error {
		return s.wantFile(p, Target{DC: simMediaDC, Kind: Media}, doc, simVideoFile, int64(i)*mib, mib)
	})
	if err != nil {
		t.Fatal(err)
	}
	log := s.finalLog(p)
	if s.keyOf(store, simHome) != home {
		t.Error("home has another key")
	}
	strangers := 0
	made := make(map[int]int)
	for _, c := range log.Conns() {
		for _, h := range c.Handshakes {
			if !h.Temporary {
				made[c.DC]++
			}
		}
		if c.Endpoint == "main2" || c.Endpoint == "media" {
			strangers++
		}
	}
	if made[simHome] != 0 || made[simMediaDC] != 1 {
		t.Errorf("permanent keys that were made, by DC: %v; want one for DC %d", made, simMediaDC)
	}
	if strangers < 2 {
		t.Errorf("%d connections to addresses that did not know the key: nothing was tested", strangers)
	}
}

// An address that refuses a key of media connections is set aside only if main ones have
// another: they would have to wait until it may be used again.
func TestMediaLeavesMainAnAddress(t *testing.T) {
	for _, tt := range []struct {
		name      string
		addresses []scenario.Address
		aside     bool // The address of main connections.
	}{
		{"one", []scenario.Address{{}, {Media: true}}, false},
		{"two", []scenario.Address{{}, {}, {Media: true}}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := startSim(t, func(sc *scenario.Scenario) {
				for i := range sc.DCs {
					if sc.DCs[i].ID == simMediaDC {
						sc.DCs[i].Addresses, sc.DCs[i].Media = tt.addresses, false
					}
				}
			})
			p := s.pool(s.loggedIn(), nil)
			if err := getSelf(t.Context(), p, Target{}); err != nil {
				t.Fatal(err)
			}
			d := p.dc(simMediaDC, false)
			main, media := p.dir.endpoints(simMediaDC, Main), p.dir.endpoints(simMediaDC, Media)
			if len(media) <= len(main) {
				t.Fatalf("addresses %v of media and %v of main connections: nothing is tested", media, main)
			}
			if got := d.setAside(main[0], Media, strangerFor); got != tt.aside {
				t.Errorf("the address of main connections was set aside: %v, want %v", got, tt.aside)
			}
			if !d.setAside(media[0], Media, strangerFor) {
				t.Error("the address of media connections was not set aside")
			}
			if _, _, wait := p.endpoints.choose(main, time.Now()); wait > 0 {
				t.Errorf("main connections have to wait for %v", wait)
			}
		})
	}
}

// An address that belongs to somebody else does not know the key, whatever its age.
func TestStrangersDoNotEndALogin(t *testing.T) {
	s := startSim(t, knownAtOnce)
	store := s.loggedIn()
	s.aged(store)
	home := s.keyOf(store, simHome)
	stranger := startSim(t, nil)
	var options []session.DCOption
	for _, from := range []*sim{stranger, stranger, s} {
		for _, o := range from.network.DCs {
			if o.ID == simHome {
				options = append(options, o)
			}
		}
	}
	if err := store.UpdateState(func(st *session.State) error { st.Options = options; return nil }); err != nil {
		t.Fatal(err)
	}
	p := s.pool(store, nil)
	if err := getSelf(t.Context(), p, Target{}); err != nil {
		t.Fatal(err)
	}
	if s.keyOf(store, simHome) != home {
		t.Error("home has another key")
	}
	closePool(t, p)
	if len(stranger.Log().Conns()) == 0 {
		t.Error("the stranger was not asked: nothing was tested")
	}
}

// A key that is lost everywhere is lost: home's after three refusals, another's after two.
func TestLostKeysAreBelievedAfterASecondLook(t *testing.T) {
	s := startSim(t, func(sc *scenario.Scenario) {
		knownAtOnce(sc)
		sc.DCs[0].Addresses = []scenario.Address{{}, {}, {}, {}}
	})
	store := s.loggedIn()
	p := s.pool(store, nil)
	if err := getSelf(t.Context(), p, Target{DC: 5}); err != nil {
		t.Fatal(err)
	}
	closePool(t, p)
	s.forgotten(store, simHome)
	s.forgotten(store, 5)
	s.aged(store)
	p = s.pool(store, nil)
	if err := getSelf(t.Context(), p, Target{}); !errors.Is(err, ErrLoginNeeded) {
		t.Errorf("error %v, want ErrLoginNeeded", err)
	}
	asked := make(map[string]bool)
	conns := 0
	for _, c := range s.Log().Conns() {
		if c.DC == simHome && c.Transport != "" {
			asked[c.Endpoint] = true
			conns++
		}
	}
	// A connection may be opened beside the one that is refused.
	if len(asked) != askElsewhereAtHome || conns > 2*askElsewhereAtHome {
		t.Errorf("%d connections to %d addresses of home, want %d addresses", conns, len(asked), askElsewhereAtHome)
	}
}

// A server that says it is another data center is not asked for ever, and not waited
// for in silence.
func TestWrongDCUnderAKey(t *testing.T) {
	for _, other := range []bool{false, true} {
		s := startSim(t, func(sc *scenario.Scenario) {
			if other {
				sc.DCs[0].Addresses = []scenario.Address{{}, {}}
			}
		})
		store := s.loggedIn()
		s.fault(scenario.Fault{Do: scenario.DoTransport, Code: -444, DC: simHome, Endpoint: "main"})
		p := s.pool(store, nil)
		start := time.Now()
		err := getSelf(t.Context(), p, Target{})
		wrong, ok := errors.AsType[*WrongDCError](err)
		if other && err != nil || !other && (!ok || wrong.Addr != s.addrOf(simHome)) {
			t.Errorf("another address %v: error %v", other, err)
		}
		if took := time.Since(start); took > 25*time.Second { // A silence is waited for longer.
			t.Errorf("it took %v", took)
		}
	}
}
