package dcpool

import (
	"context"
	"sync"
)

// flight does one piece of work for all who ask while it is being done. The
// work runs on a goroutine of its own, so that nobody's cancellation fails the
// others.
type flight struct {
	mu  sync.Mutex
	cur *landing // Guarded by mu; nil when nothing is being done.
}

// landing is the outcome of work in progress.
type landing struct {
	done chan struct{}
	err  error // Set before done is closed.
}

// start joins the work in progress or begins it with fn. spawn starts a
// goroutine that the owner of the flight waits for, or returns false when it
// has ended.
func (f *flight) start(spawn func(func()) bool, fn func() error) *landing {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cur != nil {
		return f.cur
	}
	l := &landing{done: make(chan struct{})}
	f.cur = l
	started := spawn(func() {
		err := fn()
		f.mu.Lock()
		f.cur = nil
		f.mu.Unlock()
		l.err = err
		close(l.done)
	})
	if !started {
		f.cur = nil
		l.err = ErrClosed
		close(l.done)
	}
	return l
}

// now is the work in progress, or nil.
func (f *flight) now() *landing {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cur
}

// wait returns the outcome, or the cause of ctx if that ends first. A nil
// landing is work that need not be done.
func (l *landing) wait(ctx context.Context) error {
	if l == nil {
		return nil
	}
	select {
	case <-l.done:
		return l.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
