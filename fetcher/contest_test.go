package fetcher

import (
	"errors"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/cdn"
)

// contestants bring bytes to a contest at their rates, 100 KB at a time.
type contestants struct {
	cdn, home func(at time.Duration) float64 // Bytes per second.
	size      float64
}

// run is the number of trials, how long all took, and why the CDN was left, or nil if it was
// not.
func (c contestants) run() (trials int, took time.Duration, left error) {
	const piece = 100_000
	start := time.Unix(1_000_000, 0)
	var k contest
	var busy time.Duration
	for at, lacks := time.Duration(0), c.size; lacks > 0; {
		home := k.trying() || left != nil
		rate := c.cdn(at)
		if home {
			rate = c.home(at)
		}
		d := time.Duration(piece / rate * float64(time.Second))
		if at += d; !home {
			busy += d
		}
		took, lacks = at, lacks-piece
		if left == nil {
			left = k.came(start.Add(at), busy, home, piece, int64(lacks))
		}
	}
	return k.trials, took, left
}

func always(rate float64) func(time.Duration) float64 {
	return func(time.Duration) float64 { return rate }
}

func TestContest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		contestants
		left   bool
		trials int
	}{
		{"a CDN that is faster", contestants{always(5e6), always(1e6), 500e6}, false, 1},
		{"the same rate", contestants{always(1e6), always(1e6), 500e6}, false, 1},
		{"a little slower", contestants{always(0.9e6), always(1e6), 500e6}, false, 1},
		{"clearly slower", contestants{always(0.7e6), always(1e6), 500e6}, true, 1},
		{"far slower", contestants{always(50e3), always(10e6), 2e9}, true, 1},
		{"soon over", contestants{always(1e6), always(10e6), 19e6}, false, 0},
		{"becomes slow later", contestants{func(at time.Duration) float64 {
			if at < time.Minute {
				return 5e6
			}
			return 50e3
		}, always(5e6), 1e9}, true, 2},
		// It is fast while it is compared, and the data center is as slow then.
		{"slow whenever it counts", contestants{func(at time.Duration) float64 {
			return []float64{5e6, 1e6, 200e3, 40e3, 10e3}[min(int(at/(25*time.Second)), 4)]
		}, func(at time.Duration) float64 {
			return []float64{5e6, 1e6, 200e3, 40e3, 10e3}[min(int(at/(25*time.Second)), 4)]
		}, 800e6}, true, maxTrials},
		{"the data center answers nothing in time", contestants{always(50e3), always(5e3), 20e6}, false, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			trials, took, left := tt.run()
			if errors.Is(left, cdn.ErrSlow) != tt.left || trials != tt.trials {
				t.Errorf("left for %v after %d trials, want %v after %d (%v)", left, trials, tt.left, tt.trials, took)
			}
		})
	}
}
