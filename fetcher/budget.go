package fetcher

import (
	"context"
	"slices"
	"sync"
)

// budget bounds the bytes in flight of a Client and shares them out: whoever has
// the fewest in flight is served first, so that a small file does not wait for a
// large one and nobody starves. When one data center holds all of it, each other
// may have perDC more, so that one which makes its requests wait does not hold up
// the others.
type budget struct {
	least, most int64 // Immutable. The limit stays between them.

	mu     sync.Mutex
	limit  int64         // Guarded by mu.
	used   int64         // Guarded by mu.
	dcs    map[int]int64 // Guarded by mu. Of used, by data center.
	claims []*claim      // Guarded by mu; in order of arrival.
}

// perDC is how many bytes each data center may have in flight beside another's.
const perDC = 2 * maxPart

// share is what one file, or one reader, has of the budget. The zero value is
// ready.
type share struct {
	used int64 // Guarded by budget.mu.
	dc   int   // Guarded by budget.mu. Where it is in flight.
}

// claim waits for n bytes.
type claim struct {
	share   *share
	n       int64
	granted chan struct{} // Closed, under budget.mu, when the bytes are the share's.
}

// newBudget starts with limit. It may be resized to most, or to least.
func newBudget(limit, least, most int64) *budget {
	return &budget{limit: limit, least: min(limit, least), most: max(limit, most), dcs: make(map[int]int64)}
}

// move notes that a share's bytes are asked for on another data center.
func (b *budget) move(s *share, dc int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s.dc == dc {
		return
	}
	used := s.used
	b.takeLocked(s, -used)
	s.dc = dc
	b.takeLocked(s, used)
	b.grantLocked()
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
		b.takeLocked(s, -c.n)
	}
	b.grantLocked()
	return context.Cause(ctx)
}

// release gives back what reserve gave.
func (b *budget) release(s *share, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.takeLocked(s, -int64(n))
	b.grantLocked()
}

func (b *budget) takeLocked(s *share, n int64) {
	s.used += n
	b.used += n
	if b.dcs[s.dc] += n; b.dcs[s.dc] == 0 {
		delete(b.dcs, s.dc)
	}
}

// grantLocked serves claims while there is room for the next in turn. A claim
// that does not fit is waited for: overtaking it for ever would starve it.
func (b *budget) grantLocked() {
	for {
		next := b.nextLocked(func(*claim) bool { return true })
		if next != nil && b.used > 0 && b.used+next.n > b.limit {
			next = b.nextLocked(b.besideLocked)
		}
		if next == nil {
			return
		}
		b.claims = slices.DeleteFunc(b.claims, func(c *claim) bool { return c == next })
		b.takeLocked(next.share, next.n)
		close(next.granted)
	}
}

// besideLocked reports whether a claim may be served though the limit is
// reached.
func (b *budget) besideLocked(c *claim) bool {
	held := b.dcs[c.share.dc]
	return held < b.used && held+c.n <= perDC
}

// nextLocked is the claim whose turn it is among those that may be served, or
// nil.
func (b *budget) nextLocked(may func(*claim) bool) (next *claim) {
	for _, c := range b.claims {
		if may(c) && (next == nil || c.share.used < next.share.used) {
			next = c
		}
	}
	return next
}

func (b *budget) inUse() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used
}
