package chunker

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
)

// Unknown is the size of a file whose end only the server knows.
const Unknown = -1

// MaxSize bounds what a server may claim a file to be. It is far above what
// Telegram stores and keeps all arithmetic on offsets exact.
const MaxSize = 1 << 50

// ErrSize means that a file claims a size no plan can be made for.
var ErrSize = errors.New("chunker: impossible file size")

// Part is one request: Limit bytes are to be asked for at Offset, and the first
// Bytes of the answer belong to the file.
type Part struct {
	Offset int64
	// Limit is legal for upload.getFile and may reach past the end of the file.
	Limit int
	// Bytes is how many bytes a right answer has. For a file of unknown
	// size it equals Limit, and a shorter answer is the end of the file.
	Bytes int
	// Hedge marks a second request for bytes that are already on their way.
	Hedge bool

	id uint64
}

// End is the offset of the byte after the part.
func (p Part) End() int64 { return p.Offset + int64(p.Bytes) }

// Plan is what is known and what is missing of one file.
type Plan struct {
	size  int64 // Unknown until the end was seen.
	have  spans
	todo  spans // neither here nor on its way
	out   []flight
	next  uint64
	bytes int64 // in have
}

// flight is a part that was handed out; oldest first in Plan.out.
type flight struct {
	Part
	hedged bool
}

// New plans a file of size bytes, or of [Unknown] size. The error is [ErrSize].
func New(size int64) (*Plan, error) {
	switch {
	case size == Unknown:
		return &Plan{size: Unknown, todo: spans{{0, MaxSize}}}, nil
	case size < 0 || size > MaxSize:
		return nil, fmt.Errorf("%w: %d bytes", ErrSize, size)
	}
	p := &Plan{size: size}
	p.todo.add(0, size)
	return p, nil
}

// Next hands out the first missing part, of at most most bytes rounded down as
// [Legal] does. It answers false when nothing is missing that is not already on
// its way. A file of unknown size is handed out in order, one part at a time,
// because each part may be the last.
func (p *Plan) Next(most int) (Part, bool) {
	if len(p.todo) == 0 || p.size == Unknown && len(p.out) > 0 {
		return Part{}, false
	}
	first := p.todo[0]
	part := Part{Offset: first.lo}
	part.Limit, part.Bytes = Piece(first.lo, first.hi, p.size, most)
	p.todo.remove(part.Offset, part.End())
	return p.send(part), true
}

// Oldest is the part that has been on its way longest, of those that were handed
// out once: the one that [Plan.Hedge] hands out next.
func (p *Plan) Oldest() (Part, bool) {
	i := p.oldest()
	if i < 0 {
		return Part{}, false
	}
	return p.out[i].Part, true
}

// Hedge hands out once more the part that has been on its way longest, if it
// was not handed out twice before. Whichever answer comes first counts.
func (p *Plan) Hedge() (Part, bool) {
	i := p.oldest()
	if i < 0 {
		return Part{}, false
	}
	p.out[i].hedged = true
	part := p.out[i].Part
	part.Hedge = true
	return p.send(part), true
}

// oldest is the index in out of the part to hedge, or -1.
func (p *Plan) oldest() int {
	return slices.IndexFunc(p.out, func(f flight) bool {
		return !f.Part.Hedge && !f.hedged && !p.have.has(f.Offset, f.End())
	})
}

func (p *Plan) send(part Part) Part {
	p.next++
	part.id = p.next
	p.out = append(p.out, flight{Part: part})
	return part
}

// Done records that the first n bytes of a part were written. What is missing
// of the part goes back to be handed out again; a file of unknown size ends
// there. It returns how many of the bytes are new, and the grains that became
// whole. A part that was already reported counts for nothing.
func (p *Plan) Done(part Part, n int) (fresh int64, grains []int64) {
	if !p.land(part) {
		return 0, nil
	}
	end := part.Offset + int64(min(max(n, 0), part.Bytes))
	fresh = p.record(part.Offset, end)
	if p.size == Unknown && end < part.End() {
		p.end(end)
	}
	p.giveBack(end, part.End())
	if fresh > 0 {
		for g := part.Offset / Grain; g*Grain < end; g++ {
			if p.HasGrain(g) {
				grains = append(grains, g)
			}
		}
	}
	return fresh, grains
}

// Fail gives a part back unwritten.
func (p *Plan) Fail(part Part) {
	if p.land(part) {
		p.giveBack(part.Offset, part.End())
	}
}

// land takes a part off the list of those on their way, and says whether it
// was there.
func (p *Plan) land(part Part) bool {
	i := slices.IndexFunc(p.out, func(f flight) bool { return f.id == part.id })
	if i < 0 {
		return false
	}
	p.out = slices.Delete(p.out, i, i+1)
	for j, f := range p.out {
		if f.Offset == part.Offset && f.Bytes == part.Bytes {
			// The other half of a hedge may be hedged again.
			p.out[j].hedged, p.out[j].Part.Hedge = false, false
		}
	}
	return true
}

func (p *Plan) record(lo, hi int64) (fresh int64) {
	fresh = hi - lo - p.have.count(lo, hi)
	p.have.add(lo, hi)
	p.todo.remove(lo, hi)
	p.bytes += fresh
	return fresh
}

// giveBack makes [lo, hi) missing again, but for what is here or still on its
// way in another part.
func (p *Plan) giveBack(lo, hi int64) {
	if p.size != Unknown {
		hi = min(hi, p.size)
	}
	var back spans
	back.add(lo, hi)
	for v := range p.have.within(lo, hi) {
		back.remove(v.lo, v.hi)
	}
	for _, f := range p.out {
		back.remove(f.Offset, f.End())
	}
	for _, v := range back {
		p.todo.add(v.lo, v.hi)
	}
}

// end fixes the size of a file that had none.
func (p *Plan) end(size int64) {
	p.size = size
	p.todo.remove(size, math.MaxInt64)
}

// Restore records grain g as written by an earlier run.
func (p *Plan) Restore(g int64) {
	if lo, hi := p.grain(g); lo < hi {
		p.record(lo, hi)
	}
}

// Drop makes grain g missing again, because what was written proved wrong.
func (p *Plan) Drop(g int64) {
	lo, hi := p.grain(g)
	p.bytes -= p.have.count(lo, hi)
	p.have.remove(lo, hi)
	p.giveBack(lo, hi)
}

// grain is the range of grain g, empty if the file has no such grain.
func (p *Plan) grain(g int64) (lo, hi int64) {
	size := p.size
	if size == Unknown {
		size = MaxSize
	}
	if g < 0 || g > size/Grain {
		return 0, 0
	}
	return g * Grain, min((g+1)*Grain, size)
}

// HasGrain reports whether every byte of grain g is written.
func (p *Plan) HasGrain(g int64) bool {
	lo, hi := p.grain(g)
	return lo < hi && p.have.has(lo, hi)
}

// Grains yields the grains that are whole, in order.
func (p *Plan) Grains() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for _, v := range p.have {
			for g := (v.lo + Grain - 1) / Grain; g*Grain < v.hi; g++ {
				if p.HasGrain(g) && !yield(g) {
					return
				}
			}
		}
	}
}

// Size is the file's size, or [Unknown] while its end was not seen.
func (p *Plan) Size() int64 { return p.size }

// Bytes is how many bytes of the file are written.
func (p *Plan) Bytes() int64 { return p.bytes }

// Prefix is how many bytes from the start on are written without a gap.
func (p *Plan) Prefix() int64 {
	if len(p.have) == 0 || p.have[0].lo != 0 {
		return 0
	}
	return p.have[0].hi
}

// InFlight is how many parts are on their way.
func (p *Plan) InFlight() int { return len(p.out) }

// Complete reports whether every byte is written, which takes a known size.
func (p *Plan) Complete() bool { return p.size != Unknown && p.bytes == p.size }
