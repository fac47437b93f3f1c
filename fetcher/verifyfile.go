package fetcher

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/tgfetch/tgfetch/cdn"
	"github.com/tgfetch/tgfetch/chunker"
)

// Verdict is what comparing a file on disk with Telegram's hashes found.
type Verdict struct {
	// Size is how many bytes the file has on Telegram, Excess how many it has
	// more on disk.
	Size, Excess int64
	// Proven is how many bytes match, repaired ones included.
	Proven int64
	// Repaired are the ranges that were wrong or missing and are right now, Bad
	// those that still are wrong.
	Repaired, Bad []Range
	// Unproven are the ranges that Telegram has no hashes of.
	Unproven []Range
}

// OK reports whether the file is, beyond doubt, the one on Telegram.
func (v Verdict) OK() bool { return v.Proven == v.Size && v.Excess == 0 }

// VerifyOptions say how Verify goes about it.
type VerifyOptions struct {
	// Repair has wrong ranges fetched and replaced, in the file itself.
	Repair bool
}

// Verify compares the file at path with Telegram's hashes of f, all of them.
// With Repair, what is wrong is fetched again. No step of that leaves a worse
// file, wherever it ends: only wrong ranges are written to, only with bytes that
// have passed their hash, a file that is too short grows from its end on, and
// one that is too long is cut when all before is proven. The time of the file
// stays as it is.
//
// What is wrong with the file is in the Verdict, which is of use with an error
// too. Errors: the cause of ctx; [*DiskError]; a [*VerifyError] for a file of
// unknown size; and those of [Client.Fetch] about servers.
func (c *Client) Verify(ctx context.Context, f File, path string, opts VerifyOptions) (Verdict, error) {
	if f.Size < 0 {
		return Verdict{}, &VerifyError{File: f.label(), NoHash: true}
	}
	file, err := os.Open(path)
	if err != nil {
		return Verdict{}, diskError("open", path, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return Verdict{}, diskError("look at", path, err)
	}
	if !info.Mode().IsRegular() {
		return Verdict{}, diskError("read", path, errors.New("it is not a file"))
	}
	e := examiner{remote: c.newRemote(f), file: file, size: f.Size}
	m := mender{remote: e.remote, path: path, end: info.Size()}
	if opts.Repair {
		e.mend = m.mend
		// So that a file never has its size before it has its bytes.
		e.inOrder = info.Size() < f.Size
	}
	err = e.run(ctx)
	verdict := Verdict{
		Size:     f.Size,
		Excess:   max(info.Size()-f.Size, 0),
		Proven:   e.proven.sum(),
		Repaired: e.repaired.all(),
		Bad:      e.bad.all(),
		Unproven: e.doubt(),
	}
	if opts.Repair && err == nil && verdict.Excess > 0 && verdict.Proven == f.Size {
		if err = m.cut(f.Size); err == nil {
			verdict.Repaired = append(verdict.Repaired, Range{f.Size, info.Size()})
			verdict.Excess = 0
		}
	}
	if err := errors.Join(err, m.finish(info)); err != nil {
		return verdict, fmt.Errorf("%s: %w", f.label(), err)
	}
	return verdict, nil
}

// examiner compares a file on disk with all hashes that Telegram has of it.
type examiner struct {
	// Immutable.
	remote  *remote
	file    io.ReaderAt
	size    int64
	strict  bool                                    // The first doubt is the error.
	mend    func(context.Context, cdn.Window) error // Replaces a wrong window; nil leaves it.
	inOrder bool                                    // One window after the other.

	proven, bad, repaired ranges
}

// run compares block by block, several at a time.
func (e *examiner) run(outer context.Context) error {
	g, ctx := errgroup.WithContext(outer)
	g.SetLimit(fullAsks)
	if e.inOrder {
		g.SetLimit(1)
	}
	for block := int64(0); block < e.size && ctx.Err() == nil; block += chunker.Block {
		g.Go(func() error { return e.block(ctx, block) })
	}
	return cmp.Or(g.Wait(), context.Cause(outer))
}

// block compares the windows that begin in a block.
func (e *examiner) block(ctx context.Context, block int64) error {
	end := min(block+chunker.Block, e.size)
	for at := block; at < end; {
		over, gap, missing := e.remote.windowsOver(at, at, end)
		if missing && gap == at {
			err := e.ask(ctx, at, end)
			switch {
			case errors.Is(err, errHashless) && !e.strict:
				return nil
			case err != nil:
				return err
			}
			continue
		}
		for _, w := range over {
			if w.Offset > at {
				break
			}
			if w.Offset >= block {
				if err := e.window(ctx, w); err != nil {
					return err
				}
			}
			at = w.End()
		}
	}
	return nil
}

// ask learns the window at an offset; errHashless means that there is none.
func (e *examiner) ask(ctx context.Context, at, end int64) error {
	hashes, err := e.remote.fileHashes(ctx, at, true)
	if err != nil {
		return err
	}
	if err := e.remote.learn(hashes); err != nil {
		return err
	}
	if _, gap, missing := e.remote.windowsOver(at, at, end); missing && gap == at {
		return errHashless
	}
	return nil
}

// window compares one window.
func (e *examiner) window(ctx context.Context, w cdn.Window) error {
	good, err := matches(e.file, w)
	switch {
	case err != nil:
		return diskError("read", e.remote.file.Name, err)
	case good:
		e.proven.add(w.Offset, w.End())
		return nil
	case e.strict:
		return &VerifyError{File: e.remote.file.Name, Offset: w.Offset}
	case e.mend != nil:
		err := e.mend(ctx, w)
		if err == nil {
			e.proven.add(w.Offset, w.End())
			e.repaired.add(w.Offset, w.End())
			return nil
		}
		if !errors.As(err, new(*VerifyError)) {
			return err
		}
	}
	e.bad.add(w.Offset, w.End())
	return nil
}

// doubt is what is neither proven nor wrong.
func (e *examiner) doubt() []Range {
	var known ranges
	for _, r := range append(e.proven.all(), e.bad.all()...) {
		known.add(r.From, r.To)
	}
	return known.without(e.size)
}

// mender replaces wrong windows of a file by right ones.
type mender struct {
	// Immutable.
	remote *remote
	path   string

	opening sync.Once
	file    *os.File // Written by opening, which the first wrong window does.
	err     error    // Written by opening.
	share   share
	end     int64 // Of the file; changes only while one window is mended after the other.
}

func (m *mender) open() (*os.File, error) {
	m.opening.Do(func() {
		m.file, m.err = os.OpenFile(m.path, os.O_RDWR, 0)
		m.err = diskError("open for writing", m.path, m.err)
	})
	return m.file, m.err
}

// mend fetches the bytes of a window and writes them once they match. The error
// is a *VerifyError if they do not, or if there would be a hole before them.
func (m *mender) mend(ctx context.Context, w cdn.Window) error {
	if w.Offset > m.end {
		return &VerifyError{File: m.remote.file.Name, Offset: m.end}
	}
	file, err := m.open()
	if err != nil {
		return err
	}
	from := w.Offset - w.Offset%chunker.Grain
	to := min(w.End()+(chunker.Grain-w.End()%chunker.Grain)%chunker.Grain, m.remote.file.Size)
	budget := m.remote.c.budget
	if err := budget.reserve(ctx, &m.share, int(to-from)); err != nil {
		return err
	}
	defer budget.release(&m.share, int(to-from))
	data := make([]byte, to-from)
	for range 1 + maxRefetch {
		for at := from; at < to; {
			end := min(at-at%chunker.Block+chunker.Block, to)
			if _, err := m.remote.read(ctx, nil, at, data[at-from:end-from]); err != nil {
				return err
			}
			at = end
		}
		if right := data[w.Offset-from:][:w.Limit]; w.Matches(right) {
			if _, err := file.WriteAt(right, w.Offset); err != nil {
				return diskError("write", m.path, err)
			}
			if w.End() > m.end {
				m.end = w.End()
			}
			return nil
		}
	}
	return &VerifyError{File: m.remote.file.Name, Offset: w.Offset}
}

// cut removes what is behind the end of the file.
func (m *mender) cut(size int64) error {
	file, err := m.open()
	if err != nil {
		return err
	}
	return diskError("cut", m.path, file.Truncate(size))
}

// finish makes the repairs durable and puts back the time of the file.
func (m *mender) finish(before os.FileInfo) error {
	if m.file == nil {
		return nil
	}
	err := errors.Join(m.file.Sync(), m.file.Close(), os.Chtimes(m.path, before.ModTime(), before.ModTime()))
	return diskError("finish", m.path, err)
}
