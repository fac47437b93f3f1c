package gauge

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
)

// Dial opens a connection, as a net.Dialer does.
type Dial = func(ctx context.Context, network, addr string) (net.Conn, error)

// counter counts what the connections bring that it dialled.
type counter struct {
	dial Dial

	total atomic.Int64
	mu    sync.Mutex
	conns []*counted // Guarded by mu.
}

// counted is one connection.
type counted struct {
	net.Conn
	all *atomic.Int64
	own atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.own.Add(int64(n))
	c.all.Add(int64(n))
	return n, err
}

func (c *counter) open(ctx context.Context, network, addr string) (net.Conn, error) {
	nc, err := c.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	out := &counted{Conn: nc, all: &c.total}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conns = append(c.conns, out)
	return out, nil
}

// carrying is how many connections have brought at least n bytes.
func (c *counter) carrying(n int64) (busy int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.conns {
		if conn.own.Load() >= n {
			busy++
		}
	}
	return busy
}
