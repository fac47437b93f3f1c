package fetcher

import (
	"math/bits"
	"sync"

	"github.com/tgfetch/tgfetch/chunker"
)

// maxPart is the largest part, in bytes.
const maxPart = chunker.Block

// buffers lends memory for one part, by the power of two of its size. A buffer
// has one owner: who took it gives it back, after the call it was lent to has
// returned.
var buffers [21]sync.Pool

// takeBuffer returns a buffer of n bytes, at most maxPart, with arbitrary
// contents.
func takeBuffer(n int) *[]byte {
	class := bits.Len(uint(max(n, 1) - 1))
	if b, ok := buffers[class].Get().(*[]byte); ok {
		*b = (*b)[:n]
		return b
	}
	b := make([]byte, n, 1<<class)
	return &b
}

func giveBuffer(b *[]byte) {
	buffers[bits.Len(uint(max(cap(*b), 1)-1))].Put(b)
}
