package fetcher

import (
	"context"
	"fmt"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/chunker"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/filedata"
)

// What a message says of a file's size is a hint. When answers contradict it
// again and again, the server is asked where the file ends.

// wrongSizeError says that the server has a file of another size than its
// message says.
type wrongSizeError struct{ stated, real int64 }

func (e *wrongSizeError) Error() string {
	if e.stated == UnknownSize {
		return fmt.Sprintf("the message says no size, and the server has %d bytes", e.real)
	}
	return fmt.Sprintf("the message says %d bytes, and the server has %d", e.stated, e.real)
}

// contradictions is how many answers of a wrong length one range gets before
// the file is measured. One may be damaged.
const contradictions = 2

// maxMeasured is how often a file is measured until the answers agree.
const maxMeasured = 3

// maxSizes is how often one fetch may learn another size.
const maxSizes = 2

// measure finds out whether the file has the size that it is said to have, for
// all who want to know at once. The error is a *wrongSizeError if it certainly has
// not; answers that do not fit together prove nothing.
func (r *remote) measure(ctx context.Context, v view) error {
	if r.file.Size == UnknownSize {
		return nil
	}
	_, err := r.turns.once(ctx, turnMeasure, func() error {
		if r.wrongSize() != nil || r.measured >= maxMeasured {
			return nil
		}
		r.measured++
		size, ok := (&ruler{ctx: ctx, remote: r, view: v}).end(r.file.Size)
		if !ok {
			return nil
		}
		r.measured = maxMeasured
		if size != r.file.Size {
			r.mu.Lock()
			r.wrong = &wrongSizeError{stated: r.file.Size, real: size}
			r.mu.Unlock()
		}
		return nil
	})
	if wrong := r.wrongSize(); wrong != nil {
		return wrong
	}
	return err
}

// wrongSize is what measure found out, nil if nothing or that the size is right.
func (r *remote) wrongSize() *wrongSizeError {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.wrong
}

// leaf is the unit of measuring, the smallest limit there is.
const leaf = chunker.Smallest

// ruler finds the end of a file.
type ruler struct {
	ctx    context.Context
	remote *remote
	view   view
	odd    bool // an answer made no sense, or there was none
}

// end returns the size of the file, and whether answers before, at and behind
// its end agree.
func (u *ruler) end(near int64) (size int64, ok bool) {
	full, other := u.bracket(near / leaf)
	for full+1 < other && !u.odd {
		if middle := full + (other-full)/2; u.leaf(middle) == leaf {
			full = middle
		} else {
			other = middle
		}
	}
	n := u.leaf(other)
	agree := n < leaf && u.leaf(other+1) == 0 && u.leaf(other) == n && (other == 0 || u.leaf(other-1) == leaf)
	size = other*leaf + int64(n)
	return size, agree && !u.odd && size > 0
}

// bracket finds a leaf that is full, or −1, and a later one that is not,
// beginning at a guess.
func (u *ruler) bracket(guess int64) (full, other int64) {
	step := int64(1)
	if u.leaf(guess) == leaf {
		for full, other = guess, guess+step; !u.odd && other < chunker.MaxSize/leaf && u.leaf(other) == leaf; step *= 2 {
			full, other = other, other+2*step
		}
		return full, other
	}
	for full, other = guess-step, guess; full >= 0 && !u.odd && u.leaf(full) < leaf; step *= 2 {
		full, other = full-2*step, full
	}
	return max(full, -1), other
}

// leaf is how many bytes there are in the leaf with a number.
func (u *ruler) leaf(number int64) int {
	if u.odd || number < 0 {
		return 0
	}
	answer := filedata.FileAnswer{Room: func() []byte { return make([]byte, leaf) }}
	request := &tg.UploadGetFileRequest{Location: u.view.location, Offset: number * leaf, Limit: leaf}
	target := dcpool.Target{DC: u.view.dc, Kind: dcpool.Media, Bytes: leaf, OnConn: func(dcpool.ConnID) {}}
	switch err := u.remote.c.do(u.ctx, target, request, &answer); {
	case tgerr.Is(err, "OFFSET_INVALID"):
		return 0 // Behind the end.
	case err != nil, answer.Redirect != nil:
		u.odd = true
		return 0
	}
	return answer.N
}

// lookBehind asks whether a file goes on where it is said to end. It is for sizes
// at which no request reaches beyond the end by itself. That there is no answer
// is not the file's fault.
func (r *remote) lookBehind(ctx context.Context, size int64) error {
	u := ruler{ctx: ctx, remote: r, view: r.now()}
	if u.leaf(size/leaf) == 0 {
		return nil
	}
	return r.measure(ctx, r.now())
}

// longUnsized is how far, in bytes, a file of unknown size is read before its size is found out: the
// disk's room, and what is believed, are then held against that. Photos, which state no size, are shorter.
const longUnsized = 64 << 20

// size finds out the size of a file that is longer than longUnsized. The error is a *wrongSizeError, or
// why there is none.
func (r *remote) size(ctx context.Context) error {
	size, err := r.findSize(ctx)
	if err != nil {
		return err
	}
	return &wrongSizeError{stated: UnknownSize, real: size}
}

// findSize finds out the size of a file of which it is not known.
func (r *remote) findSize(ctx context.Context) (int64, error) {
	beginning := make([]byte, chunker.Grain)
	n, err := r.read(ctx, nil, 0, ownSpace(beginning))
	if err != nil || n < len(beginning) {
		return int64(n), err
	}
	size, ok := (&ruler{ctx: ctx, remote: r, view: r.now()}).end(int64(n))
	if !ok {
		return 0, fmt.Errorf("%w: the server does not say where it ends", chunker.ErrSize)
	}
	return size, nil
}

// confirmEnd asks once more for what is around the end that an answer showed of a
// file whose size nobody knows: one answer that is too short would make it shorter
// for ever. The error is a *lengthError.
func (r *remote) confirmEnd(ctx context.Context, v view, end int64, asked int) error {
	u := ruler{ctx: ctx, remote: r, view: v}
	n := u.leaf(end / leaf)
	if u.odd || int64(n) == end%leaf {
		return nil
	}
	return &lengthError{got: n, want: asked}
}
