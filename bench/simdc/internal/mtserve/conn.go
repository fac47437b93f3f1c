package mtserve

import (
	"net"
	"time"
)

// Conn is one accepted connection.
type Conn struct {
	slot

	ID     uint64    // Immutable. Counts from 1 per server.
	Remote net.Addr  // Immutable.
	Local  net.Addr  // Immutable.
	Opened time.Time // Immutable.

	// Transport is "abridged", "intermediate", "padded", "full", with the prefix
	// "obfuscated2+" if so wrapped. Set before ConnReady, then immutable.
	Transport string
	// HeaderDC is the DC id in the obfuscated2 header, 0 for other transports.
	// Set before ConnReady, then immutable.
	HeaderDC int

	net net.Conn
}

// Net returns the connection as the listener accepted it, for those who
// wrapped it. It must not be read from or written to.
func (c *Conn) Net() net.Conn { return c.net }

// BytesIn returns how many bytes were read from the connection.
func (c *Conn) BytesIn() int64 { return 0 }

// BytesOut returns how many bytes were written to the connection.
func (c *Conn) BytesOut() int64 { return 0 }

// Close closes the connection at once.
func (c *Conn) Close() error { return c.net.Close() }

// CutAfter closes the connection when n more bytes have been written to it.
func (c *Conn) CutAfter(n int64) {}

// Stall stops writing to the connection and leaves it open until Resume.
func (c *Conn) Stall() {}

// Resume ends a Stall.
func (c *Conn) Resume() {}

// SendTransportError sends a bare negative code, such as -404 or -429.
func (c *Conn) SendTransportError(code int32) error { return nil }

// SendRaw sends one frame with this payload as it is.
func (c *Conn) SendRaw(payload []byte) error { return nil }
