package gauge

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// flow is a total that grows at a rate after a while, with one that grows twice as
// slowly before.
type flow struct {
	start time.Time
	ramp  time.Duration
	rate  float64
}

func (f flow) total() int64 {
	d := time.Since(f.start)
	early, late := min(d, f.ramp), max(d-f.ramp, 0)
	return int64(f.rate*(early.Seconds()/8) + f.rate*late.Seconds())
}

func sampling(f flow, allowance int64, rtt time.Duration) *sampler {
	return &sampler{
		total: f.total, ready: func() bool { return true }, rtt: rtt, inFlight: 1 << 20,
		allowance: allowance, windows: 3, began: f.start,
	}
}

func TestSamplerMeasuresPastTheRamp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := flow{start: time.Now(), ramp: 300 * time.Millisecond, rate: 10e6}
		windows := sampling(f, 1<<30, 100*time.Millisecond).run(t.Context())
		if len(windows) != 3 {
			t.Fatalf("%d windows", len(windows))
		}
		for i, w := range windows {
			if w.At < f.ramp.Seconds() || w.Rate() < 9.9e6 || w.Rate() > 10.1e6 || w.Seconds < 0.299 {
				t.Errorf("window %d at %v s, %v s long: %.0f B/s", i, w.At, w.Seconds, w.Rate())
			}
			if i > 0 && w.At < windows[i-1].At+windows[i-1].Seconds-0.001 {
				t.Errorf("window %d overlaps the one before", i)
			}
		}
	})
}

// Neither the ramp nor the windows read much more than is allowed.
func TestSamplerKeepsToItsAllowance(t *testing.T) {
	for _, allowance := range []int64{1 << 20, 8 << 20, 64 << 20} {
		synctest.Test(t, func(t *testing.T) {
			f := flow{start: time.Now(), rate: 100e6}
			windows := sampling(f, allowance, time.Millisecond).run(t.Context())
			// A look at 100 MB/s is half a megabyte.
			if over := f.total() - allowance; over > 1<<20 {
				t.Errorf("%d bytes more than %d", over, allowance)
			}
			if len(windows) == 0 {
				t.Error("nothing was measured")
			}
		})
	}
}

// A window shorter than a round trip says nothing about the rate.
func TestSamplerDropsWindowsThatAreTooShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := flow{start: time.Now(), rate: 100e6}
		if windows := sampling(f, 10<<20, time.Second).run(t.Context()); len(windows) != 0 {
			t.Errorf("%+v", windows)
		}
	})
}

func TestSamplerEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 900*time.Millisecond)
		defer cancel()
		f := flow{start: time.Now(), rate: 1e6}
		start := time.Now()
		windows := sampling(f, 1<<30, 10*time.Millisecond).run(ctx)
		if took := time.Since(start); took != 900*time.Millisecond || len(windows) >= 3 {
			t.Errorf("%d windows after %v", len(windows), took)
		}
	})
}
