package shape

import (
	"io"
	"os"
	"sync"
	"time"
)

const (
	// slice is how long one chunk occupies the narrowest bottleneck.
	slice = 2 * time.Millisecond
	// Chunks are between one packet and what a socket takes at once.
	minChunk, maxChunk = 1460, 64 << 10
	// early is how much before its time a chunk may be given its place, to
	// save a wake-up. The place itself is exact.
	early = time.Millisecond
	// stopped is how long the client may not take anything until sending counts
	// as having stopped. After a shorter time what was missed is made up for:
	// it was rather this machine that was late, and a distant client has a
	// receive window as well.
	stopped = 250 * time.Millisecond
	// window bounds the bytes under way on a path without a limit.
	window = 8 << 20
)

// lane is one direction of a connection: bytes pushed at one end can be taken
// at the other when they have arrived. One goroutine pushes, one takes.
type lane struct {
	delay     time.Duration // Immutable. One way.
	notBefore time.Time     // Immutable. Nothing leaves earlier.
	buffer    int           // Immutable.
	fast      int64         // Immutable. Bytes from the first on without a rate.
	burst     int64         // Immutable. Bytes between two pauses; 0 is no pause.
	pause     time.Duration // Immutable.
	drip      int           // Immutable. Bytes that leave at once; 0 is as many as suits the rate.

	space, data chan struct{} // Capacity 1. Wake the pusher, the taker.

	mu       sync.Mutex
	rate     float64   // Guarded by mu.
	queues   []*Queue  // Guarded by mu.
	bytes    byteQueue // Guarded by mu. Of under way and waiting, in this order.
	waiting  fifo      // Guarded by mu. Chunks with the time at which they were pushed.
	underway fifo      // Guarded by mu. Chunks with the time at which they arrive.
	free     time.Time // Guarded by mu. When the last chunk has left.
	left     int64     // Guarded by mu. Bytes that have.
	ended    bool      // Guarded by mu. Nothing more will be pushed.
	err      error     // Guarded by mu. Nothing will be taken any more.
	pushBy   time.Time // Guarded by mu. Deadline.
	takeBy   time.Time // Guarded by mu. Deadline.
}

// mark is a run of bytes with a time. The end of the stream is one of no
// bytes.
type mark struct {
	n  int
	at time.Time
}

// fifo is a queue of marks.
type fifo struct {
	marks []mark
	bytes int
}

func (f *fifo) add(m mark) { f.marks, f.bytes = append(f.marks, m), f.bytes+m.n }

func (f *fifo) pop() {
	f.bytes -= f.marks[0].n
	f.marks = f.marks[1:]
}

func newLane(p Path, delay time.Duration) *lane {
	l := &lane{
		delay: delay, buffer: p.Buffer,
		fast: p.Fast, burst: p.Burst, pause: p.Pause, drip: p.Drip,
		rate: p.Rate, queues: p.Queues,
		space: make(chan struct{}, 1), data: make(chan struct{}, 1),
	}
	if l.buffer == 0 {
		l.buffer = defaultBuffer
	}
	return l
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// push appends p, waiting for room.
func (l *lane) push(p []byte) (n int, err error) {
	for {
		l.mu.Lock()
		deadline, before := l.pushBy, n
		switch {
		case l.err != nil:
			err = l.err
		case l.ended:
			err = io.ErrClosedPipe
		case len(p) > n && passed(deadline):
			err = os.ErrDeadlineExceeded
		default:
			n += l.addLocked(p[n:])
		}
		l.mu.Unlock()
		if err != nil || n == len(p) {
			return n, err
		}
		if n == before {
			sleep(l.space, deadline)
		}
	}
}

// addLocked appends as much of p as there is room for, within what is worth
// holding the lock for.
func (l *lane) addLocked(p []byte) int {
	room := min(l.buffer-l.waiting.bytes, len(p), maxChunk)
	if room <= 0 {
		return 0
	}
	now, chunk := time.Now(), l.chunkLocked()
	l.bytes.push(p[:room])
	left := room
	if len(l.waiting.marks) == 0 && !l.free.After(now) {
		// The first bytes after a pause need not wait for a chunk's last.
		first := l.portionLocked(min(left, minChunk))
		l.waiting.add(mark{first, now})
		left -= first
	}
	for left > 0 {
		n := l.portionLocked(min(left, chunk))
		l.waiting.add(mark{n, now})
		left -= n
	}
	wake(l.data)
	return room
}

// chunkLocked returns the size of chunks on this path.
func (l *lane) chunkLocked() int {
	rate := l.rate
	for _, q := range l.queues {
		if r := q.currentRate(); r > 0 && (rate == 0 || r < rate) {
			rate = r
		}
	}
	if rate == 0 {
		return maxChunk
	}
	return min(max(int(rate*slice.Seconds()), minChunk), maxChunk)
}

// portionLocked is how many of the next n bytes leave at once.
func (l *lane) portionLocked(n int) int {
	switch at := l.left + int64(l.waiting.bytes); {
	case at < l.fast:
		return int(min(int64(n), l.fast-at))
	case l.drip > 0:
		return min(n, l.drip)
	default:
		return n
	}
}

// rateLocked is the rate at which the byte at a place leaves.
func (l *lane) rateLocked(at int64) float64 {
	if at < l.fast {
		return 0
	}
	return l.rate
}

// leaveLocked counts n bytes that leave, and returns the pause that follows them.
func (l *lane) leaveLocked(n int) time.Duration {
	before := l.left
	l.left += int64(n)
	if l.burst == 0 {
		return 0
	}
	return time.Duration(l.left/l.burst-before/l.burst) * l.pause
}

// end says that nothing more will be pushed. The taker learns it after the
// bytes.
func (l *lane) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ended {
		l.ended = true
		l.waiting.add(mark{0, time.Now()})
		wake(l.data)
		wake(l.space)
	}
}

// fail ends the lane at once, for both sides.
func (l *lane) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
		l.bytes, l.waiting, l.underway = byteQueue{}, fifo{}, fifo{}
		wake(l.data)
		wake(l.space)
	}
}

// take waits until bytes have arrived and copies them to p. At the end it
// returns io.EOF.
func (l *lane) take(p []byte) (int, error) {
	for {
		n, next, err := l.arrived(p)
		if n > 0 || err != nil {
			return n, err
		}
		sleep(l.data, next)
	}
}

// arrived copies what has arrived, or returns when to look again.
func (l *lane) arrived(p []byte) (n int, next time.Time, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return 0, next, l.err
	}
	if passed(l.takeBy) {
		return 0, next, os.ErrDeadlineExceeded
	}
	now := time.Now()
	next = earliest(l.departLocked(now), l.takeBy)
	for len(l.underway.marks) > 0 && n < len(p) {
		m := &l.underway.marks[0]
		if m.at.After(now) {
			return n, earliest(next, m.at), nil
		}
		if m.n == 0 {
			if n == 0 {
				err = io.EOF
			}
			return n, next, err
		}
		got := l.bytes.pop(p[n:min(len(p), n+m.n)])
		l.underway.bytes -= got
		m.n -= got
		n += got
		if m.n == 0 {
			l.underway.pop()
		}
	}
	return n, next, nil
}

// departLocked gives chunks that can leave now their time of arrival, and
// returns when to look again.
func (l *lane) departLocked(now time.Time) (next time.Time) {
	left := l.waiting.bytes
	for len(l.waiting.marks) > 0 {
		m := l.waiting.marks[0]
		start := latest(m.at, l.free, l.notBefore)
		if start.After(now.Add(early)) {
			next = start
			break
		}
		if l.underway.bytes >= window {
			break // until something arrives
		}
		gone := start.Add(transmission(m.n, l.rateLocked(l.left)))
		for _, q := range l.queues {
			gone = latest(gone, q.pass(start, m.n))
		}
		l.free = gone.Add(l.leaveLocked(m.n))
		l.waiting.pop()
		l.underway.add(mark{m.n, gone.Add(l.delay)})
	}
	if l.waiting.bytes < left {
		wake(l.space)
	}
	return next
}

// attach adds a shared bottleneck to the path.
func (l *lane) attach(q *Queue) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queues = append(l.queues[:len(l.queues):len(l.queues)], q)
}

// paused says that the other side took nothing for some time, until now.
func (l *lane) paused(d time.Duration) {
	if d < stopped {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free = latest(l.free, time.Now())
}

func (l *lane) setRate(rate float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rate = rate
}

func (l *lane) setDeadline(field *time.Time, t time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	*field = t
	wake(l.data)
	wake(l.space)
}

func passed(deadline time.Time) bool { return !deadline.IsZero() && !time.Now().Before(deadline) }

func latest(t time.Time, others ...time.Time) time.Time {
	for _, o := range others {
		if o.After(t) {
			t = o
		}
	}
	return t
}

// earliest returns the earlier of two times of which either may be never.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// sleep waits for a signal, but not longer than until the given time.
func sleep(signal <-chan struct{}, until time.Time) {
	if until.IsZero() {
		<-signal
		return
	}
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-signal:
	case <-timer.C:
	}
}
