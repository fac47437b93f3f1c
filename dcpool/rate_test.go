package dcpool

import (
	"context"
	"errors"
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
