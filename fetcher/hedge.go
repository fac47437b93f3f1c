package fetcher

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/tgfetch/tgfetch/chunker"
	"github.com/tgfetch/tgfetch/dcpool"
)

// errOvertaken is the cause of cancelling a request whose bytes came on another
// connection first.
var errOvertaken = errors.New("another answer came first")

const (
	// late is how many times the usual time a part may take before it is asked
	// for once more elsewhere, when nothing else is left to ask for.
	late = 3
	// leastLate keeps the noise of a fast path from looking like lateness.
	leastLate = 300 * time.Millisecond
	// hedgeShare is the part of a Client's bytes that may be asked for twice.
	hedgeShare = 50
)

// attempt is one request for a part that is on its way.
type attempt struct {
	part    chunker.Part
	started time.Time
	avoid   dcpool.ConnID
	conn    usedConn
	cancel  context.CancelCauseFunc
}

// pace is how long parts take, over all files of a Client, and how many bytes
// were asked for in the hope to be faster.
type pace struct {
	mu     sync.Mutex
	usual  time.Duration // Guarded by mu. A moving average, 0 before the first.
	bytes  int64         // Guarded by mu. Of all answers.
	hedged int64         // Guarded by mu.
	count  int64         // Guarded by mu. Of hedges.
}

func (p *pace) took(d time.Duration, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bytes += int64(n)
	if p.usual == 0 {
		p.usual = d
	}
	p.usual += (d - p.usual) / 8
}

// patience is how long a part may take before it is late, 0 if unknown.
func (p *pace) patience() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.usual == 0 {
		return 0
	}
	return max(late*p.usual, leastLate)
}

// mayHedge counts a hedge of n bytes, if it may be made.
func (p *pace) mayHedge(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hedged+int64(n) > max(maxPart, p.bytes/hedgeShare) {
		return false
	}
	p.hedged += int64(n)
	p.count++
	return true
}

func (p *pace) hedges() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count
}

// begin registers a request for part.
func (t *transfer) begin(part chunker.Part, cancel context.CancelCauseFunc) *attempt {
	a := &attempt{part: part, started: time.Now(), cancel: cancel}
	t.mu.Lock()
	defer t.mu.Unlock()
	if part.Hedge {
		for other := range t.attempts {
			if other.part.Offset == part.Offset {
				a.avoid = other.conn.id()
			}
		}
	}
	t.attempts[a] = struct{}{}
	return a
}

// end takes a off the list and wakes who waits for something to change.
func (t *transfer) end(a *attempt) {
	t.mu.Lock()
	delete(t.attempts, a)
	t.mu.Unlock()
	t.wake()
}

// overtake cancels the other requests for the bytes that a brought.
func (t *transfer) overtake(a *attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for other := range t.attempts {
		if other != a && other.part.Offset == a.part.Offset {
			other.cancel(errOvertaken)
		}
	}
}

// hedge hands out once more the part that has been on its way longest, if it is
// late. Else it says how long that takes at least; negative means until something
// else happens.
func (t *transfer) hedge(now time.Time) (part chunker.Part, ok bool, wait time.Duration) {
	patience := t.c.pace.patience()
	t.mu.Lock()
	defer t.mu.Unlock()
	oldest, ok := t.plan.Oldest()
	if !ok || patience == 0 || t.plan.Size() == UnknownSize {
		return part, false, -1
	}
	started, ok := t.startedLocked(oldest)
	if !ok {
		return part, false, -1
	}
	if wait = started.Add(patience).Sub(now); wait > 0 {
		return part, false, wait
	}
	if !t.c.pace.mayHedge(oldest.Bytes) {
		return part, false, -1
	}
	part, ok = t.plan.Hedge()
	return part, ok, -1
}

// startedLocked is when part was asked for.
func (t *transfer) startedLocked(part chunker.Part) (time.Time, bool) {
	for a := range t.attempts {
		if a.part.Offset == part.Offset && !a.part.Hedge {
			return a.started, true
		}
	}
	return time.Time{}, false
}
