package dcpool

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/bench/simdc/simtest"
	"github.com/tgfetch/tgfetch/session"
)

func withPFS(c *Config) { c.PFS = true }

// wantTemporaryKeys checks that nothing was asked under a permanent key but at the
// CDN, which has no other, and that each temporary key was made and bound once, one for
// each cluster of a data center.
func (s *sim) wantTemporaryKeys(log *simdc.Log) {
	s.t.Helper()
	permanent, asked, temporary, binds := make(map[int]int), make(map[string]bool), make(map[string]int), make(map[string]int)
	for _, c := range log.Conns() {
		cluster := fmt.Sprintf("DC %d, %s", c.DC, c.Endpoint)
		for _, h := range c.Handshakes {
			if h.Temporary {
				temporary[cluster]++
			} else {
				permanent[c.DC]++
			}
		}
		asked[cluster] = asked[cluster] || len(c.Methods) > 0
		if c.Permanent > 0 && c.DC != simCDN {
			s.t.Errorf("%s, connection %d: %d requests under a permanent key", cluster, c.Conn, c.Permanent)
		}
		binds[cluster] += c.Methods["auth.bindTempAuthKey"]
	}
	for cluster := range asked {
		want := 0
		if asked[cluster] && cluster != fmt.Sprintf("DC %d, main", simCDN) {
			want = 1
		}
		if temporary[cluster] != want || binds[cluster] != want {
			s.t.Errorf("%s: %d temporary keys, %d binds, want %d each", cluster, temporary[cluster], binds[cluster], want)
		}
	}
	for dc, n := range permanent {
		if n > 1 {
			s.t.Errorf("DC %d made %d permanent keys", dc, n)
		}
	}
}

func TestPFSIsForAllButCDNs(t *testing.T) {
	s := startSim(t, knownAtOnce)
	store := session.NewMemory()
	p := s.pool(store, withPFS)
	s.logIn(p)
	doc := s.document(p, simVideo)
	err := inParallel(12, func(i int) error {
		return s.wantFile(p, Target{DC: simMediaDC, Kind: Media}, doc, simVideoFile, int64(i)*mib, mib)
	})
	if err != nil {
		t.Fatal(err)
	}
	r := s.redirect(p)
	if err := s.readCDN(p, r); err != nil {
		t.Fatal(err)
	}
	closePool(t, p)
	s.wantTemporaryKeys(s.Log())
	before, err := store.Keys()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range s.Log().Conns() {
		for _, h := range c.Handshakes {
			for id, k := range before.DCs {
				if keyID := k.AuthKey.ID(); h.Temporary && h.Key == hex.EncodeToString(keyID[:]) {
					t.Errorf("the temporary key of DC %d is stored", id)
				}
			}
		}
	}
	s.Log().Reset()

	p = s.pool(store, withPFS)
	if err := s.wantFile(p, Target{DC: simMediaDC, Kind: Media}, doc, simVideoFile, 0, mib); err != nil {
		t.Fatal(err)
	}
	if err := getSelf(t.Context(), p, Target{}); err != nil {
		t.Fatal(err)
	}
	log := s.finalLog(p)
	s.wantTemporaryKeys(log)
	for _, dc := range log.DCs() {
		if dc.Handshakes > dc.Methods["auth.bindTempAuthKey"] || dc.Imports != 0 {
			t.Errorf("second start of DC %d: %d keys, %d binds, %d imports", dc.DC, dc.Handshakes, dc.Methods["auth.bindTempAuthKey"], dc.Imports)
		}
	}
}

// A temporary key that the server forgot, or never bound, costs a connection.
func TestLostTemporaryKeysAreReplaced(t *testing.T) {
	for name, fault := range map[string]scenario.Fault{
		"forgotten":    {Do: scenario.DoForgetKey},
		"unbound":      {Do: scenario.DoError, Code: 401, Text: "AUTH_KEY_PERM_EMPTY"},
		"refused once": {Do: scenario.DoError, Code: 400, Text: "ENCRYPTED_MESSAGE_INVALID", Method: "auth.bindTempAuthKey"},
	} {
		t.Run(name, func(t *testing.T) {
			s := startSim(t, nil)
			store := s.loggedIn()
			p := s.pool(store, withPFS)
			before, err := store.Keys()
			if err != nil {
				t.Fatal(err)
			}
			if fault.Method == "" {
				fault.Method = "users.getUsers"
			}
			fault.DC, fault.Times = simHome, 1
			s.fault(fault)
			for range 2 {
				if err := getSelf(t.Context(), p, Target{}); err != nil {
					t.Fatal(err)
				}
			}
			after, err := store.Keys()
			if err != nil || after.DCs[simHome].AuthKey != before.DCs[simHome].AuthKey {
				t.Errorf("the permanent key was replaced, error %v", err)
			}
			if n := s.finalLog(p).DC(simHome).Methods["auth.bindTempAuthKey"]; n != 2 {
				t.Errorf("%d binds, want 2", n)
			}
		})
	}
}

// forgotten makes the server forget the permanent key of dc that is in store.
func (s *sim) forgotten(store session.Store, dc int) {
	s.t.Helper()
	keys, err := store.Keys()
	if err != nil {
		s.t.Fatal(err)
	}
	other := session.NewMemory()
	if err := other.UpdateKeys(func(k *session.Keys) error { *k = keys; return nil }); err != nil {
		s.t.Fatal(err)
	}
	s.aged(other)
	p := s.pool(other, nil)
	s.fault(scenario.Fault{Do: scenario.DoForgetKey, DC: dc, Method: "users.getUsers", Times: 1})
	err = getSelf(s.t.Context(), p, Target{DC: dc})
	if err != nil && !errors.Is(err, ErrLoginNeeded) && !tgerr.IsCode(err, 303) {
		s.t.Fatal(err)
	}
	closePool(s.t, p)
	s.Log().Reset()
}

func TestLostPermanentKeyUnderPFS(t *testing.T) {
	s := startSim(t, knownAtOnce)
	store := s.loggedIn()
	p := s.pool(store, nil)
	doc := s.document(p, simVideo)
	media := Target{DC: simMediaDC, Kind: Media}
	if err := s.wantFile(p, media, doc, simVideoFile, 0, mib); err != nil {
		t.Fatal(err)
	}
	closePool(t, p)
	s.aged(store)

	s.forgotten(store, simMediaDC)
	p = s.pool(store, withPFS)
	if err := s.wantFile(p, media, doc, simVideoFile, 0, mib); err != nil {
		t.Errorf("foreign: %v", err)
	}
	if dc := s.Log().DC(simMediaDC); dc.Imports != 1 {
		t.Errorf("%d imports after the key was lost, want 1", dc.Imports)
	}
	closePool(t, p)
	s.aged(store)

	s.forgotten(store, simHome)
	p = s.pool(store, withPFS)
	if err := getSelf(t.Context(), p, Target{}); !errors.Is(err, ErrLoginNeeded) {
		t.Errorf("home: %v, want ErrLoginNeeded", err)
	}
	s.logIn(p) // Somebody asks for it.
	if err := getSelf(t.Context(), p, Target{}); err != nil {
		t.Errorf("after a new login: %v", err)
	}
	made := 0
	for _, c := range s.finalLog(p).Conns() {
		for _, h := range c.Handshakes {
			if !h.Temporary {
				made++
			}
		}
	}
	if made != 1 {
		t.Errorf("%d permanent keys were made at home, want 1", made)
	}
}

func TestOldTemporaryKeyTakesNoMoreCalls(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), withPFS)
	var used []ConnID
	target := Target{OnConn: func(id ConnID) { used = append(used, id) }}
	for range 2 {
		if err := getSelf(t.Context(), p, target); err != nil {
			t.Fatal(err)
		}
	}
	g := p.dc(simHome, false).group(Main)
	g.mu.Lock()
	for _, c := range g.conns {
		if left := time.Until(c.expires); left < tempLife-2*tempMargin || left > tempLife-tempMargin {
			t.Errorf("a new connection is good for %v", left)
		}
		c.expires = time.Now()
	}
	g.mu.Unlock()
	if err := getSelf(t.Context(), p, target); err != nil {
		t.Fatal(err)
	}
	if len(used) != 3 || used[0] != used[1] || used[1] == used[2] {
		t.Errorf("connections %v", used)
	}
}

func TestServerWithoutPFS(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), withPFS)
	s.fault(scenario.Fault{Do: scenario.DoError, Code: 400, Text: "METHOD_INVALID", Method: "auth.bindTempAuthKey"})
	err := getSelf(t.Context(), p, Target{})
	if err == nil || !strings.Contains(err.Error(), "cannot be used with PFS") || !tgerr.Is(err, "METHOD_INVALID") {
		t.Errorf("error %v", err)
	}
	if n := s.finalLog(p).DC(simHome).Methods["auth.bindTempAuthKey"]; n != 1 {
		t.Errorf("%d binds, want 1", n)
	}
}

func TestPFSWhereTheAddressIsGiven(t *testing.T) {
	s := startSim(t, nil)
	store := session.NewMemory()
	for range 2 { // The second has a key.
		p := s.pool(store, func(c *Config) { c.PFS, c.DC, c.DCAddr = true, simMediaDC, s.addrOf(simMediaDC) })
		if _, err := p.Options(t.Context()); err != nil {
			t.Fatal(err)
		}
		closePool(t, p)
	}
	s.wantTemporaryKeys(s.Log())
}

// A server may keep one temporary key for each permanent one, or many. Both media and
// main connections go on under either, and the keys that are made stay few.
func TestBindsThatDropEarlierKeys(t *testing.T) {
	for _, turned := range []bool{false, true} {
		s := startSim(t, func(sc *scenario.Scenario) {
			knownAtOnce(sc)
			simtest.Pin(sc, scenario.ManyTempKeys, turned)
		})
		p := s.pool(s.loggedIn(), withPFS)
		doc := s.document(p, simVideo)
		for round := range int64(4) {
			err := inParallel(6, func(i int) error {
				return s.wantFile(p, Target{DC: simMediaDC, Kind: Media}, doc, simVideoFile, (6*round+int64(i))*mib, mib)
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := getSelf(t.Context(), p, Target{DC: simMediaDC}); err != nil {
				t.Fatal(err)
			}
		}
		binds := s.finalLog(p).DC(simMediaDC).Methods["auth.bindTempAuthKey"]
		if binds < 2 || turned && binds < 3 || binds > 6 {
			t.Errorf("turned %v: %d temporary keys were bound", turned, binds)
		}
	}
}

// A young temporary key that another address does not know is kept.
func TestFreshTemporaryKeysAreUnknownElsewhere(t *testing.T) {
	s := startSim(t, func(sc *scenario.Scenario) {
		knownAtOnce(sc)
		sc.DCs[0].Addresses = []scenario.Address{{}, {}}
	})
	store := s.loggedIn()
	s.aged(store)
	born := s.addrOf(simHome)
	var down atomic.Bool
	dials := &noted{lead: func(addr string) (string, error) {
		if addr == born && down.Load() {
			return "", errRefused
		}
		return addr, nil
	}}
	p := s.pool(store, func(c *Config) { withPFS(c); c.Dial = dials.dial })
	if err := getSelf(t.Context(), p, Target{}); err != nil {
		t.Fatal(err)
	}
	d := p.dc(simHome, false)
	key := d.tempOf(0, d.credentials().key.ID).key.ID
	if pause := d.loseTemp(key, endpoint{addr: "elsewhere:1"}, Main); pause != 0 || d.tempOf(0, d.credentials().key.ID).key.ID != key {
		t.Errorf("the key was dropped, or waited for %v although another address is free", pause)
	}
	if d.loseTemp(key, endpoint{addr: born}, Main); !d.tempOf(0, d.credentials().key.ID).key.Zero() {
		t.Error("a key that is unknown where it was made was kept")
	}
	down.Store(true)
	if err := getSelf(t.Context(), p, Target{}); err != nil {
		t.Error(err)
	}
}
