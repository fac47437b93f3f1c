// Package shape makes loopback connections behave like distant ones: a delay
// each way, a rate per connection, and bottlenecks that connections share.
// It works on bytes, below any protocol, on the accepting side only; the
// dialling side needs no cooperation.
//
//	account := shape.NewQueue(80e6)
//	l := shape.NewListener(tcp, func(index int) shape.Link {
//		return shape.Link{RTT: 100 * time.Millisecond, Down: shape.Path{Rate: 10e6, Queues: []*shape.Queue{account}}}
//	})
//
// Each direction of a connection is a FIFO: bytes wait in a bounded send
// buffer, leave it at the rate of the narrowest bottleneck, travel for half
// the RTT, and arrive. A full send buffer blocks the writer, as a socket's
// does. Connections that wait at a shared bottleneck take turns, chunk by
// chunk of about two milliseconds.
//
// Dialling costs the client one RTT: a loopback connect returns at once, so
// what the client sends within the first RTT counts as sent at its end.
//
// What is not modelled: loss, congestion control, and bottlenecks of packets
// rather than bytes. A client that does not read fills its socket buffers and
// then the send buffer.
package shape

import (
	"sync"
	"time"
)

// Link describes the path of one connection. The zero value is no shaping at
// all, and costs nothing.
type Link struct {
	// RTT is the time of a round trip, half of it each way.
	RTT time.Duration
	// Down is the path to the client, Up the path from it.
	Down, Up Path
	// Attachable shapes the connection even if nothing is limited yet, so
	// that [Conn.Attach] works on it.
	Attachable bool
}

func (l Link) shaped() bool {
	return l.Attachable || l.RTT > 0 || l.Down.limited() || l.Up.limited()
}

// Path is one direction of a link.
type Path struct {
	// Rate of the connection in bytes per second; 0 is no limit.
	Rate float64
	// Queues are bottlenecks that the connection shares with others.
	Queues []*Queue
	// Buffer bounds the bytes that wait to leave; 0 is 4 MiB.
	Buffer int
	// Fast is how many of the first bytes Rate does not bound.
	Fast int64
	// Burst is how many bytes pass until nothing does for Pause.
	Burst int64
	Pause time.Duration
	// Drip is how many of the bytes that Rate bounds leave at once; 0 is a packet
	// or more.
	Drip int
}

func (p Path) limited() bool { return p.Rate > 0 || len(p.Queues) > 0 || p.Burst > 0 }

const defaultBuffer = 4 << 20

// Queue is a bottleneck that several connections share, of a data center or
// an account. Its methods may be called concurrently.
type Queue struct {
	mu   sync.Mutex
	rate float64   // Guarded by mu. Bytes per second.
	free time.Time // Guarded by mu. When what was let in so far has passed.
}

// NewQueue returns a bottleneck of this many bytes per second; 0 is no limit.
func NewQueue(rate float64) *Queue { return &Queue{rate: rate} }

// SetRate changes the rate for bytes that come from now on.
func (q *Queue) SetRate(rate float64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.rate = rate
}

func (q *Queue) currentRate() float64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.rate
}

// pass lets n bytes in that come at start, and returns when they have passed.
func (q *Queue) pass(start time.Time, n int) time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.free.Before(start) {
		q.free = start
	}
	q.free = q.free.Add(transmission(n, q.rate))
	return q.free
}

// transmission is how long n bytes take at a rate.
func transmission(n int, rate float64) time.Duration {
	if rate <= 0 {
		return 0
	}
	return time.Duration(float64(n) / rate * float64(time.Second))
}
