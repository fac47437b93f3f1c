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
		if err := b.reserve(t.Context(), &s, maxPart); err != nil {
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
