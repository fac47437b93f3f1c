package fetcher

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"sync/atomic"
	"time"

	"github.com/tgfetch/tgfetch/dcpool"
)

const (
	// streamPiece is what one request of a Stream brings, in bytes.
	streamPiece = 512 << 10
	// streamAhead is how many bytes a Stream has asked for, at most, unless the
	// caller says something else.
	streamAhead = 16 << 20
)

// StreamOptions say what Stream writes. The zero value is the whole file, with
// all that there are hashes of compared.
type StreamOptions struct {
	// From is the offset of the first byte that is written: File.Size less what is
	// missing, or what the Results of earlier Streams have written.
	From int64
	// Verify says what is compared before it is written, as for a [Reader].
	Verify VerifyMode
	// Hash asks for Result.SHA256, of the bytes that are written.
	Hash bool
	// Ahead is how many bytes are asked for ahead of the writer, at most, and so
	// how much memory a Stream takes. Zero is 16 MiB.
	Ahead int64
}

// Stream writes a file to w, in order and within bounded memory, and compares
// it window by window before a byte is handed on. Nothing is kept on disk. It
// calls w on the caller's goroutine.
//
// With an error, Result.Bytes is how many bytes w has taken: a Stream from
// there on writes the rest. Errors: those of w, as a [*CallerError]; those of
// [Client.Fetch] that do not concern the disk; chunker.ErrSize for a From that
// is outside the file.
func (c *Client) Stream(ctx context.Context, f File, w io.Writer, o StreamOptions) (Result, error) {
	started := time.Now()
	result, err := c.stream(ctx, f, namedWriter{w}, o)
	result.Elapsed = time.Since(started)
	if f.Size != UnknownSize {
		result.Stated = f.Size
	}
	c.active.ended(err)
	if err != nil {
		return result, dcpool.Ended(ctx, fmt.Errorf("%s: %w", f.label(), err))
	}
	return result, nil
}

// namedWriter names the errors of a writer as its own.
type namedWriter struct{ w io.Writer }

func (c namedWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	if n < 0 || n > len(p) {
		return 0, &CallerError{What: callersWriter, Err: fmt.Errorf("it says that it took %d of %d bytes", n, len(p))}
	}
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return n, &CallerError{What: callersWriter, Err: err}
	}
	return n, nil
}

// stream is where a Stream's bytes go.
type stream struct {
	// Immutable.
	r       *Reader
	w       io.Writer
	hash    hash.Hash // Nil if no sum is wanted.
	started time.Time

	written atomic.Int64
}

func (s *stream) progress() Progress {
	remote := s.r.now()
	return Progress{File: remote.file, Done: s.written.Load(), Started: s.started, Route: remote.route()}
}

func (s *stream) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.written.Add(int64(n))
	if s.hash != nil {
		s.hash.Write(p[:n])
	}
	return n, err
}

func (c *Client) stream(ctx context.Context, f File, w io.Writer, o StreamOptions) (result Result, err error) {
	r, err := c.newReader(ctx, f, ReaderOptions{Verify: o.Verify, Range: Range{From: o.From}})
	if err != nil {
		return Result{File: f}, err
	}
	ahead := o.Ahead
	if ahead == 0 {
		ahead = streamAhead
	}
	r.piece, r.deep = streamPiece, int(max(ahead, 0)/streamPiece)
	defer r.Close()
	s := &stream{r: r, w: w, started: time.Now()}
	if o.Hash {
		s.hash = sha256.New()
	}
	c.finder.expect(f.Source)
	defer c.finder.forget(f.Source)
	c.active.add(s)
	defer c.active.remove(s)
	err = s.copy(o.From)
	result = r.result()
	result.Bytes = s.written.Load()
	if s.hash != nil {
		result.SHA256 = s.hash.Sum(nil)
	}
	return result, err
}

// copy copies from an offset on to the end, which may turn out to be elsewhere
// than the message says.
func (s *stream) copy(at int64) error {
	r := s.r
	buf := takeBuffer(streamPiece)
	defer giveBuffer(buf)
	for at < r.Size() {
		part := (*buf)[:streamPiece-at%streamPiece]
		n, err := r.ReadAt(part, at)
		if err == io.EOF {
			err = nil // It is asked for again.
		}
		if err == nil {
			_, err = s.Write(part[:n])
		}
		if err != nil {
			return err
		}
		at += int64(n)
	}
	return nil
}

// result is what a Reader knows of what it has read.
func (r *Reader) result() Result {
	remote := r.now()
	result := Result{
		File:        remote.file,
		Refetched:   remote.refetched.Load(),
		Route:       remote.route(),
		CDNLeft:     remote.now().cdn.Reason(),
		Connections: remote.connections(),
		Proven:      r.Proven(),
	}
	result.Unproven, result.Why = r.Unproven()
	return result
}
