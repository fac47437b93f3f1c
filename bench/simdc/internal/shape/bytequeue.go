package shape

import "sync"

const blockSize = 64 << 10

var blockPool = sync.Pool{New: func() any { return new([blockSize]byte) }}

// byteQueue is a FIFO of bytes in blocks, of which it holds no more than the bytes need.
type byteQueue struct {
	blocks []*[blockSize]byte
	start  int // of the oldest byte, in the first block
	size   int
}

// push appends p.
func (q *byteQueue) push(p []byte) {
	for len(p) > 0 {
		end := q.start + q.size
		if end == len(q.blocks)*blockSize {
			q.blocks = append(q.blocks, blockPool.Get().(*[blockSize]byte))
		}
		n := copy(q.blocks[end/blockSize][end%blockSize:], p)
		p = p[n:]
		q.size += n
	}
}

// pop copies up to len(p) of the oldest bytes to p and removes them.
func (q *byteQueue) pop(p []byte) int {
	p = p[:min(len(p), q.size)]
	total := len(p)
	for len(p) > 0 {
		n := copy(p, q.blocks[0][q.start:])
		p = p[n:]
		q.start += n
		q.size -= n
		if q.start == blockSize || q.size == 0 {
			q.release()
		}
	}
	return total
}

// release gives the first block back.
func (q *byteQueue) release() {
	blockPool.Put(q.blocks[0])
	q.blocks[0] = nil
	q.blocks = q.blocks[1:]
	q.start = 0
}
