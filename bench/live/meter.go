package live

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
)

// dial opens a connection, as a net.Dialer does.
type dial = func(ctx context.Context, network, addr string) (net.Conn, error)

// errBytes ends a Run that has read all that it may.
var errBytes = errors.New("all bytes that were allowed are read")

// meter counts what all connections bring, and ends the Run at its limit.
type meter struct {
	// Immutable.
	dial  dial
	limit int64
	end   context.CancelCauseFunc

	read atomic.Int64
}

func (m *meter) open(ctx context.Context, network, addr string) (net.Conn, error) {
	nc, err := m.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &metered{Conn: nc, meter: m}, nil
}

// metered is one connection.
type metered struct {
	net.Conn
	meter *meter
}

func (c *metered) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.meter.read.Add(int64(n)) >= c.meter.limit {
		c.meter.end(errBytes)
	}
	return n, err
}
