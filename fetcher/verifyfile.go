package fetcher

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/tgfetch/tgfetch/cdn"
	"github.com/tgfetch/tgfetch/chunker"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/session/ownfile"
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
	// Repair has wrong ranges fetched and replaced, in the file itself. A file of
	// which no window matches is left alone: it is another one.
	Repair bool
	// Known says that the file is no other, whatever is in it.
	Known bool
}

// Verify compares the file at path with Telegram's hashes of f, all of them.
// With Repair, what is wrong is fetched again. No step of that leaves a worse
// file, wherever it ends: only wrong ranges are written to, only with bytes that
// have passed their hash, a file that is too short grows from its end on, and
// one that is too long is cut when all before is proven. The time of the file
// stays as it is.
//
// What is wrong with the file is in the Verdict, which is of use with an error
// too. Errors: [ErrInvalidFile]; the cause of ctx; [*DiskError]; a [*VerifyError] for a file of
// unknown size; and those of [Client.Fetch] about servers.
func (c *Client) Verify(ctx context.Context, f File, path string, opts VerifyOptions) (Verdict, error) {
	if err := c.check(f); err != nil {
		return Verdict{}, fmt.Errorf("%s: %w", f.label(), err)
	}
	if f.Size < 0 {
		return Verdict{}, &VerifyError{File: f.label(), NoHash: true}
	}
	file, err := ownfile.Open(ownfile.Verified, path)
	if err != nil {
		return Verdict{}, diskError("open", path, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return Verdict{}, diskError("look at", path, err)
	}
	e := examiner{remote: c.newRemote(f), file: file, size: f.Size}
	err = e.run(ctx)
	excess := max(info.Size()-f.Size, 0)
	m := mender{examiner: &e, path: path, info: info, end: info.Size()}
	if err == nil && opts.Repair && (opts.Known || info.Size() == 0 || e.proven.sum() > 0) {
		err = m.run(ctx)
	}
	verdict := Verdict{
		Size:     f.Size,
		Excess:   max(m.end-f.Size, 0),
		Proven:   e.proven.sum(),
		Repaired: m.repaired.all(),
		Bad:      e.bad.all(),
		Unproven: e.doubt(),
	}
	if excess > verdict.Excess {
		verdict.Repaired = append(verdict.Repaired, Range{f.Size, f.Size + excess})
	}
	if err := errors.Join(err, m.finish()); err != nil {
		return verdict, dcpool.Ended(ctx, fmt.Errorf("%s: %w", f.label(), err))
	}
	return verdict, nil
}

// examiner compares a file on disk with all hashes that Telegram has of it.
type examiner struct {
	// Immutable.
	remote *remote
	file   io.ReaderAt
	size   int64
	strict bool // The first doubt is the error.

	asked       atomic.Int64 // Requests for hashes.
	proven, bad ranges
}

// strayAsks is how many requests more than there are windows of Telegram's
// length a strict examiner makes.
const strayAsks = 8

// errTooMany means that hashes come in pieces too small to be worth asking for.
var errTooMany = errors.New("the data center's answers have too few hashes")

// run compares block by block, several at a time.
func (e *examiner) run(outer context.Context) error {
	g, ctx := errgroup.WithContext(outer)
	g.SetLimit(fullAsks)
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
				if err := e.window(w); err != nil {
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
	if e.asked.Add(1) > e.size/chunker.Grain+strayAsks && e.strict {
		return errTooMany
	}
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
func (e *examiner) window(w cdn.Window) error {
	good, err := matches(e.file, w)
	switch {
	case err != nil:
		return diskError("read", e.remote.file.Name, err)
	case good:
		e.proven.add(w.Offset, w.End())
	case e.strict:
		return e.remote.contradicts(w)
	default:
		e.bad.add(w.Offset, w.End())
	}
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
	*examiner
	path  string      // Immutable.
	info  fs.FileInfo // Immutable. Of the file as it was.
	share share

	opening sync.Once
	out     *os.File // Written by opening, which the first wrong window does.
	err     error    // Written by opening.

	end      int64 // Of the file. Changes only while one window is mended after the other.
	repaired ranges
}

// run mends what is wrong: inside the file several windows at a time; behind its
// end one after the other, so that it never has its size before it has its
// bytes. What is too much is cut off when all else is right.
func (m *mender) run(ctx context.Context) error {
	wrong := m.wrong()
	inside := slices.IndexFunc(wrong, func(w cdn.Window) bool { return w.End() > m.end })
	if inside < 0 {
		inside = len(wrong)
	}
	g, each := errgroup.WithContext(ctx)
	g.SetLimit(fullAsks)
	for _, w := range wrong[:inside] {
		g.Go(func() error { return m.mend(each, w) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, w := range wrong[inside:] {
		if w.Offset > m.end {
			break // There would be a hole.
		}
		if err := m.mend(ctx, w); err != nil {
			return err
		}
	}
	if m.end > m.size && m.proven.sum() == m.size {
		return m.cut()
	}
	return nil
}

// wrong are the windows that do not match, in order.
func (m *mender) wrong() (list []cdn.Window) {
	for _, r := range m.bad.all() {
		over, _, _ := m.remote.windowsOver(r.From, r.From, r.To)
		list = append(list, over...)
	}
	return list
}

// openAgain opens for writing what was examined, and nothing that took its name since.
func openAgain(path string, examined fs.FileInfo) (*os.File, error) {
	out, err := os.OpenFile(path, os.O_RDWR|ownfile.NoWait, 0)
	if err != nil {
		return nil, err
	}
	info, err := out.Stat()
	if err == nil && !os.SameFile(info, examined) {
		err = errors.New("another file has taken its name meanwhile")
	}
	if err != nil {
		return nil, errors.Join(err, out.Close())
	}
	return out, nil
}

func (m *mender) open() (*os.File, error) {
	m.opening.Do(func() {
		m.out, m.err = openAgain(m.path, m.info)
		m.err = diskError("open for writing", m.path, m.err)
	})
	return m.out, m.err
}

// mend fetches the bytes of a window and writes them if they match.
func (m *mender) mend(ctx context.Context, w cdn.Window) error {
	out, err := m.open()
	if err != nil {
		return err
	}
	from := w.Offset - w.Offset%chunker.Grain
	to := min(w.End()+(chunker.Grain-w.End()%chunker.Grain)%chunker.Grain, m.size)
	budget := m.remote.c.budget
	if err := budget.reserve(ctx, &m.share, int(to-from), to-from); err != nil {
		return err
	}
	defer budget.release(&m.share, int(to-from))
	data := make([]byte, to-from)
	for range 1 + maxRefetch {
		for at := from; at < to; {
			end := min(at-at%chunker.Block+chunker.Block, to)
			_, err := m.remote.read(ctx, nil, at, ownSpace(data[at-from:end-from]))
			if _, wrong := errors.AsType[*VerifyError](err); wrong {
				return nil // It stays bad.
			}
			if err != nil {
				return err
			}
			at = end
		}
		right := data[w.Offset-from:][:w.Limit]
		if !w.Matches(right) {
			continue
		}
		if _, err := out.WriteAt(right, w.Offset); err != nil {
			return diskError("write", m.path, err)
		}
		if w.End() > m.end {
			m.end = w.End()
		}
		m.bad.remove(w.Offset, w.End())
		m.proven.add(w.Offset, w.End())
		m.repaired.add(w.Offset, w.End())
		return nil
	}
	return nil // It stays bad.
}

// cut removes what is behind the end of the file.
func (m *mender) cut() error {
	out, err := m.open()
	if err != nil {
		return err
	}
	if err := out.Truncate(m.size); err != nil {
		return diskError("cut", m.path, err)
	}
	m.end = m.size
	return nil
}

// finish makes the repairs durable and puts back the time of the file.
func (m *mender) finish() error {
	if m.out == nil {
		return nil
	}
	err := errors.Join(m.out.Sync(), m.out.Close(), os.Chtimes(m.path, m.info.ModTime(), m.info.ModTime()))
	return diskError("finish", m.path, err)
}
