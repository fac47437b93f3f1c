package dcpool

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// throttle keeps the calls of a Pool below the rates that its user set. The zero
// value does not.
type throttle struct {
	// Immutable; nil is without a bound.
	bytes    *bucket
	requests *rate.Limiter
}

// burst is how many bytes may be asked for at once under a byte rate: the largest
// part there is.
const burst = 1 << 20

func newThrottle(l Limits) throttle {
	var t throttle
	if l.BytesPerSecond > 0 {
		t.bytes = newBucket(float64(l.BytesPerSecond))
	}
	if l.RequestsPerSecond > 0 {
		t.requests = rate.NewLimiter(rate.Limit(l.RequestsPerSecond), 1)
	}
	return t
}

// wait pauses a call whose answer is expected to have n bytes. The error is the
// cause of ctx.
func (t throttle) wait(ctx context.Context, n int) error {
	if t.requests != nil && t.requests.Wait(ctx) != nil {
		return stopped(ctx)
	}
	if t.bytes == nil || n <= 0 {
		return nil
	}
	return t.bytes.take(ctx, n)
}

// giveBack returns n bytes that were waited for and do not come.
func (t throttle) giveBack(n int) {
	if t.bytes != nil && n > 0 {
		t.bytes.add(n)
	}
}

// stopped is the cause of ctx. A limiter gives up as soon as the deadline of ctx
// is nearer than its turn; then the deadline is the cause, too.
func stopped(ctx context.Context) error {
	if ctx.Err() == nil {
		return context.DeadlineExceeded
	}
	return context.Cause(ctx)
}

// bucket is a token bucket of bytes. Unlike a rate.Limiter it takes bytes back, and who
// waits gets them at once: one call at a time waits for bytes, the others for their turn.
type bucket struct {
	rate  float64       // Bytes per second. Immutable.
	turn  chan struct{} // Held by who waits for bytes; in the order of coming.
	added chan struct{} // Has an element if bytes came back.

	mu   sync.Mutex
	here float64   // Guarded by mu. Bytes that may be asked for, as of at.
	at   time.Time // Guarded by mu.
}

func newBucket(rate float64) *bucket {
	return &bucket{rate: rate, turn: make(chan struct{}, 1), added: make(chan struct{}, 1), here: burst, at: time.Now()}
}

// take waits for n bytes, by pieces of a burst. If ctx ends before, nothing is taken.
func (b *bucket) take(ctx context.Context, n int) error {
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for taken := 0; taken < n; {
		piece := min(n-taken, burst)
		wait := b.try(piece)
		if wait == 0 {
			taken += piece
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-b.added:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			b.add(taken)
			return context.Cause(ctx)
		}
	}
	return nil
}

// try takes n bytes if they are here. Else it says in how much time they are.
func (b *bucket) try(n int) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	b.here = min(burst, b.here+b.rate*now.Sub(b.at).Seconds())
	b.at = now
	if lacks := float64(n) - b.here; lacks > 0 {
		return time.Duration(lacks/b.rate*float64(time.Second)) + time.Nanosecond
	}
	b.here -= float64(n)
	return 0
}

// add gives n bytes to who waits.
func (b *bucket) add(n int) {
	if n == 0 {
		return
	}
	b.mu.Lock()
	b.here = min(burst, b.here+float64(n))
	b.mu.Unlock()
	select {
	case b.added <- struct{}{}:
	default:
	}
}
