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

// wait returns how many of n bytes may be written now, at least one.
func (c *control) wait(ctx context.Context, n int) (int, error) {
	for {
		c.mu.Lock()
		cut, stall, resumed := c.cut, c.stall, c.resumed
		c.mu.Unlock()
		if cut == 0 {
			return 0, ErrCut
		}
		if stall != 0 {
			if cut > 0 {
				n = min(n, int(cut))
			}
			if stall > 0 {
				n = min(n, int(stall))
			}
			return n, nil
		}
		select {
		case <-resumed:
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
}

// wrote counts bytes down.
func (c *control) wrote(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut > 0 {
		c.cut = max(0, c.cut-int64(n))
	}
	if c.stall > 0 {
		c.stall = max(0, c.stall-int64(n))
	}
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
