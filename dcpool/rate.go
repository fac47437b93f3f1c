package dcpool

import (
	"context"

	"golang.org/x/time/rate"
)

// throttle keeps the calls of a Pool below the rates that its user set. The zero
// value does not.
type throttle struct {
	// Immutable; nil is without a bound.
	bytes, requests *rate.Limiter
}

// burst is how many bytes may be asked for at once under a byte rate: the largest
// part there is.
const burst = 1 << 20

func newThrottle(l Limits) throttle {
	var t throttle
	if l.BytesPerSecond > 0 {
		t.bytes = rate.NewLimiter(rate.Limit(l.BytesPerSecond), burst)
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
	for t.bytes != nil && n > 0 {
		piece := min(n, burst)
		if t.bytes.WaitN(ctx, piece) != nil {
			return stopped(ctx)
		}
		n -= piece
	}
	return nil
}

// stopped is the cause of ctx. A limiter gives up as soon as the deadline of ctx
// is nearer than its turn; then the deadline is the cause, too.
func stopped(ctx context.Context) error {
	if ctx.Err() == nil {
		return context.DeadlineExceeded
	}
	return context.Cause(ctx)
}
