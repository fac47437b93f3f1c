package wire

import (
	"io"
	"net"
)

// LinkOptions of a Link. The zero value works for DC 0, which real servers take
// for "unspecified".
type LinkOptions struct {
	// Transport is the framing; zero is ObfuscatedPadded.
	Transport Transport
	// DC is the id in the obfuscated2 header: negative for a media-only
	// endpoint, plus 10000 for a test DC.
	DC int
	// Secret is the 16-byte secret of a dcOption, mixed into the obfuscation. Nil
	// means none.
	Secret []byte
	// MaxFrame bounds the length of a received frame in bytes, and so the memory
	// one frame can claim. 0 means 2 MiB; no answer to a legal request of ours is
	// longer than 1 MiB and its headers.
	MaxFrame int
	// Rand is the source of obfuscation keys and padding. Nil means crypto/rand.
	Rand io.Reader
}

// Link is a net.Conn with a transport's framing on it. It carries first an
// Exchange, if one is needed, and then a Conn, so that a new key costs no second
// dial.
type Link struct {
	nc net.Conn
}

// NewLink wraps nc, which it owns from now on. Nothing is written before the
// first frame. It fails only when the secret or the source of randomness is bad.
func NewLink(nc net.Conn, opts LinkOptions) (*Link, error) {
	return &Link{nc: nc}, nil
}

// Close closes the socket. It is for links that were never given to NewConn.
func (l *Link) Close() error { return l.nc.Close() }
