package fetcher

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"golang.org/x/sync/errgroup"
)

// sinkWriters is how many calls of a Writer that takes bytes in order are under
// way at once, unless the caller says something else.
const sinkWriters = 4

// fetchInOrder downloads to a Writer that cannot be read back, or that wants
// parts of a size or few calls at once.
func (c *Client) fetchInOrder(ctx context.Context, f File, t Target) (Result, error) {
	k := &sinkOf{to: t.Writer, size: t.Align, most: t.Writers}
	if k.size == 0 {
		k.size = streamPiece
	}
	if k.most == 0 {
		k.most = sinkWriters
	}
	// The first failure of the Writer ends writing, and is its cause.
	g, writing := errgroup.WithContext(ctx)
	g.SetLimit(k.most)
	k.group, k.ctx = g, writing
	result, err := c.stream(writing, f, k, StreamOptions{Verify: t.Verify, Hash: t.Hash})
	if err == nil {
		k.flush()
	}
	return result, cmp.Or(g.Wait(), err)
}

// sinkOf collects bytes that come in order into parts of one size, and has them
// written by a few goroutines. Write and flush are called by one goroutine.
type sinkOf struct {
	to    io.WriterAt
	size  int
	most  int
	group *errgroup.Group
	ctx   context.Context // Ends with the first failure.

	free sync.Pool // *[]byte of size bytes.
	part *[]byte   // What is collected.
	n    int       // Of part.
	at   int64     // Where part begins.
}

// Write implements io.Writer.
func (k *sinkOf) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		if k.ctx.Err() != nil {
			return n, context.Cause(k.ctx)
		}
		if k.part == nil {
			k.part = k.buffer()
		}
		m := copy((*k.part)[k.n:], p)
		k.n += m
		n += m
		p = p[m:]
		if k.n == k.size {
			k.flush()
		}
	}
	return n, nil
}

func (k *sinkOf) buffer() *[]byte {
	if b, ok := k.free.Get().(*[]byte); ok {
		return b
	}
	b := make([]byte, k.size)
	return &b
}

// flush has what was collected written, as soon as one of the writers is free.
func (k *sinkOf) flush() {
	if k.n == 0 {
		return
	}
	part, n, at := k.part, k.n, k.at
	k.part, k.n, k.at = nil, 0, k.at+int64(k.n)
	k.group.Go(func() error {
		defer k.free.Put(part)
		return writeAt(k.to, (*part)[:n], at)
	})
}

// writer is a sink of the caller's that can be read back.
type writer struct {
	to   io.WriterAt
	from io.ReaderAt
}

func (w writer) WriteAt(p []byte, at int64) (int, error) { return len(p), writeAt(w.to, p, at) }

// ReadAt implements io.ReaderAt.
func (w writer) ReadAt(p []byte, at int64) (n int, err error) {
	defer guard(callersWriter, &err)
	n, err = w.from.ReadAt(p, at)
	if err != nil && err != io.EOF {
		err = &CallerError{What: callersWriter, Err: fmt.Errorf("reading %d bytes at %d: %w", len(p), at, err)}
	}
	return n, err
}

func (writer) Done(int64, []byte) error { return nil }

// writeAt calls a Writer of the caller's. A panic in it is an error that says
// whose it is.
func writeAt(to io.WriterAt, p []byte, at int64) (err error) {
	defer guard(callersWriter, &err)
	n, err := to.WriteAt(p, at)
	if err == nil && n != len(p) {
		err = io.ErrShortWrite
	}
	if _, known := errors.AsType[*DiskError](err); err != nil && !known {
		err = &CallerError{What: callersWriter, Err: fmt.Errorf("%d bytes at %d: %w", len(p), at, err)}
	}
	return err
}
