package dcpool

import (
	"sync/atomic"
	"time"
)

// serverClock is the time as Telegram's servers have it, as far as known: this
// computer's may be wrong, and fake TLS is refused to who is off by seconds.
type serverClock struct {
	offset atomic.Int64 // Nanoseconds, server time minus ours.
}

func (c *serverClock) now() time.Time { return time.Now().Add(time.Duration(c.offset.Load())) }

// learn takes what a data center said. Those of CDNs are not asked: they are not
// trusted with more than bytes.
func (c *serverClock) learn(offset time.Duration) { c.offset.Store(int64(offset)) }
