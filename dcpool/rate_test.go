package dcpool

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestThrottle(t *testing.T) {
	for _, test := range []struct {
		name   string
		limits Limits
		calls  int
		bytes  int
		want   time.Duration
	}{
		{"none", Limits{}, 1000, 1 << 20, 0},
		{"bytes", Limits{BytesPerSecond: 5 << 20}, 51, 1 << 20, 10 * time.Second}, // The first is the burst.
		{"small parts", Limits{BytesPerSecond: 1 << 20}, 24, 128 << 10, 2 * time.Second},
		{"requests", Limits{RequestsPerSecond: 10}, 101, 1 << 20, 10 * time.Second},
		{"both", Limits{BytesPerSecond: 1 << 20, RequestsPerSecond: 100}, 11, 1 << 20, 10 * time.Second},
		{"larger than the burst", Limits{BytesPerSecond: 1 << 20}, 1, 4 << 20, 3 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				throttle := newThrottle(test.limits)
				start := time.Now()
				for range test.calls {
					if err := throttle.wait(t.Context(), test.bytes); err != nil {
						t.Fatal(err)
					}
				}
				if took := time.Since(start); (took - test.want).Abs() > 20*time.Millisecond {
					t.Errorf("took %v, want %v", took, test.want)
				}
			})
		})
	}
}

func TestThrottleEndsWithItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		throttle := newThrottle(Limits{RequestsPerSecond: 0.001})
		if err := throttle.wait(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		stop := errors.New("stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(stop) })
		if err := throttle.wait(ctx, 0); !errors.Is(err, stop) {
			t.Errorf("error %v, want the cause", err)
		}
	})
}

// Bytes that were waited for and do not come are those of who waits next, at once.
func TestThrottleTakesBytesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		throttle := newThrottle(Limits{BytesPerSecond: 20_000})
		start := time.Now()
		var asked sync.WaitGroup
		for range 16 { // Each of them is answered with something small.
			asked.Go(func() {
				if err := throttle.wait(t.Context(), burst); err != nil {
					t.Error(err)
				}
				time.Sleep(50 * time.Millisecond)
				throttle.giveBack(burst)
			})
		}
		asked.Wait()
		if took := time.Since(start); took > time.Second {
			t.Errorf("16 calls without bytes waited for %v", took)
		}
		// What is given back is no more than a burst.
		throttle.giveBack(10 * burst)
		start = time.Now()
		for range 2 {
			if err := throttle.wait(t.Context(), burst); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took < 52*time.Second {
			t.Errorf("a second burst came after %v", took)
		}
	})
}
