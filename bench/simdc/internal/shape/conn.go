package shape

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// Conn is a shaped connection.
type Conn struct {
	net      net.Conn // Immutable.
	down, up *lane    // Immutable.

	reading, writing sync.Mutex // One taker, one pusher at a time.

	pumps   sync.WaitGroup
	aborted sync.Once
}

var _ net.Conn = (*Conn)(nil)

// Wrap shapes an accepted connection as the link says; it returns the
// connection itself if the link does not shape.
func (l Link) Wrap(nc net.Conn) net.Conn {
	if !l.shaped() {
		return nc
	}
	return l.wrap(nc)
}

func (l Link) wrap(nc net.Conn) *Conn {
	c := &Conn{net: nc, down: newLane(l.Down, l.RTT/2), up: newLane(l.Up, l.RTT/2)}
	c.up.notBefore = time.Now().Add(l.RTT)
	c.pumps.Go(c.pumpDown)
	c.pumps.Go(c.pumpUp)
	return c
}

// pumpDown hands arrived bytes to the client, and closes the connection when
// the end of the stream has arrived.
func (c *Conn) pumpDown() {
	defer c.net.Close()
	buf := make([]byte, maxChunk)
	for {
		n, err := c.down.take(buf)
		if err != nil {
			return
		}
		start := time.Now()
		if _, err := c.net.Write(buf[:n]); err != nil {
			c.down.fail(err)
			return
		}
		c.down.paused(time.Since(start))
	}
}

// pumpUp takes what the client sends.
func (c *Conn) pumpUp() {
	defer c.up.end()
	buf := make([]byte, 16<<10)
	for {
		n, err := c.net.Read(buf)
		if _, pushErr := c.up.push(buf[:n]); pushErr != nil || err != nil {
			return
		}
	}
}

// Attach adds a shared bottleneck to the path to the client, such as that of
// the account which turned out to be behind it.
func (c *Conn) Attach(q *Queue) { c.down.attach(q) }

// AttachUp adds a shared bottleneck to the path from the client.
func (c *Conn) AttachUp(q *Queue) { c.up.attach(q) }

// SetRate changes the rate of the path to the client, in bytes per second; 0
// is no limit.
func (c *Conn) SetRate(rate float64) { c.down.setRate(rate) }

// Read implements net.Conn.
func (c *Conn) Read(p []byte) (int, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if len(p) == 0 {
		return 0, nil
	}
	n, err := c.up.take(p)
	return n, c.opError("read", err)
}

// Write implements net.Conn. It returns when the bytes are in the send buffer.
func (c *Conn) Write(p []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	n, err := c.down.push(p)
	return n, c.opError("write", err)
}

// Close implements net.Conn. It returns at once; the client still gets what is
// in the send buffer, and then the end of the stream.
func (c *Conn) Close() error {
	c.down.end()
	c.up.fail(net.ErrClosed)
	return nil
}

// opError dresses an error as the net package does. The end of the stream is
// none.
func (c *Conn) opError(op string, err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return &net.OpError{Op: op, Net: "tcp", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}

// Abort closes the connection at once, and drops what is in the send buffer.
func (c *Conn) Abort() {
	c.aborted.Do(func() {
		_ = c.net.Close()
		c.down.fail(net.ErrClosed)
		c.up.fail(net.ErrClosed)
	})
}

// Wait returns when the connection is closed and the client has, or cannot
// get, what was sent.
func (c *Conn) Wait() { c.pumps.Wait() }

// LocalAddr implements net.Conn.
func (c *Conn) LocalAddr() net.Addr { return c.net.LocalAddr() }

// RemoteAddr implements net.Conn.
func (c *Conn) RemoteAddr() net.Addr { return c.net.RemoteAddr() }

// SetDeadline implements net.Conn.
func (c *Conn) SetDeadline(t time.Time) error {
	_ = c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

// SetReadDeadline implements net.Conn.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.up.setDeadline(&c.up.takeBy, t)
	return nil
}

// SetWriteDeadline implements net.Conn.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.down.setDeadline(&c.down.pushBy, t)
	return nil
}
