package fetcher

import (
	"context"
	"slices"
	"sync"
)

// budget bounds the bytes in flight of a Client and shares them out: whoever has
// the fewest in flight is served first, so that a small file does not wait for a
// large one and nobody starves.
type budget struct {
	least, most int64 // Immutable. The limit stays between them.

	mu     sync.Mutex
	limit  int64    // Guarded by mu.
	used   int64    // Guarded by mu.
	claims []*claim // Guarded by mu; in order of arrival.
}

// share is what one file, or one reader, has of the budget.
type share struct {
	used int64 // Guarded by budget.mu.
}

// claim waits for n bytes.
type claim struct {
	share   *share
	n       int64
	granted chan struct{} // Closed, under budget.mu, when the bytes are the share's.
}

// newBudget starts with limit. It may be resized to most, or to least.
func newBudget(limit, least, most int64) *budget {
	return &budget{limit: limit, least: min(limit, least), most: max(limit, most)}
}

// resize sets the limit to n, as far as allowed; 0 leaves it.
func (b *budget) resize(n int64) {
	if n == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.limit = min(max(n, b.least), b.most)
	b.grantLocked()
}

// reserve waits until s may ask for n bytes more. The error is the cause of ctx.
func (b *budget) reserve(ctx context.Context, s *share, n int) error {
	c := &claim{share: s, n: int64(n), granted: make(chan struct{})}
	b.mu.Lock()
	b.claims = append(b.claims, c)
	b.grantLocked()
	b.mu.Unlock()
	select {
	case <-c.granted:
		return nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.Index(b.claims, c); i >= 0 {
		b.claims = slices.Delete(b.claims, i, i+1)
	} else {
		b.giveBackLocked(s, c.n)
	}
	b.grantLocked()
	return context.Cause(ctx)
}

// release gives back what reserve gave.
func (b *budget) release(s *share, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.giveBackLocked(s, int64(n))
	b.grantLocked()
}

func (b *budget) giveBackLocked(s *share, n int64) {
	s.used -= n
	b.used -= n
}

// grantLocked serves claims while there is room for the next in turn. A claim
// that does not fit is waited for: overtaking it for ever would starve it.
func (b *budget) grantLocked() {
	for len(b.claims) > 0 {
		next := 0
		for i, c := range b.claims {
			if c.share.used < b.claims[next].share.used {
				next = i
			}
		}
		c := b.claims[next]
		if b.used > 0 && b.used+c.n > b.limit {
			return
		}
		b.claims = slices.Delete(b.claims, next, next+1)
		c.share.used += c.n
		b.used += c.n
		close(c.granted)
	}
}

func (b *budget) inUse() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used
}
