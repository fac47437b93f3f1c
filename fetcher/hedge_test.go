package fetcher

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc"
)

// A connection that falls silent near the end does not hold up the file: its
// parts come over another one, long before the connection is given up.
func TestLatePartsComeAnotherWay(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	f := file(t, c, simVideo)
	windows := int(f.Size / (128 << 10))
	s.fault(simdc.Fault{Do: simdc.DoStall, Method: "upload.getFile", File: f.ID, EveryWindow: windows, Times: 1})
	dir := t.TempDir()
	start := time.Now()
	result, err := c.Fetch(t.Context(), f, Target{Dir: dir, Hash: true})
	if err != nil {
		t.Fatal(err)
	}
	checkContent(t, result.Path, f)
	if took := time.Since(start); took > 25*time.Second {
		t.Errorf("took %v: it waited for the silent connection", took)
	}
	stats := c.Stats()
	if stats.Hedges == 0 {
		t.Error("nothing was asked for twice")
	}
	var ranges []simdc.Range
	for _, conn := range s.Log().Conns() {
		ranges = append(ranges, conn.Ranges...)
	}
	if _, twice := simdc.Coverage(ranges); twice > max(maxPart, f.Size/hedgeShare)+maxPart {
		t.Errorf("%d bytes of %d were sent twice", twice, f.Size)
	}
}

func TestPaceBoundsHedges(t *testing.T) {
	var p pace
	if p.patience() != 0 {
		t.Error("patience without any experience")
	}
	p.took(10*time.Millisecond, 128<<10)
	if got := p.patience(); got != leastLate {
		t.Errorf("a fast path: %v, want %v", got, leastLate)
	}
	p = pace{}
	for range 50 {
		p.took(time.Second, 1<<20)
	}
	if got := p.patience(); got != late*time.Second {
		t.Errorf("patience %v, want %v", got, late*time.Second)
	}
	// 50 MiB brought: one may be asked for twice.
	if !p.mayHedge(1<<20) || p.mayHedge(1) {
		t.Error("the share of hedges is not 2 %")
	}
	if p.hedges() != 1 {
		t.Errorf("%d hedges counted, want 1", p.hedges())
	}
}

// A large file that takes all there is does not make a small one wait for more
// than what is on its way.
func TestBudgetIsFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(8, 8, 8)
		var large, small share
		var mu sync.Mutex
		var order []string
		ask := func(name string, s *share) {
			if err := b.reserve(t.Context(), s, 1); err != nil {
				t.Error(err)
			}
			mu.Lock()
			order = append(order, name)
			mu.Unlock()
			time.Sleep(time.Second) // Virtual.
			b.release(s, 1)
		}
		for i := range 32 {
			go func() { time.Sleep(time.Duration(i) * time.Millisecond); ask("large", &large) }()
		}
		time.Sleep(500 * time.Millisecond)
		for range 4 {
			go ask("small", &small)
		}
		time.Sleep(time.Minute)
		last := 0
		for i, name := range order {
			if name == "small" {
				last = i
			}
		}
		if len(order) != 36 || last > 15 {
			t.Errorf("the small file was served in turns up to %d of %v", last, order)
		}
	})
}

func TestBudgetFollowsTheConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(2, 1, 6)
		var s share
		for range 8 {
			go func() {
				if b.reserve(t.Context(), &s, 1) == nil {
					time.Sleep(time.Minute)
					b.release(&s, 1)
				}
			}()
		}
		for _, tt := range []struct{ ask, want int64 }{{0, 2}, {1, 2}, {4, 4}, {3, 4}, {100, 6}, {0, 6}} {
			b.resize(tt.ask)
			synctest.Wait()
			if got := b.inUse(); got != tt.want {
				t.Errorf("after asking for %d: %d in use, want %d", tt.ask, got, tt.want)
			}
		}
		time.Sleep(time.Hour)
	})
}
