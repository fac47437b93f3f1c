package wire

import (
	"io"
	"sync"
)

// frameSlack is what a frame carries beside the bytes of a file: transport and
// message headers, up to 1 KiB of padding, and the answer's other fields.
const frameSlack = 4 << 10

// classes are the sizes buffers come in: the legal sizes of a file part with
// their slack, so that a part fits without doubling, and one for small answers.
var classes = [...]int{
	frameSlack,
	32<<10 + frameSlack,
	128<<10 + frameSlack,
	256<<10 + frameSlack,
	512<<10 + frameSlack,
	1<<20 + frameSlack,
	2<<20 + frameSlack,
}

var pools [len(classes)]sync.Pool

// buffer is pooled memory with exactly one owner at a time: who holds the
// pointer, until release.
type buffer struct {
	b     []byte
	class int // index in classes, -1 for a size that is not pooled
}

// getBuffer returns a buffer with len(b) == n and arbitrary contents.
func getBuffer(n int) *buffer {
	for i, size := range classes {
		if n > size {
			continue
		}
		if buf, ok := pools[i].Get().(*buffer); ok {
			buf.b = buf.b[:n]
			return buf
		}
		return &buffer{b: make([]byte, n, size), class: i}
	}
	return &buffer{b: make([]byte, n), class: -1}
}

const (
	// onItsWord is how many bytes of memory are taken because a server says that as many come.
	// For more than that they must come.
	onItsWord = 64<<10 + frameSlack
	// growth is how many times as much memory as bytes have come is taken then: the more, the
	// fewer bytes are copied, which for the longest part of a file are a third of it.
	growth = 4
)

// readBuffer reads n bytes into a buffer that the caller releases.
func readBuffer(r io.Reader, n int) (*buffer, error) {
	buf := getBuffer(min(n, onItsWord))
	for have := 0; ; {
		m, err := io.ReadFull(r, buf.b[have:])
		if have += m; err != nil {
			buf.release()
			return nil, err
		}
		if have == n {
			return buf, nil
		}
		larger := getBuffer(min(n, growth*have))
		copy(larger.b, buf.b)
		buf.release()
		buf = larger
	}
}

// release gives the memory back. The caller must not use b any more.
func (b *buffer) release() {
	if b.class >= 0 {
		pools[b.class].Put(b)
	}
}
