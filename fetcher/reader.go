package fetcher

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/tgfetch/tgfetch/cache"
	"github.com/tgfetch/tgfetch/chunker"
	"github.com/tgfetch/tgfetch/dcpool"
)

// Reader reads a file on Telegram at any offset, without a copy on disk. What
// was read once comes from the cache while it is there; reading in order is answered from
// requests made ahead. Bytes are compared with the hashes of the file's data
// center before they are handed on; see [ReaderOptions].
//
// ReadAt may be called concurrently; Read and Seek share one position and may
// not.
type Reader struct {
	// Immutable.
	c      *Client
	within Range // What may be read. Without an end it ends with the file.
	verify VerifyMode
	piece  int64           // What one request brings, in bytes.
	deep   int             // How many pieces are fetched ahead at most.
	keep   bool            // Pieces go to the cache, and come from there.
	ctx    context.Context // Ends with Close: io.ReaderAt has no context of its own.
	cancel context.CancelCauseFunc
	caller context.Context // That of Open.

	share  share          // of the budget
	pieces sync.WaitGroup // the fetches that run
	read   ranges         // what was handed on
	proven ranges         // what matched a hash, handed on or not

	mu     sync.Mutex
	remote *remote          // Guarded by mu.
	size   int64            // Guarded by mu.
	ahead  map[int64]*piece // Guarded by mu. Pieces on their way or not read to their end.
	next   int64            // Guarded by mu. Where a reader in order reads next.
	depth  int              // Guarded by mu. How many pieces to be ahead.
	closed bool             // Guarded by mu.

	pos int64 // Owned by the caller of Read and Seek.
}

const (
	// pieceSize is what one request of a Reader brings, in bytes.
	pieceSize = 256 << 10
	// maxDepth is how many pieces are fetched ahead of a reader in order, unless
	// the caller says something else; the number doubles up to it.
	maxDepth = 16
)

// ReaderOptions say how a Reader reads. The zero value compares all that there
// are hashes of, and reads the whole file.
type ReaderOptions struct {
	// Verify says what is compared before it is handed on. With VerifyServer it is
	// every byte that the file's data center gives hashes of, for one request in
	// each MiB, unless these come more than 1 s after the bytes; with VerifyFull a
	// byte without a hash is a [*VerifyError]; with VerifyOff it is what a CDN sends
	// alone.
	Verify VerifyMode
	// Ahead is how many bytes are asked for ahead of a reader in order, at most,
	// and so how much memory the Reader takes. Zero is 4 MiB; negative is none.
	Ahead int64
	// Range is what may be read: the rest of the file is behind its end, and Read
	// begins at its start. Without an end it ends with the file.
	Range Range
}

// piece is one range of the file, while it is fetched and after. Its memory is lent,
// and given back when nobody fetches it, reads it or will read it.
type piece struct {
	// Immutable.
	offset int64
	cancel context.CancelCauseFunc
	done   chan struct{}

	users int // Guarded by Reader.mu. Its fetch, and calls that wait for it or copy from it.

	data *space // Owned by its fetch, until done is closed; read by calls that have entered it.
	err  error  // Written before done is closed.
}

// errPassed is the cause of giving up a piece that nobody is going to read.
var errPassed = errors.New("the reader is somewhere else now")

// ErrReaderClosed is returned by calls of a closed Reader.
var ErrReaderClosed = errors.New("fetcher: the Reader is closed")

// Open makes a file readable at any offset. It does no I/O, unless the file is of
// unknown size: then the server is asked for that. The Reader ends with ctx or its
// Close, whichever comes first. The error is [ErrInvalidFile], or why there is no
// answer.
func (c *Client) Open(ctx context.Context, f File) (*Reader, error) {
	return c.OpenWith(ctx, f, ReaderOptions{})
}

// OpenWith is [Client.Open] with options. A Range outside the file is a
// chunker.ErrSize too.
func (c *Client) OpenWith(ctx context.Context, f File, o ReaderOptions) (*Reader, error) {
	r, err := c.newReader(ctx, f, o)
	if err != nil {
		return nil, dcpool.Ended(ctx, fmt.Errorf("%s: %w", f.label(), err))
	}
	r.piece, r.keep = pieceSize, c.cache != cache.Cache(cache.None{})
	r.deep = maxDepth
	if o.Ahead != 0 {
		r.deep = int(max(o.Ahead, 0) / r.piece)
	}
	return r, nil
}

// newReader leaves out how much is asked for at once and ahead.
func (c *Client) newReader(ctx context.Context, f File, o ReaderOptions) (*Reader, error) {
	if err := c.check(f); err != nil {
		return nil, err
	}
	if f.Size == UnknownSize {
		size, err := c.newRemote(f).findSize(ctx)
		if err != nil {
			return nil, err
		}
		if err := c.checkSize(size); err != nil {
			return nil, err
		}
		f.Size = size
	}
	if f.Size > chunker.MaxSize {
		return nil, fmt.Errorf("%w: %d bytes cannot be read at any offset", chunker.ErrSize, f.Size)
	}
	if in := o.Range; in.From < 0 || in.From > f.Size || in.To != 0 && (in.To < in.From || in.To > f.Size) {
		return nil, fmt.Errorf("%w: bytes %d to %d of a file of %d", chunker.ErrSize, in.From, in.To, f.Size)
	}
	r := &Reader{
		c: c, remote: c.newRemote(f), size: f.Size, within: o.Range, verify: o.Verify, pos: o.Range.From,
		ahead: make(map[int64]*piece), caller: ctx,
	}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	return r, nil
}

// Size is the file's size in bytes: what the message says, until the server has
// proven to have another.
func (r *Reader) Size() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.size
}

// end is the offset behind the last byte that may be read.
func (r *Reader) end() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.endLocked()
}

func (r *Reader) endLocked() int64 {
	if r.within.To == 0 {
		return r.size
	}
	return min(r.within.To, r.size)
}

// now is where the file is, and what it is.
func (r *Reader) now() *remote {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.remote
}

// resize goes on with the size that the server has.
func (r *Reader) resize(wrong *wrongSizeError) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.size != wrong.stated {
		return // Another call was told first.
	}
	f := r.remote.file
	r.c.log.Warn("the file has another size than its message says", "file", f.Name, "says", wrong.stated, "has", wrong.real)
	f.Size = wrong.real
	r.remote, r.size = r.c.newRemote(f), f.Size
	r.dropLocked(-1, -1)
}

// ReadAt implements io.ReaderAt. Errors are those of [Client.Fetch] that do
// not concern the disk, and [ErrReaderClosed].
func (r *Reader) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 || off < r.within.From {
		return 0, fmt.Errorf("fetcher: offset %d is before the start", off)
	}
	for n < len(p) && off+int64(n) < r.end() {
		most := min(int64(len(p)-n), r.end()-off-int64(n))
		copied, err := r.copyAt(p[n:n+int(max(most, 0))], off+int64(n))
		n += copied
		if wrong, ok := errors.AsType[*wrongSizeError](err); ok {
			if err = r.c.checkSize(wrong.real); err == nil {
				r.resize(wrong)
			}
		}
		if err != nil {
			return n, dcpool.Ended(r.caller, err)
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// copyAt reads from the piece that holds at.
func (r *Reader) copyAt(p []byte, at int64) (int, error) {
	piece, err := r.enter(at, len(p))
	if err != nil {
		return 0, err
	}
	defer r.leave(piece)
	select {
	case <-piece.done:
	case <-r.ctx.Done():
		return 0, context.Cause(r.ctx)
	}
	if piece.err != nil {
		r.forget(piece)
		return 0, piece.err
	}
	n := copy(p, piece.data.mem[at-piece.offset:])
	r.read.add(at, at+int64(n))
	r.c.active.bytes.Add(int64(n))
	return n, nil
}

// enter returns the piece that holds at, and has the pieces fetched that will
// be wanted after it: those of a read of n bytes, and as many more as a reader
// in order deserves. The caller leaves the piece when it has read.
func (r *Reader) enter(at int64, n int) (*piece, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, ErrReaderClosed
	}
	if at >= r.endLocked() {
		return nil, io.EOF // It has turned out to be shorter.
	}
	first := at - at%r.piece
	if at == r.next {
		r.depth = min(max(1, 2*r.depth), r.deep)
	} else if first != r.next-r.next%r.piece {
		r.depth = 0
	}
	r.next = min(at+int64(n), first+r.piece)
	last := min(at+int64(n)-1+int64(r.depth)*r.piece, first+int64(r.deep)*r.piece, r.endLocked()-1)
	r.dropLocked(first, last)
	for offset := first; offset <= max(first, last); offset += r.piece {
		if _, ok := r.ahead[offset]; !ok {
			r.ahead[offset] = r.startLocked(offset)
		}
	}
	p := r.ahead[first]
	p.users++
	return p, nil
}

// leave ends what enter or startLocked began.
func (r *Reader) leave(p *piece) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p.users--
	if r.ahead[p.offset] != p {
		r.passLocked(p)
	}
}

// passLocked ends the fetch of a piece that is not ahead any more once nobody waits
// for it, and frees its memory once that has ended.
func (r *Reader) passLocked(p *piece) {
	select {
	case <-p.done:
		if p.users == 0 {
			p.data.free()
		}
	default:
		if p.users == 1 {
			p.cancel(errPassed)
		}
	}
}

// dropLocked forgets pieces outside [first, last], and gives up those on their way
// that nobody waits for.
func (r *Reader) dropLocked(first, last int64) {
	for offset, p := range r.ahead {
		if offset >= first && offset <= last {
			continue
		}
		delete(r.ahead, offset)
		r.passLocked(p)
	}
}

func (r *Reader) forget(p *piece) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ahead[p.offset] == p {
		delete(r.ahead, p.offset) // Who forgets it has entered it, and frees it when leaving.
	}
}

// startLocked begins to fetch a piece.
func (r *Reader) startLocked(offset int64) *piece {
	ctx, cancel := context.WithCancelCause(r.ctx)
	remote := r.remote
	p := &piece{
		offset: offset, cancel: cancel, done: make(chan struct{}),
		users: 1, data: lend(int(min(r.piece, remote.file.Size-offset))),
	}
	r.pieces.Go(func() {
		defer cancel(nil)
		p.err = r.fetch(ctx, remote, offset, p.data)
		close(p.done)
		r.leave(p)
	})
	return p
}

// fetch fills dst with a piece from the cache or from Telegram. What is there then was
// compared as the Reader's mode says.
func (r *Reader) fetch(ctx context.Context, remote *remote, offset int64, dst *space) error {
	size := remote.file.Size
	key := cache.Key{File: remote.file.Key(), Offset: offset}
	cached := r.cached(key, dst)
	if !cached {
		r.c.budget.move(&r.share, remote.target().DC)
		if err := r.c.budget.reserve(ctx, &r.share, int(r.piece), size); err != nil {
			return err
		}
		defer r.c.budget.release(&r.share, int(r.piece))
	}
	read := func(ctx context.Context) error {
		if cached {
			return nil
		}
		_, err := remote.read(ctx, nil, offset, dst)
		if err == nil && offset+int64(dst.size) == size && size%chunker.Grain == 0 {
			err = remote.lookBehind(ctx, size)
		}
		return err
	}
	if err := r.compared(ctx, remote, offset, dst, read); err != nil {
		return fmt.Errorf("%s: %w", remote.file.label(), err)
	}
	for _, p := range dst.proven {
		r.proven.add(p.From, p.To)
	}
	if r.keep && !cached {
		r.c.cache.Put(key, dst.bytes())
	}
	return nil
}

// cached fills dst with a piece from the cache, if it is there; otherwise dst holds no
// memory while the piece waits for the budget.
func (r *Reader) cached(key cache.Key, dst *space) bool {
	if !r.keep {
		return false
	}
	if n, ok := r.c.cache.Get(key, dst.bytes()); ok && n == dst.size {
		return true
	}
	dst.free()
	return false
}

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := r.ReadAt(p, r.pos)
	r.pos += int64(n)
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

// Seek implements io.Seeker.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += r.pos
	case io.SeekEnd:
		offset += r.end()
	default:
		return 0, fmt.Errorf("fetcher: whence %d", whence)
	}
	if offset < 0 || offset < r.within.From {
		return 0, errors.New("fetcher: a seek before the start")
	}
	r.pos = offset
	return offset, nil
}

// Close ends the requests made ahead and waits for them.
func (r *Reader) Close() error {
	r.mu.Lock()
	r.closed = true
	r.dropLocked(-1, -1)
	r.mu.Unlock()
	r.cancel(ErrReaderClosed)
	r.pieces.Wait()
	return nil
}
