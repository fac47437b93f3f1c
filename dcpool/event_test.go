package dcpool

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/session"
)

// kinds counts events by type. It returns when their sequence ends.
func kinds(p *Pool, ctx context.Context) func() map[string]int {
	events := p.Events(ctx)
	result := make(chan map[string]int, 1)
	go func() {
		count := make(map[string]int)
		for at, e := range events {
			if at.IsZero() || e.String() == "" {
				count["without time or text"]++
			}
			count[fmt.Sprintf("%T", e)]++
		}
		result <- count
	}()
	return func() map[string]int { return <-result }
}

func TestEventsOfADownload(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(session.NewMemory(), nil)
	count := kinds(p, t.Context())
	s.logIn(p)
	doc := s.document(p, simVideo)
	media := Target{DC: simMediaDC, Kind: Media}
	for _, f := range []scenario.Fault{
		{Do: scenario.DoCut, Bytes: 100_000},
		{Do: scenario.DoError, Code: 420, Text: "FLOOD_WAIT_1"},
		{Do: scenario.DoForgetKey},
	} {
		f.DC, f.Method, f.Times = simMediaDC, "upload.getFile", 1
		s.fault(f)
		err := inParallel(5, func(i int) error {
			return s.wantFile(p, media, doc, simVideoFile, int64(i)*mib, mib)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := p.MoveHome(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	closePool(t, p)
	got := count()
	for _, kind := range []string{"NewKey", "KeyLost", "LoginImported", "HomeMoved", "ConnLost", "FloodBegan", "FloodEnded"} {
		if got["dcpool."+kind] == 0 {
			t.Errorf("no %s in %v", kind, got)
		}
	}
	if got["dcpool.KeyLost"] != 1 || got["dcpool.HomeMoved"] != 2 || got["dcpool.FloodBegan"] != got["dcpool.FloodEnded"] || got["without time or text"] > 0 {
		t.Errorf("%v", got)
	}
}

func TestEventsOfAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &network{after: map[string]time.Duration{first + ":443": 0, second + ":443": never}}
		p := poolOn(t, n, Limits{}, first, second)
		count := kinds(p, t.Context())
		if err := getSelf(t.Context(), p, Target{}); err == nil {
			t.Error("a server that says nothing has answered")
		}
		closePool(t, p)
		// After the second silence at an address another transport has its turn.
		if got := count(); got["dcpool.TransportChanged"] == 0 || got["dcpool.AddrResting"] < 2 {
			t.Errorf("%v", got)
		}
	})
}

// Who listens slowly loses the oldest events and is told so; nobody waits for it.
func TestSlowListener(t *testing.T) {
	p, err := New(Config{APIID: 1, APIHash: "x"})
	if err != nil {
		t.Fatal(err)
	}
	slow := p.Events(t.Context())
	for dc := range maxEvents + 10 {
		p.events.tell(LoginImported{DC: dc})
	}
	var got []Event
	for _, e := range slow {
		if got = append(got, e); len(got) == maxEvents+1 {
			break
		}
	}
	if got[0] != (EventsMissed{Count: 10}) || got[1] != (LoginImported{DC: 10}) || got[maxEvents] != (LoginImported{DC: maxEvents + 9}) {
		t.Errorf("%v, %v … %v", got[0], got[1], got[maxEvents])
	}
	if len(p.events.listeners) != 0 {
		t.Error("it still listens after the loop")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancelled, closed := kinds(p, ctx), kinds(p, t.Context())
	p.events.tell(LoginImported{DC: 1})
	cancel()
	cancelled()
	closePool(t, p)
	if got := closed(); got["dcpool.LoginImported"] != 1 {
		t.Errorf("what was told before Close: %v", got)
	}
	var none *events // As in values that belong to no Pool.
	none.tell(LoginImported{})
}
