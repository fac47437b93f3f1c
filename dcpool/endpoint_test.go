package dcpool

import (
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tgfetch/tgfetch/dcpool/internal/wire"
	"github.com/tgfetch/tgfetch/session"
)

func TestEndpointsFor(t *testing.T) {
	known := []session.DCOption{
		{ID: 4, IP: "10.0.0.1", Port: 443},
		{ID: 4, IP: "10.0.0.1", Port: 443, Static: true},
		{ID: 4, IP: "10.0.0.2", Port: 443, MediaOnly: true},
		{ID: 4, IP: "::1", Port: 443, IPv6: true},
		{ID: 5, IP: "10.0.0.5", Port: 443, TCPOOnly: true},
		{ID: 6, IP: "10.0.0.6", Port: 443, MediaOnly: true},
		{ID: 203, IP: "10.0.0.203", Port: 443, CDN: true},
	}
	bootstrap := []session.DCOption{
		{ID: 4, IP: "10.0.0.1", Port: 443},
		{ID: 4, IP: "10.9.0.1", Port: 80},
		{ID: 4, IP: "10.9.0.2", Port: 80, MediaOnly: true},
	}
	for i := range known {
		known[i].ThisPortOnly = true
	}
	for i := range bootstrap {
		bootstrap[i].ThisPortOnly = true
	}
	for _, test := range []struct {
		dc   int
		kind Kind
		ipv6 bool
		want []string
	}{
		{4, Main, false, []string{"10.0.0.1:443", "10.9.0.1:80"}},
		{4, Media, false, []string{"10.0.0.2:443", "10.0.0.1:443", "10.9.0.2:80", "10.9.0.1:80"}},
		{4, Main, true, []string{"[::1]:443"}},
		{4, CDN, false, nil},
		{5, Media, false, []string{"10.0.0.5:443"}},
		{6, Main, false, nil},
		{6, Media, false, []string{"10.0.0.6:443"}},
		{203, CDN, false, []string{"10.0.0.203:443"}},
		{203, Main, false, nil},
		{7, Main, false, nil},
	} {
		var got []string
		for _, ep := range endpointsFor(known, bootstrap, test.dc, test.kind, selection{ipv6: test.ipv6}) {
			got = append(got, ep.addr)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("DC %d %s ipv6=%v: %v, want %v", test.dc, test.kind, test.ipv6, got, test.want)
		}
	}
	if ep := endpointsFor(known, nil, 5, Main, selection{})[0]; !ep.obfuscatedOnly {
		t.Error("tcpo_only was lost")
	}
}

func TestHealthFallsBackOnlyWhereNothingEverWorked(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	fresh := health{transport: ObfuscatedPadded}
	once := fresh.failed(now, ObfuscatedPadded, true, true)
	if once.transport != ObfuscatedPadded || !once.until.After(now) {
		t.Fatalf("after a single reset: %+v", once)
	}
	if sibling := once.failed(now, ObfuscatedPadded, true, true); sibling != once {
		t.Errorf("a sibling's failure counted: %+v", sibling)
	}
	h := once
	for _, want := range []Transport{ObfuscatedIntermediate, Intermediate, Abridged} {
		if h = h.failed(once.until, h.transport, true, true); h.transport != want || h.failures != 1 {
			t.Fatalf("%+v, want %v at once", h, want)
		}
	}
	if h = h.failed(once.until, Abridged, true, true); h.transport != ObfuscatedPadded || !h.until.After(once.until) {
		t.Errorf("after all: %+v", h)
	}
	if stale := (health{transport: Intermediate}).failed(now, ObfuscatedPadded, true, true); stale.transport != Intermediate {
		t.Errorf("a failure of the old transport changed the new one: %+v", stale)
	}
	fresh.silences = 1
	proven := fresh
	proven.proven = true
	for name, h := range map[string]health{
		"not silent":  fresh.failed(now, ObfuscatedPadded, false, true),
		"not allowed": fresh.failed(now, ObfuscatedPadded, true, false),
		"proven":      proven.failed(now, ObfuscatedPadded, true, true),
	} {
		if h.transport != ObfuscatedPadded || h.failures != 1 {
			t.Errorf("%s: %+v", name, h)
		}
	}
	h = health{transport: Abridged, failures: 2, until: now}.worked(now, Abridged)
	if h != (health{transport: Abridged, proven: true, since: now}) {
		t.Errorf("after an answer: %+v", h)
	}
	if later := h.worked(now.Add(time.Hour), Abridged); later != h {
		t.Errorf("after another: %+v", later)
	}
	if h.stale(now.Add(fallBackFor-1)) || !h.stale(now.Add(fallBackFor)) {
		t.Error("the plain transport is not left after a day")
	}
	for range unprovenAfter {
		h = h.failed(h.until, Abridged, true, true)
	}
	if h.proven {
		t.Error("still proven after many failures")
	}
	if h = h.worked(now, ObfuscatedPadded); h != (health{transport: ObfuscatedPadded, proven: true}) || h.stale(now.Add(9*fallBackFor)) {
		t.Errorf("obfuscated after all: %+v", h)
	}
}

// What a network did to one connection does not decide about those of later runs.
func TestPlainTransportIsForADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := session.NewMemory()
		ep := []endpoint{{addr: "a"}}
		first := endpoints{store: store, health: make(map[string]health)}
		transport := func(e *endpoints) Transport {
			_, h, wait := e.choose(ep, time.Now())
			time.Sleep(wait)
			return h.transport
		}
		first.failed(ep[0], transport(&first), true)
		if got := transport(&first); got != ObfuscatedPadded {
			t.Fatalf("%v after one failure", got)
		}
		first.failed(ep[0], ObfuscatedPadded, true)
		if got := transport(&first); got != ObfuscatedIntermediate {
			t.Fatalf("%v after two failures", got)
		}
		first.failed(ep[0], ObfuscatedIntermediate, true)
		if got := transport(&first); got != Intermediate {
			t.Fatalf("%v after three failures", got)
		}
		if err := first.worked(ep[0], Intermediate); err != nil {
			t.Fatal(err)
		}
		next := func() Transport {
			t.Helper()
			state, err := store.State()
			if err != nil {
				t.Fatal(err)
			}
			var e endpoints
			e.load(&state)
			return transport(&e)
		}
		time.Sleep(23 * time.Hour)
		if got := next(); got != Intermediate {
			t.Errorf("the next run begins with %v", got)
		}
		time.Sleep(time.Hour)
		for _, got := range []Transport{next(), transport(&first)} {
			if got != ObfuscatedPadded {
				t.Errorf("%v after a day", got)
			}
		}
		if err := first.worked(ep[0], ObfuscatedPadded); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if got := next(); got != ObfuscatedPadded {
			t.Errorf("%v where the obfuscated one works", got)
		}
	})
}

func TestConfiguredTransport(t *testing.T) {
	for _, test := range []struct {
		configured Transport
		only       bool
		want       Transport
	}{
		{Full, false, Full},
		{Full, true, ObfuscatedPadded},
		{ObfuscatedIntermediate, true, ObfuscatedIntermediate},
		{ObfuscatedPadded, true, ObfuscatedPadded},
		{ObfuscatedPadded, false, ObfuscatedPadded},
		{0, true, ObfuscatedPadded},
	} {
		store := session.NewMemory()
		e := endpoints{store: store, transport: test.configured, health: make(map[string]health)}
		ep := endpoint{addr: "a", obfuscatedOnly: test.only}
		for range 2 {
			if _, h, _ := e.choose([]endpoint{ep}, time.Now()); h.transport != test.want {
				t.Errorf("%+v: %v", test, h.transport)
			}
			if err := e.worked(ep, test.want); err != nil {
				t.Fatal(err)
			}
		}
		for range fallBackAfter + 1 {
			_, h, _ := e.choose([]endpoint{ep}, time.Now())
			if h.transport != test.want {
				t.Errorf("%+v: %v after silence", test, h.transport)
			}
			e.failed(ep, h.transport, true)
		}
		if state, err := store.State(); err != nil || len(state.Endpoints) != 0 {
			t.Errorf("%+v: stored %v, error %v", test, state.Endpoints, err)
		}
	}
}

func TestChoosePrefersTheFirstThatIsReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := session.NewMemory()
		e := endpoints{store: store, health: make(map[string]health)}
		list := []endpoint{{addr: "a"}, {addr: "b"}}
		choose := func() (string, time.Duration) {
			ep, _, wait := e.choose(list, time.Now())
			return ep.addr, wait
		}
		if addr, wait := choose(); addr != "a" || wait != 0 {
			t.Errorf("at first: %s in %v", addr, wait)
		}
		e.setAside(list[0], time.Minute)
		if addr, wait := choose(); addr != "b" || wait != 0 {
			t.Errorf("the first set aside: %s in %v", addr, wait)
		}
		e.setAside(list[1], time.Hour)
		if addr, wait := choose(); addr != "a" || wait != time.Minute {
			t.Errorf("both set aside: %s in %v", addr, wait)
		}
		if err := e.worked(list[1], Abridged); err != nil {
			t.Fatal(err)
		}
		state, err := store.State()
		if err != nil || state.Endpoints["b"].Transport != Abridged.String() {
			t.Errorf("stored %+v, error %v", state.Endpoints, err)
		}
		var again endpoints
		again.load(&state)
		if _, h, _ := again.choose(list[1:], time.Now()); h.transport != Abridged || !h.proven {
			t.Errorf("remembered: %+v", h)
		}
	})
}

func TestWhatSpeaksAgainstAnAddress(t *testing.T) {
	for _, test := range []struct {
		cause error
		want  bool
	}{
		{wire.ErrClosed, false}, // By us.
		{&wire.TransportError{Code: wire.CodeKeyUnknown}, false},
		{&wire.TransportError{Code: wire.CodeFlood}, true},
		{wire.ErrStalled, true},
		{io.EOF, true},
	} {
		if got := blames(test.cause); got != test.want {
			t.Errorf("%v: %v", test.cause, got)
		}
	}
}
