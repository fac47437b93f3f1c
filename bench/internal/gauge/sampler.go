package gauge

import (
	"context"
	"time"

	"github.com/tgfetch/tgfetch/bench/internal/cpu"
	"github.com/tgfetch/tgfetch/bench/report"
)

const (
	// leastSlice is the least time over which a rate is looked at during the ramp.
	leastSlice = 100 * time.Millisecond
	// leastWindow is the least length of a window, or windowTrips round trips.
	leastWindow = 250 * time.Millisecond
	windowTrips = 3
	// steady is how little faster a slice must be than the one before for the ramp
	// to be over, rampSlices how many slices it takes at most.
	steady     = 1.15
	rampSlices = 15
	// look is how often it is looked whether the allowance has come.
	look = 5 * time.Millisecond
)

// sampler decides when the ramp is over and cuts what comes then into windows.
type sampler struct {
	total func() int64 // Bytes so far.
	ready func() bool  // All connections carry.
	// rtt of the way, and the bytes in flight.
	rtt      time.Duration
	inFlight int64
	// allowance is how many bytes may be read: half of it for the ramp.
	allowance int64
	windows   int
	began     time.Time // Of the whole measurement.
}

// run returns the windows. With the end of ctx it returns those that are whole.
func (s *sampler) run(ctx context.Context) []report.Window {
	if !s.ramp(ctx) {
		return nil
	}
	var out []report.Window
	length := max(windowTrips*s.rtt, leastWindow)
	for range s.windows {
		w, whole := s.window(ctx, length)
		if !whole {
			break
		}
		out = append(out, w)
		if s.total() >= s.allowance {
			break
		}
	}
	return out
}

// ramp waits until what comes does not grow any more.
func (s *sampler) ramp(ctx context.Context) bool {
	slice := max(s.rtt, leastSlice)
	var last int64
	before := s.total()
	for n := 0; n < rampSlices && s.total() < s.allowance/2; n++ {
		if !s.pass(ctx, slice, s.allowance/2) {
			return false
		}
		now := s.total()
		came := now - before
		before = now
		// What was asked for first must have come: its burst is not the rate.
		if s.ready() && now >= s.inFlight && n >= 2 && float64(came) <= steady*float64(last) {
			return true
		}
		last = came
	}
	return true
}

// window measures for length, or until its share of the allowance has come. One
// that the allowance cuts short of a round trip is not whole: its bytes may have
// come in a burst.
func (s *sampler) window(ctx context.Context, length time.Duration) (_ report.Window, whole bool) {
	start, before := time.Now(), s.total()
	meter := cpu.Start()
	share := s.allowance / int64(2*s.windows)
	if !s.pass(ctx, min(s.rtt, length), s.allowance) || !s.pass(ctx, length-min(s.rtt, length), before+share) {
		return report.Window{}, false
	}
	took := time.Since(start)
	own, all := meter.Shares()
	return report.Window{
		At: start.Sub(s.began).Seconds(), Seconds: took.Seconds(), Bytes: s.total() - before, CPU: own, Busy: all,
	}, took >= s.rtt
}

// pass waits for d, or until so many bytes have come in all. It returns false at
// the end of ctx.
func (s *sampler) pass(ctx context.Context, d time.Duration, until int64) bool {
	end := time.Now().Add(d)
	for s.total() < until {
		left := time.Until(end)
		if left <= 0 {
			break
		}
		t := time.NewTimer(min(left, look))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return false
		}
	}
	return ctx.Err() == nil
}
