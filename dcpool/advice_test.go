package dcpool

import (
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/dcpool/internal/flow"
	"github.com/tgfetch/tgfetch/session"
)

// What a measurement advised is begun with, and stays when the number of
// connections is learnt anew.
func TestAdvisedWindow(t *testing.T) {
	const window = 2 << 20
	s := startSim(t, nil)
	store := s.loggedIn()
	if err := store.UpdateState(func(state *session.State) error {
		state.DCs[simMediaDC] = session.DCAdvice{Connections: 2, Window: window}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	p := s.pool(store, nil)
	doc := s.document(p, simVideo)
	if err := s.wantFile(p, Target{DC: simMediaDC, Kind: Media}, doc, simVideoFile, 0, 4096); err != nil {
		t.Fatal(err)
	}
	g := p.known(simMediaDC, false).group(Media)
	if conns := g.stats(); len(conns) == 0 || conns[0].Window < window {
		t.Errorf("connections %+v, want a window of %d at the start", conns, window)
	}
	// A look at the group that finds two connections worth having.
	now := time.Now()
	for i := range 3 {
		g.mu.Lock()
		g.growth.Observe(now.Add(time.Duration(i)*10*time.Second), flow.State{Open: 2, Settled: true, Busy: true, Bytes: int64(i * mib)})
		g.mu.Unlock()
	}
	if err := p.saveAdvice(p.allDCs()); err != nil {
		t.Fatal(err)
	}
	state, err := store.State()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := state.DCs[simMediaDC], (session.DCAdvice{Connections: 2, Window: window}); got != want {
		t.Errorf("advice %+v, want %+v", got, want)
	}
}
