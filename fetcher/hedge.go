package fetcher

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tgfetch/tgfetch/chunker"
	"github.com/tgfetch/tgfetch/dcpool"
)

// errOvertaken is the cause of cancelling a request whose bytes came on another
// connection first.
var errOvertaken = errors.New("another answer came first")

const (
	// lateTimes is how many times the usual time a part may take before it is asked
	// for once more elsewhere, when nothing else is left to ask for.
	lateTimes = 3
	// leastLate keeps the noise of a fast path from looking like lateness.
	leastLate = 300 * time.Millisecond
	// stuck is how many times as late a part is that moves: when enough was asked
	// for twice, its first request is given up for the second.
	stuck = 3
	// hedgeShare is the part of a Client's bytes that may be asked for twice, but
	// for the last hedge.
	hedgeShare = 50
)

// attempt is one request for a part that is on its way.
type attempt struct {
	part    chunker.Part
	first   bool // It goes before others.
	home    bool // It passes the CDN by.
	started time.Time
	avoid   dcpool.ConnID
	conn    usedConn
	cancel  context.CancelCauseFunc
	writing bool // Guarded by transfer.mu.
	moves   bool // Guarded by transfer.mu. It is cancelled when its double begins.

	tries atomic.Int32 // How often it was given to a connection, or had to be healed.
	sent  atomic.Int64 // When it was, in nanoseconds after started; 0 is not yet.
}

// given notes that a connection has the attempt now.
func (a *attempt) given(conn dcpool.ConnID) {
	a.conn.set(conn)
	a.tries.Add(1)
	a.sent.Store(max(1, int64(time.Since(a.started))))
}

// since is when the attempt was given to its connection; with a Doer that does
// not tell, when it began.
func (a *attempt) since() time.Time { return a.started.Add(time.Duration(a.sent.Load())) }

// lane is a way that parts come.
type lane struct {
	dc   int
	kind dcpool.Kind
}

func (r *remote) lane() lane {
	t := r.target()
	return lane{t.DC, t.Kind}
}

// laneOf is the way of an attempt.
func (r *remote) laneOf(a *attempt) lane {
	if a.home {
		return lane{r.now().dc, dcpool.Media}
	}
	return r.lane()
}

// pace is how long parts take, over all files of a Client, and how many bytes
// were asked for in the hope to be faster.
type pace struct {
	mu     sync.Mutex
	usual  map[lane]partTimes // Guarded by mu.
	bytes  int64              // Guarded by mu. Of all answers.
	hedged int64              // Guarded by mu.
	count  int64              // Guarded by mu. Of hedges.
}

// partTimes is how long a part of a lane takes, and how many bytes it has: moving
// averages.
type partTimes struct {
	took  time.Duration
	bytes float64
}

// brought counts n bytes that came.
func (p *pace) brought(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bytes += int64(n)
}

// took notes how long a connection of a lane took for a part of n bytes.
func (p *pace) took(on lane, d time.Duration, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	usual, ok := p.usual[on]
	if !ok {
		usual = partTimes{d, float64(n)}
	}
	if p.usual == nil {
		p.usual = make(map[lane]partTimes)
	}
	usual.took += (d - usual.took) / 8
	usual.bytes += (float64(n) - usual.bytes) / 8
	p.usual[on] = usual
}

// expected is how long n bytes are expected to take on a lane, at most as long as a part
// does there; 0 if unknown.
func (p *pace) expected(on lane, n int) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	usual, ok := p.usual[on]
	if !ok {
		return 0
	}
	return time.Duration(float64(usual.took) * min(1, float64(n)/max(1, usual.bytes)))
}

// patience is how long a part may take on a lane before it is late, 0 if
// unknown.
func (p *pace) patience(on lane) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	usual, ok := p.usual[on]
	if !ok {
		return 0
	}
	return max(lateTimes*usual.took, leastLate)
}

// mayHedge counts a hedge of n bytes, if it may be made.
func (p *pace) mayHedge(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hedged >= max(maxPart, p.bytes/hedgeShare) {
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
	onCDN, trying := t.remote.now().cdn.Redirect() != nil, t.remote.trying()
	t.mu.Lock()
	defer t.mu.Unlock()
	a := &attempt{part: part, home: trying, first: t.leftLocked() <= ending, started: time.Now(), cancel: cancel}
	if part.Hedge {
		// A CDN that is late with a part may be late with all of them.
		a.home = onCDN
		for other := range t.attempts {
			if other.part.Offset == part.Offset {
				if !a.home {
					a.avoid = other.conn.id()
				}
				if other.moves {
					other.cancel(errOvertaken)
				}
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
	lost := false
	for other := range t.attempts {
		if other != a && other.part.Offset == a.part.Offset {
			lost = lost || a.home && !other.home
			other.cancel(errOvertaken)
		}
	}
	t.mu.Unlock()
	if lost {
		t.remote.lostRace()
	}
}

// hedge hands out once more the part that has been on its way longest, if it is
// late. Else it says how long that takes at least; negative means until something
// else happens.
func (t *transfer) hedge(now time.Time) (part chunker.Part, ok bool, wait time.Duration) {
	patience := t.c.pace.patience(t.remote.lane())
	t.mu.Lock()
	defer t.mu.Unlock()
	oldest, ok := t.plan.Oldest()
	if !ok || patience == 0 || t.plan.Size() == UnknownSize {
		return part, false, -1
	}
	a := t.attemptLocked(oldest)
	if a == nil {
		return part, false, -1
	}
	if a.sent.Load() == 0 && t.c.tellsConns() {
		return part, false, patience // It waits for a connection, as its double would.
	}
	if wait = a.since().Add(patience).Sub(now); wait > 0 {
		return part, false, wait
	}
	if !t.c.pace.mayHedge(oldest.Bytes) {
		if wait = a.since().Add(stuck * patience).Sub(now); wait > 0 {
			return part, false, wait
		}
		a.moves = true
	}
	part, ok = t.plan.Hedge()
	return part, ok, -1
}

// attemptLocked is the first request for part, nil if there is none.
func (t *transfer) attemptLocked(part chunker.Part) *attempt {
	for a := range t.attempts {
		if a.part.Offset == part.Offset && !a.part.Hedge {
			return a
		}
	}
	return nil
}

// came notes how long a part of n bytes took, unless that says nothing about
// the lane: it was healed, retried, or made of several requests.
func (t *transfer) came(a *attempt, on lane, n int) {
	t.c.pace.brought(n)
	if a.tries.Load() <= 1 && on == t.remote.laneOf(a) {
		t.c.pace.took(on, time.Since(a.since()), n)
	}
}

// mayWrite reports whether the bytes that a brought are still wanted. If so, no
// other request for them may write.
func (t *transfer) mayWrite(a *attempt) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for g := a.part.Offset / chunker.Grain; g*chunker.Grain < a.part.End(); g++ {
		if t.plan.HasGrain(g) {
			return false
		}
	}
	for other := range t.attempts {
		if other.writing && other.part.Offset < a.part.End() && a.part.Offset < other.part.End() {
			return false
		}
	}
	a.writing = true
	return true
}
