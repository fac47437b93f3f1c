package mtserve

import (
	"encoding/binary"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/proto"
)

// pack is the body of one frame, behind room for its header: a bare message if there
// is one, otherwise messages in a container.
//
// See https://core.telegram.org/mtproto/service_messages#simple-container.
type pack struct {
	buf    *bin.Buffer
	single bool
	count  int   // Of messages that were added.
	id     int64 // Of the message that goes into the frame's header; a container's after close.
	seq    int32
}

// newPack begins a frame of at most so many messages in buf.
func newPack(buf *bin.Buffer, messages int) *pack {
	p := &pack{buf: buf, single: messages == 1}
	prefix := messageHeader
	if !p.single {
		prefix += 8 // The container's type and count.
	}
	buf.Buf = append(buf.Buf[:0], make([]byte, prefix)...)
	return p
}

// add adds the message that encode appends to the buffer, if any; stamp gives it its id
// and number. It reports false, and stamps nothing, if the message is too large for a
// container.
func (p *pack) add(encode func(), stamp func(size int) (id int64, seq int32)) (fits bool) {
	start := p.buf.Len()
	if !p.single {
		p.buf.Expand(itemHeader)
	}
	body := p.buf.Len()
	encode()
	size := p.buf.Len() - body
	if size == 0 || !p.single && size > maxItem {
		p.buf.Buf = p.buf.Buf[:start]
		return size == 0
	}
	p.id, p.seq = stamp(size)
	if !p.single {
		h := p.buf.Buf[start:]
		binary.LittleEndian.PutUint64(h, uint64(p.id))
		binary.LittleEndian.PutUint32(h[8:], uint32(p.seq))
		binary.LittleEndian.PutUint32(h[12:], uint32(size))
	}
	p.count++
	return true
}

// close ends the container, if it is one, whose id and number stamp gives.
func (p *pack) close(stamp func() (id int64, seq int32)) {
	if p.single {
		return
	}
	h := p.buf.Buf[messageHeader:]
	binary.LittleEndian.PutUint32(h, proto.MessageContainerTypeID)
	binary.LittleEndian.PutUint32(h[4:], uint32(p.count))
	p.id, p.seq = stamp()
}
