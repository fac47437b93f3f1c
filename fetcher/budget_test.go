package fetcher

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/cache"
	"github.com/tgfetch/tgfetch/dcpool"
)

// stuckDC answers as emptyDC does after a round trip, but for one data center
// that never answers.
type stuckDC struct{ stuck int }

func (d stuckDC) Do(ctx context.Context, t dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	wait := time.NewTimer(100 * time.Millisecond) // Virtual.
	defer wait.Stop()
	answered := wait.C
	if t.DC == d.stuck {
		answered = nil
	}
	select {
	case <-answered:
		return emptyDC{}.Do(ctx, t, in, out)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// A data center that makes all wait, by floods or out of reach, takes what it
// can of the budget and no other data center's files with it.
func TestStuckDCHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Config{Doer: stuckDC{stuck: 4}, Cache: cache.None{}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fileOn := func(dc int, size int64) File {
			return File{Kind: Document, ID: int64(dc), DC: dc, Size: size, Location: &tg.InputDocumentFileLocation{}}
		}
		stop := errors.New("stop")
		stuck, cancel := context.WithCancelCause(t.Context())
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				_, err := c.Fetch(stuck, fileOn(4, 96<<20), Target{Writer: &discard{}, Verify: VerifyOff})
				if !errors.Is(err, stop) {
					t.Errorf("a file that cannot come: %v", err)
				}
			})
		}
		synctest.Wait()
		if got := c.Stats().InFlight; got != defaultInFlight {
			t.Errorf("the stuck data center has %d bytes in flight", got)
		}
		ctx, giveUp := context.WithTimeout(t.Context(), 12*time.Second)
		defer giveUp()
		result, err := c.Fetch(ctx, fileOn(5, 5<<20), Target{Writer: &discard{}, Verify: VerifyOff})
		if err != nil || result.Elapsed > time.Second {
			t.Errorf("a file of another data center: %v after %v", err, result.Elapsed)
		}
		cancel(stop)
		wg.Wait()
		if got := c.Stats().InFlight; got != 0 || len(c.budget.dcs) != 0 {
			t.Errorf("%d bytes in flight after all: %v", got, c.budget.dcs)
		}
	})
}

func TestBudgetMovesWithTheFile(t *testing.T) {
	b := newBudget(8*maxPart, maxPart, 8*maxPart)
	var s share
	for range 3 {
		if err := b.reserve(t.Context(), &s, maxPart, 1<<30); err != nil {
			t.Fatal(err)
		}
	}
	b.move(&s, 4)
	b.move(&s, 4)
	if b.dcs[4] != 3*maxPart || len(b.dcs) != 1 || b.inUse() != 3*maxPart {
		t.Errorf("%v of %d", b.dcs, b.inUse())
	}
	b.release(&s, 3*maxPart)
	if len(b.dcs) != 0 || b.inUse() != 0 {
		t.Errorf("%v of %d", b.dcs, b.inUse())
	}
}

// However many small files follow each other, a large one is given something at
// least every two seconds while they are.
func TestBudgetStarvesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const longest = 2 * time.Second
		b := newBudget(8, 8, 8)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		hold := func(s *share, left int64) (wait time.Duration) {
			asked := time.Now()
			if b.reserve(ctx, s, 1, left) != nil {
				return time.Since(asked)
			}
			wait = time.Since(asked)
			time.Sleep(300 * time.Millisecond)
			b.release(s, 1)
			return wait
		}
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() {
				for ctx.Err() == nil {
					hold(new(share), 1)
				}
			})
		}
		for range 2 {
			wg.Go(func() {
				var s share
				for ctx.Err() == nil {
					if wait := hold(&s, 1<<30); wait > longest {
						t.Errorf("a large file waited %v", wait)
					}
				}
			})
		}
		wg.Wait()
		if b.inUse() != 0 || b.near != 0 {
			t.Errorf("%d in use, %d of it near the end", b.inUse(), b.near)
		}
	})
}

// Of files near their end, the one that lacks least is served first; before them
// only who has waited too long, and after them the others in fair turns.
func TestBudgetServesTheShortestFirst(t *testing.T) {
	now := time.Now()
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	order := []claim{
		{share: &share{}, left: 1 << 30, since: ago(3 * time.Second)},
		{share: &share{served: ago(overtaken)}, left: 1, since: ago(time.Minute)},
		{share: &share{used: 9}, left: 1},
		{share: &share{}, left: ending - 1},
		{share: &share{}, left: ending},
		{share: &share{used: 1}, left: ending + 1},
		{share: &share{used: 2, served: ago(overtaken / 2)}, left: ending + 1, since: ago(time.Hour)},
		{share: &share{used: 3}, left: ending + 1},
	}
	for i := range order {
		if order[i].since.IsZero() {
			order[i].since = ago(time.Millisecond)
		}
	}
	for i := range order {
		for j := range order {
			if got := order[i].before(&order[j], now); got != (i < j) {
				t.Errorf("claim %d before claim %d: %v", i, j, got)
			}
		}
	}
}
