package fetcher

import (
	"github.com/tgfetch/tgfetch/chunker"
	"github.com/tgfetch/tgfetch/dcpool"
)

// tellsConns reports whether the Doer says which connection has a request.
func (c *Client) tellsConns() bool { return c.skills.conns != nil }

const (
	// wholeFile is the largest file asked for at once.
	wholeFile = 512 << 10
	// unadvised is the size of parts for a Doer that knows nothing of its
	// connections.
	unadvised = 512 << 10
	// shares is in how many parts a file is cut at least, so that all
	// connections take part.
	shares = 8
)

// partSize is how much of a file of that size to ask t for at once.
func (c *Client) partSize(t dcpool.Target, size int64) int {
	if size != UnknownSize && size <= wholeFile {
		return wholeFile
	}
	part := unadvised
	if c.skills.conns != nil {
		part = c.skills.conns.PartSize(t)
	}
	if size == UnknownSize {
		return part
	}
	return max(chunker.Legal(int(min(size/shares, int64(part), maxPart))), chunker.Grain)
}

// worth is how many bytes in flight the connections can use: their windows, an eighth
// as much again that is being decrypted and written, and a part that shows that more
// connections would have work; 0 is unknown.
func (c *Client) worth() int64 {
	if c.skills.conns != nil {
		if room := int64(c.skills.conns.Room()); room > 0 {
			return room*9/8 + maxPart
		}
	}
	return 0
}
