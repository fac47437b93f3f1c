package dcpool

import (
	"context"
	"errors"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/bench/simdc/simtest"
	"github.com/tgfetch/tgfetch/session"
)

// liveHeap is what is reachable now, in bytes.
func liveHeap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A server says 10,000 times that a data center is where another one answers,
// or where nobody does.
func TestHostileOptions(t *testing.T) {
	for name, edit := range map[string]func(i int, o *tg.DCOption){
		"itself":              func(int, *tg.DCOption) {},
		"itself by many ids":  func(i int, o *tg.DCOption) { o.ID = 4 + i%3 },
		"itself as media":     func(_ int, o *tg.DCOption) { o.MediaOnly = true },
		"many closed ports":   func(i int, o *tg.DCOption) { o.Port = 1 + i%1000 },
		"addresses of nobody": func(_ int, o *tg.DCOption) { o.IPAddress = "not an address" },
		"ports out of range":  func(i int, o *tg.DCOption) { o.Port = -i },
		"huge secrets":        func(_ int, o *tg.DCOption) { o.SetSecret(make([]byte, 20)) },
	} {
		t.Run(name, func(t *testing.T) {
			now := int(time.Now().Unix())
			config := &tg.Config{ThisDC: 2, Date: now, Expires: now + 1<<30}
			network := startGotd(t, config, 2)
			server := network.DCs[0]
			for i := range 10_000 {
				option := tg.DCOption{ID: 4, IPAddress: server.IP, Port: server.Port}
				edit(i, &option)
				config.DCOptions = append(config.DCOptions, option)
			}
			store := session.NewMemory()
			var dials atomic.Int64
			s := &sim{t: t, network: network, apiID: 1, apiHash: "any"}
			p := s.pool(store, func(c *Config) {
				c.Limits.Attempts, c.Limits.ExchangeTimeout = 3, 2*time.Second
				c.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
					dials.Add(1)
					return new(net.Dialer).DialContext(ctx, network, addr)
				}
			})
			before, start := liveHeap(), time.Now()
			err := getSelf(t.Context(), p, Target{DC: 4, Kind: Media})
			_, unreachable := errors.AsType[*UnreachableError](err)
			_, unknown := errors.AsType[*UnknownDCError](err)
			if !unreachable && !unknown {
				t.Errorf("error %v, want an UnreachableError or an UnknownDCError", err)
			}
			if d := time.Since(start); d > time.Minute {
				t.Errorf("it took %v", d)
			}
			if n := dials.Load(); n > 20 {
				t.Errorf("%d dials", n)
			}
			if grown := liveHeap() - before; grown > 16<<20 {
				t.Errorf("the heap grew by %d MiB", grown>>20)
			}
			state, err := store.State()
			if err != nil || len(state.Options) > maxOptions || time.Until(state.OptionsExpire) > 25*time.Hour {
				t.Errorf("%d addresses stored until %v, error %v", len(state.Options), state.OptionsExpire, err)
			}
			if _, err := tg.NewClient(p.Invoker(Target{})).HelpGetNearestDC(t.Context()); err != nil {
				t.Errorf("home after that: %v", err)
			}
		})
	}
}

// A file that every data center says another one has is nowhere.
func TestFileMigrationIsTheCallers(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), nil)
	doc := s.document(p, simVideo)
	s.fault(scenario.Fault{Do: scenario.DoError, Method: "upload.getFile", Code: 303, Text: "FILE_MIGRATE_5"})
	for range 20 {
		err := p.Do(t.Context(), Target{DC: simMediaDC, Kind: Media}, part(doc, 0, 4096), new(tg.UploadFileBox))
		if err == nil {
			t.Fatal("the answer was taken for a file")
		}
	}
	if n := s.finalLog(p).DC(simMediaDC).Methods["upload.getFile"]; n != 20 {
		t.Errorf("%d requests for 20 calls", n)
	}
}

// The loss of one key costs that key: all others stay as they were.
func TestLostKeysCostNoOthers(t *testing.T) {
	s := startSim(t, nil)
	store := s.loggedIn()
	p := s.pool(store, nil)
	for _, dc := range []int{3, 4, 5} {
		if err := getSelf(t.Context(), p, Target{DC: dc}); err != nil {
			t.Fatal(err)
		}
	}
	before, err := store.Keys()
	if err != nil {
		t.Fatal(err)
	}
	wantSame := func(but int) {
		t.Helper()
		after, err := store.Keys()
		if err != nil || after.UserID != simUser || after.HomeDC != simHome {
			t.Fatalf("user %d, home DC %d, error %v", after.UserID, after.HomeDC, err)
		}
		for id, key := range before.DCs {
			if same := after.DCs[id].AuthKey == key.AuthKey; same == (id == but) {
				t.Errorf("DC %d: the key is the same: %v", id, same)
			}
			if !after.DCs[id].Imported && before.DCs[id].Imported {
				t.Errorf("DC %d: the login is gone", id)
			}
		}
		before = after
	}
	s.fault(scenario.Fault{Do: scenario.DoForgetKey, DC: 4, Method: "users.getUsers", Times: 1})
	if err := getSelf(t.Context(), p, Target{DC: 4}); err != nil {
		t.Error(err)
	}
	wantSame(4)
	s.fault(scenario.Fault{Do: scenario.DoForgetKey, DC: simHome, Method: "users.getUsers", Times: 1})
	if err := getSelf(t.Context(), p, Target{}); !errors.Is(err, ErrLoginNeeded) {
		t.Errorf("error %v, want ErrLoginNeeded", err)
	}
	wantSame(0)
}

// Closing connections whose key was lost says nothing about the address they led to, and
// while nobody knows yet whether it was lost few connections are opened to find out.
func TestLostKeyKeepsTheTransport(t *testing.T) {
	t.Run("known at once", func(t *testing.T) { lostKeyKeepsTheTransport(t, false) })
	t.Run("fresh keys", func(t *testing.T) { lostKeyKeepsTheTransport(t, true) })
}

func lostKeyKeepsTheTransport(t *testing.T, fresh bool) {
	s := startSim(t, func(sc *scenario.Scenario) {
		simtest.Pin(sc, scenario.FreshKeys, fresh)
	})
	store := s.loggedIn()
	p := s.pool(store, nil)
	doc := s.document(p, simVideo)
	s.fault(scenario.Fault{Do: scenario.DoForgetKey, DC: simMediaDC, Method: "upload.getFile", Times: 1})
	begun := time.Now()
	err := inParallel(40, func(i int) error {
		return s.wantFile(p, Target{DC: simMediaDC, Kind: Media}, doc, simVideoFile, int64(i)*mib, mib)
	})
	if err != nil {
		t.Error(err)
	}
	// The pauses of a doubt are shorter; an address that is set aside is so for a minute.
	if took := time.Since(begun); took > 55*time.Second {
		t.Errorf("it took %v: an address was waited for that was set aside", took)
	}
	opened := 0
	for _, c := range s.finalLog(p).Conns() {
		if c.Transport != "" && !strings.HasPrefix(c.Transport, "obfuscated") {
			t.Errorf("a connection to DC %d used the transport %q", c.DC, c.Transport)
		}
		if c.DC == simMediaDC {
			opened++
		}
	}
	// A round of connections for each refusal until the key is given up, and for the new key.
	if most := 8 * (askElsewhere + askYoung + 4); opened > most {
		t.Errorf("%d connections were opened, want at most %d", opened, most)
	}
	state, err := store.State()
	if err != nil {
		t.Fatal(err)
	}
	for addr, known := range state.Endpoints { // Of one that answered little, none is proven.
		if known.Transport != "" && known.Transport != ObfuscatedPadded.String() {
			t.Errorf("%s: transport %q is remembered", addr, known.Transport)
		}
	}
}

// Data centers that are only named take no memory.
func TestDCsThatAreOnlyNamed(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), nil)
	if err := getSelf(t.Context(), p, Target{}); err != nil {
		t.Fatal(err)
	}
	before := len(p.allDCs())
	for id := 1000; id < 1100; id++ {
		for _, kind := range []Kind{Main, Media, CDN} {
			target := Target{DC: id, Kind: kind}
			if n := p.PartSize(target); n <= 0 {
				t.Errorf("parts of %d bytes", n)
			}
			if err := getSelf(t.Context(), p, target); err == nil {
				t.Errorf("DC %d answered", id)
			}
		}
	}
	if n := len(p.allDCs()); n != before {
		t.Errorf("%d data centers are remembered, before %d", n, before)
	}
}
