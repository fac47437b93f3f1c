package fetcher

import (
	"context"
	"time"
)

// drained returns a context for the parts that are on their way: when the caller
// of Fetch gives up, it ends d later than ctx, so that what was asked for is not
// lost. If ctx ends for another reason, or d is 0, it ends with ctx.
func drained(ctx, caller context.Context, d time.Duration) (_ context.Context, stop func()) {
	if d <= 0 {
		return ctx, func() {}
	}
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	over := context.AfterFunc(ctx, func() {
		defer close(ended)
		if caller.Err() == nil {
			cancel(context.Cause(ctx))
			return
		}
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel(context.Cause(ctx))
		case <-longer.Done():
		}
	})
	return longer, func() {
		cancel(nil)
		if !over() {
			<-ended
		}
	}
}

// either returns a context that ends with the first of two.
func either(a, b context.Context) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(a)
	over := context.AfterFunc(b, func() { cancel(context.Cause(b)) })
	return ctx, func() {
		over()
		cancel(nil)
	}
}
