package fetcher

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gotd/td/tg"
)

func TestInvokeOnAnyDC(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	for _, dc := range []int{0, 1, 3, simMediaDC} {
		var config tg.Config
		if err := c.Invoke(t.Context(), dc, &tg.HelpGetConfigRequest{}, &config); err != nil {
			t.Fatal(err)
		}
		want := dc
		if dc == 0 {
			want = 1
		}
		if config.ThisDC != want {
			t.Errorf("DC %d answered in place of %d", config.ThisDC, want)
		}
	}
}

func TestStrangersNeedALogin(t *testing.T) {
	s := startSim(t, nil)
	c := s.stranger(nil)
	for _, err := range c.Resolve(t.Context(), simLink(t, simSmall)) {
		if !errors.Is(err, ErrLoginNeeded) {
			t.Errorf("got %v", err)
		}
	}
}

func TestClosedClient(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	f := file(t, c, simMedium)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()}); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(10, 10, 10)
		var most, now atomic.Int64
		for range 20 {
			go func() {
				s := new(share)
				if err := b.reserve(t.Context(), s, 3, 1<<30); err != nil {
					t.Error(err)
				}
				most.Store(max(most.Load(), now.Add(3)))
				time.Sleep(time.Second) // Virtual.
				now.Add(-3)
				b.release(s, 3)
			}()
		}
		start := time.Now()
		synctest.Wait()
		if b.inUse() != 9 {
			t.Errorf("%d in use", b.inUse())
		}
		stop := errors.New("stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(stop)
		if err := b.reserve(ctx, new(share), 3, 1<<30); !errors.Is(err, stop) {
			t.Errorf("a reservation without a caller: %v", err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if most.Load() > 10 || b.inUse() != 0 {
			t.Errorf("at most %d, %d left after %v", most.Load(), b.inUse(), time.Since(start))
		}
	})
}

func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var turns turns
		var called, waited atomic.Int64
		slow := func() error { time.Sleep(time.Second); return nil }
		for range 10 {
			go func() {
				switch did, err := turns.once(t.Context(), 1, slow); {
				case err != nil:
					t.Error(err)
				case did:
					called.Add(1)
				default:
					waited.Add(1)
				}
			}()
		}
		synctest.Wait()
		stop := errors.New("stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(stop)
		if did, err := turns.once(ctx, 1, slow); did || !errors.Is(err, stop) {
			t.Errorf("a waiter that gives up: %v, %v", did, err)
		}
		if did, err := turns.once(t.Context(), 2, func() error { return stop }); !did || !errors.Is(err, stop) {
			t.Errorf("another key: %v, %v", did, err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if called.Load() != 1 || waited.Load() != 9 {
			t.Errorf("%d called, %d waited", called.Load(), waited.Load())
		}
	})
}
