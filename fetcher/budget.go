package fetcher

import (
	"context"
	"slices"
	"sync"
	"time"
)

// budget bounds the bytes in flight of a Client and shares them out in turns; see
// [claim.before]. When one data center holds all of it, each other may have perDC
// more, so that one which makes its requests wait does not hold up the others.
type budget struct {
	least, most int64 // Immutable. The limit stays between them.

	mu     sync.Mutex
	limit  int64         // Guarded by mu.
	used   int64         // Guarded by mu.
	near   int64         // Guarded by mu. Of used, by files near their end.
	dcs    map[int]int64 // Guarded by mu. Of used, by data center.
	claims []*claim      // Guarded by mu; in order of arrival.
}

const (
	// perDC is how many bytes each data center may have in flight beside another's.
	perDC = 2 * maxPart
	// ending is how many bytes a file lacks, at most, that goes before others.
	ending = 4 * maxPart
	// overtaken is how long others may go before a file whose parts wait for the
	// budget. Waiting for a connection it may be overtaken for as long again, see
	// dcpool.Target.First, so that no file stands still for more than 2 s while
	// others get on.
	overtaken = time.Second
)

// share is what one file, or one reader, has of the budget. The zero value is
// ready.
type share struct {
	used   int64     // Guarded by budget.mu.
	dc     int       // Guarded by budget.mu. Where it is in flight.
	near   bool      // Guarded by budget.mu. The file is near its end.
	served time.Time // Guarded by budget.mu. When it was given something last.
}

// claim waits for n bytes. Immutable.
type claim struct {
	share   *share
	n       int64
	left    int64 // What the file lacks.
	since   time.Time
	granted chan struct{} // Closed, under budget.mu, when the bytes are the share's.
}

// hungry is since when c waits while its share is given nothing.
func (c *claim) hungry() time.Time {
	if c.share.served.After(c.since) {
		return c.share.served
	}
	return c.since
}

// before reports whether c is served before another claim that came earlier. First
// is who has been given nothing for long enough, the longest first; then files near
// their end, the nearest first; then who has the fewest bytes in flight.
func (c *claim) before(other *claim, now time.Time) bool {
	since, others := c.hungry(), other.hungry()
	if now.Sub(since) >= overtaken || now.Sub(others) >= overtaken {
		return since.Before(others)
	}
	if c.left <= ending || other.left <= ending {
		return c.left < other.left
	}
	return c.share.used < other.share.used
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

// reserve waits until s may ask for n bytes more, on behalf of a file that lacks
// left bytes. The error is the cause of ctx.
func (b *budget) reserve(ctx context.Context, s *share, n int, left int64) error {
	c := &claim{share: s, n: int64(n), left: left, since: time.Now(), granted: make(chan struct{})}
	b.mu.Lock()
	b.markLocked(s, left <= ending)
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
	if s.near {
		b.near += n
	}
	if b.dcs[s.dc] += n; b.dcs[s.dc] == 0 {
		delete(b.dcs, s.dc)
	}
}

// markLocked notes whether the file of a share is near its end.
func (b *budget) markLocked(s *share, near bool) {
	used := s.used
	b.takeLocked(s, -used)
	s.near = near
	b.takeLocked(s, used)
}

// grantLocked serves claims while there is room for the next in turn. A claim
// that does not fit is waited for: overtaking it for ever would starve it.
func (b *budget) grantLocked() {
	for {
		next := b.nextLocked(func(*claim) bool { return true })
		if next != nil && b.used > 0 && b.used+next.n > b.boundLocked(next) {
			next = b.nextLocked(b.besideLocked)
		}
		if next == nil {
			return
		}
		b.claims = slices.DeleteFunc(b.claims, func(c *claim) bool { return c == next })
		b.takeLocked(next.share, next.n)
		next.share.served = time.Now()
		close(next.granted)
	}
}

// boundLocked is how much may be in flight with c. While files near their end have
// some of it, the others leave two fifths free: with less in flight answers come
// sooner, and a small file is nothing but one answer.
func (b *budget) boundLocked(c *claim) int64 {
	if b.near == 0 || c.left <= ending || time.Since(c.hungry()) >= overtaken {
		return b.limit
	}
	return b.limit * 3 / 5
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
	now := time.Now()
	for _, c := range b.claims {
		if may(c) && (next == nil || c.before(next, now)) {
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
