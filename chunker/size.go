package chunker

import "math/bits"

// What upload.getFile accepts without the precise flag: offset and limit are
// multiples of [Smallest], limit divides [Block], and the range asked for stays
// inside one block.
//
// https://core.telegram.org/api/files#downloading-files
const (
	// Grain is the unit in which the plan keeps its books, in bytes.
	Grain = 128 << 10
	// Block is the largest part, and the boundary no part crosses.
	Block = 1 << 20
	// Smallest is the smallest part, for servers that refuse a whole grain.
	Smallest = 4 << 10
)

// Legal rounds a wish for a part's size down to one every server accepts: a
// power of two from [Smallest] to [Block].
func Legal(n int) int {
	n = min(max(n, Smallest), Block)
	return 1 << (bits.Len(uint(n)) - 1)
}

// Piece is the request to make at offset when the bytes up to end are wanted
// from a file of size bytes: the limit to ask for, at most most rounded down as
// [Legal] does, and how many bytes of a right answer are wanted. At the end of the
// file the limit may reach past it, because one short answer is better than several
// exact ones.
func Piece(offset, end, size int64, most int) (limit, bytes int) {
	most = Legal(most)
	room := Block - int(offset%Block)
	if into := int(offset % Grain); into != 0 {
		// Back to the grid before parts grow again.
		room = Grain - into
	}
	want := int(min(end-offset, Block))
	limit = Legal(min(most, room, want))
	if end == size {
		if whole := max(ceilPow2(want), min(most, Grain)); whole <= min(most, room) {
			limit = whole
		}
	}
	return limit, min(limit, want)
}

func ceilPow2(n int) int { return 1 << bits.Len(uint(n-1)) }
