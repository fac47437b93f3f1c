package dcpool

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	backoffFirst = 250 * time.Millisecond
	backoffMax   = 15 * time.Second
)

// backoff is the pause after the n-th failure in a row: doubling, and spread
// over its upper half so that clients do not come back in step.
func backoff(n int) time.Duration {
	if n <= 0 {
		return 0
	}
	d := backoffMax
	if n < 8 {
		d = min(backoffMax, backoffFirst<<(n-1))
	}
	return d/2 + rand.N(d/2)
}

// sleep waits for d or the end of ctx, whose cause it then returns.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
