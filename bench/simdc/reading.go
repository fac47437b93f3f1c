package simdc

import (
	"sync"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc/internal/mtserve"
)

// reading knows the file requests under way on a DC, as their clients see it:
// from when they were sent until the answer is there.
type reading struct {
	mu    sync.Mutex
	calls map[*call]struct{} // Guarded by mu.
}

// begin adds a call and returns how many its account has under way now.
func (r *reading) begin(c *call) int {
	c.request.Dropped = func() { r.end(c) }
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.calls == nil {
		r.calls = map[*call]struct{}{}
	}
	r.calls[c] = struct{}{}
	n := 0
	for other := range r.calls {
		if other.account == c.account {
			n++
		}
	}
	return n
}

// answered ends a call whose answer left just now. What a client sends until
// the answer has reached it arrives one round trip from now at the latest.
func (r *reading) answered(c *call) {
	if rtt := connLink(c.paths.link, number(c.request.Conn)).RTT.Std(); rtt > 0 {
		time.AfterFunc(rtt, func() { r.end(c) })
		return
	}
	r.end(c)
}

func (r *reading) end(c *call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.calls, c)
}

// lost ends the calls of a connection that closed.
func (r *reading) lost(conn *mtserve.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.calls {
		if c.request.Conn == conn {
			delete(r.calls, c)
		}
	}
}
