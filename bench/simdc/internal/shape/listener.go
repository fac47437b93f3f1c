package shape

import (
	"net"
	"sync"
)

// Listener shapes the connections that it accepts.
type Listener struct {
	net.Listener // Immutable.

	link func(index int) Link // Immutable.

	mu     sync.Mutex
	index  int                // Guarded by mu. Connections accepted so far.
	closed bool               // Guarded by mu.
	conns  map[*Conn]struct{} // Guarded by mu.
	open   sync.WaitGroup
}

// NewListener wraps a listener. The function says how each connection is
// shaped; they are numbered from 0 in the order of acceptance.
func NewListener(l net.Listener, link func(index int) Link) *Listener {
	return &Listener{Listener: l, link: link, conns: map[*Conn]struct{}{}}
}

// Accept implements net.Listener. What it returns is a *Conn unless the link
// does not shape.
func (l *Listener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	index := l.index
	l.index++
	l.mu.Unlock()

	link := l.link(index)
	if !link.shaped() {
		return nc, nil
	}
	c := link.wrap(nc)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns[c] = struct{}{}
	if l.closed {
		c.Abort()
	}
	l.open.Go(func() {
		c.Wait()
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.conns, c)
	})
	return c, nil
}

// Close implements net.Listener. It leaves the connections alone.
func (l *Listener) Close() error { return l.Listener.Close() }

// Shutdown closes the listener and aborts every shaped connection, also those
// that were closed and whose client has not got everything yet. It returns
// when their goroutines have ended.
func (l *Listener) Shutdown() {
	_ = l.Listener.Close()
	l.mu.Lock()
	l.closed = true
	for c := range l.conns {
		c.Abort()
	}
	l.mu.Unlock()
	l.open.Wait()
}
