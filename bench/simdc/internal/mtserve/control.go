package mtserve

import (
	"context"
	"errors"
	"sync"
)

// ErrCut is why a connection ended that CutAfter or a Fault cut.
var ErrCut = errors.New("mtserve: cut on purpose")

// control stalls and cuts one connection.
type control struct {
	mu      sync.Mutex
	cut     int64         // Guarded by mu. Bytes until the cut; negative is never.
	stall   int64         // Guarded by mu. Bytes until the stall; negative is never.
	resumed chan struct{} // Guarded by mu. Closed by resume.
}

func newControl() *control {
	return &control{cut: -1, stall: -1, resumed: make(chan struct{})}
}

// wait returns how many of n bytes may be written now, at least one, and
// counts them as written.
func (c *control) wait(ctx context.Context, n int) (int, error) {
	for {
		allowed, resumed := c.allow(n)
		if allowed > 0 {
			return allowed, nil
		}
		if resumed == nil {
			return 0, ErrCut
		}
		select {
		case <-resumed:
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
}

// allow returns how many bytes may be written now. If none may, it returns
// what to wait for, or nil if the connection is cut.
func (c *control) allow(n int) (allowed int, resumed <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.cut == 0:
		return 0, nil
	case c.stall == 0:
		return 0, c.resumed
	}
	if c.cut > 0 {
		n = min(n, int(c.cut))
	}
	if c.stall > 0 {
		n = min(n, int(c.stall))
	}
	if c.cut > 0 {
		c.cut -= int64(n)
	}
	if c.stall > 0 {
		c.stall -= int64(n)
	}
	return n, nil
}

func (c *control) set(cut, stall int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cut >= 0 {
		c.cut = cut
	}
	if stall >= 0 {
		c.stall = stall
	}
	c.nudgeLocked()
}

// nudgeLocked makes a waiting writer look again.
func (c *control) nudgeLocked() {
	close(c.resumed)
	c.resumed = make(chan struct{})
}

func (c *control) resume() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stall = -1
	c.nudgeLocked()
}

func (c *control) fault(f Fault) {
	if f.CutAfter > 0 {
		c.set(int64(f.CutAfter), -1)
	}
	if f.StallAfter > 0 {
		c.set(-1, int64(f.StallAfter))
	}
}
