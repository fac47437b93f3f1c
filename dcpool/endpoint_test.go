package dcpool

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

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
		for _, ep := range endpointsFor(known, bootstrap, test.dc, test.kind, test.ipv6) {
			got = append(got, ep.addr)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("DC %d %s ipv6=%v: %v, want %v", test.dc, test.kind, test.ipv6, got, test.want)
		}
	}
	if ep := endpointsFor(known, nil, 5, Main, false)[0]; !ep.obfuscatedOnly {
		t.Error("tcpo_only was lost")
	}
}

func TestHealthFallsBackOnlyWhereNothingEverWorked(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	h := health{}
	for _, want := range []Transport{Intermediate, Abridged} {
		if h = h.failed(now, h.transport, true, true); h.transport != want || h.failures != 0 {
			t.Fatalf("%+v, want %v at once", h, want)
		}
	}
	if h = h.failed(now, Abridged, true, true); h.transport != ObfuscatedPadded || h.failures != 1 || !h.until.After(now) {
		t.Errorf("after all: %+v", h)
	}
	if sibling := h.failed(now, ObfuscatedPadded, true, true); sibling != h {
		t.Errorf("a sibling's failure counted: %+v", sibling)
	}
	if stale := (health{transport: Intermediate}).failed(now, ObfuscatedPadded, true, true); stale.transport != Intermediate {
		t.Errorf("a failure of the old transport changed the new one: %+v", stale)
	}
	for name, h := range map[string]health{
		"not silent":  (health{}).failed(now, 0, false, true),
		"not allowed": (health{}).failed(now, 0, true, false),
		"proven":      (health{proven: true}).failed(now, 0, true, true),
	} {
		if h.transport != ObfuscatedPadded || h.failures != 1 {
			t.Errorf("%s: %+v", name, h)
		}
	}
	h = health{transport: Abridged, failures: 2, until: now}.worked()
	if h != (health{transport: Abridged, proven: true}) {
		t.Errorf("after an answer: %+v", h)
	}
	for range unprovenAfter {
		h = h.failed(h.until, Abridged, true, true)
	}
	if h.proven {
		t.Error("still proven after many failures")
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
		if _, h, _ := again.choose(list[1:], time.Now()); h != (health{transport: Abridged, proven: true}) {
			t.Errorf("remembered: %+v", h)
		}
	})
}
