package fetcher

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

// budget bounds the bytes in flight of a Client. Whoever waits longest is
// served first, which gives files their turns.
type budget struct {
	sem  *semaphore.Weighted
	used atomic.Int64
}

func newBudget(size int64) *budget { return &budget{sem: semaphore.NewWeighted(size)} }

// reserve waits until n bytes may be asked for. The error is the cause of ctx.
func (b *budget) reserve(ctx context.Context, n int) error {
	if err := b.sem.Acquire(ctx, int64(n)); err != nil {
		return context.Cause(ctx)
	}
	b.used.Add(int64(n))
	return nil
}

func (b *budget) release(n int) {
	b.used.Add(-int64(n))
	b.sem.Release(int64(n))
}

func (b *budget) inUse() int64 { return b.used.Load() }
