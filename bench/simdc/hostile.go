package simdc

import (
	"bytes"
	"compress/gzip"
	"math"
	"sync"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/proto"
	"github.com/gotd/td/tg"
)

// What a hostile server sends. Clients must refuse it, in bounded memory and
// time, with an error that says what it was.

const (
	// hugeFrame is the length that DoFrame announces.
	hugeFrame = 2 << 30
	// nestedDepth is how deep DoNest nests containers. All of them stay below
	// what fits into one of the server's own.
	nestedDepth = 2000
)

// nested is containers in containers, so many deep.
type nested int

// Encode implements bin.Encoder.
func (depth nested) Encode(b *bin.Buffer) error {
	const header = 4 + 4 + 8 + 4 + 4 // constructor, count, msg_id, seqno, length
	for left := int(depth) - 1; left >= 0; left-- {
		b.PutID(proto.MessageContainerTypeID)
		b.PutInt(1)
		b.PutLong(int64(left+1)<<32 | 1)
		b.PutInt(0)
		b.PutInt(left * header)
	}
	return nil
}

// endless is a container that ends long before the messages it announces.
type endless struct{}

// Encode implements bin.Encoder.
func (endless) Encode(b *bin.Buffer) error {
	b.PutID(proto.MessageContainerTypeID)
	b.PutInt(math.MaxInt32)
	return nil
}

// bomb is gzip_packed with 1 GiB of zeros in it.
type bomb struct{}

// Incompressible implements mtserve.Incompressible.
func (bomb) Incompressible() {}

// Encode implements bin.Encoder.
func (bomb) Encode(b *bin.Buffer) error {
	data, err := packedZeros()
	b.PutID(proto.GZIPTypeID)
	b.PutBytes(data)
	return err
}

// packedZeros is a thousand times 1 MiB of zeros: what gzip packed one after
// another is unpacked as one.
var packedZeros = sync.OnceValues(func() ([]byte, error) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write(make([]byte, 1<<20))
	if err == nil {
		err = w.Close()
	}
	return bytes.Repeat(packed.Bytes(), 1<<10), err
})

// moreOptions adds the same address many times, as that of a DC.
func (c *call) moreOptions(list []tg.DCOption) []tg.DCOption {
	n, dc := c.strike.Count, c.strike.To
	if n == 0 {
		n = 10_000
	}
	if dc == 0 {
		dc = c.dc.ID
	}
	for range n {
		list = append(list, tg.DCOption{ID: dc, IPAddress: c.ip, Port: c.current().port})
	}
	return list
}
