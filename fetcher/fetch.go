package fetcher

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/tgfetch/tgfetch/chunker"
	"github.com/tgfetch/tgfetch/dcpool"
)

// Fetch downloads a file to a target. Either the whole file is there when it
// returns, or the error says why not and nothing is under the final name. Of a
// file of more than 1 MiB, what was downloaded then stays in NAME.part and the
// next Fetch goes on from there, unless the [Target] says otherwise.
//
// Errors: [ErrInvalidFile]; one that is the error of ctx and its cause; [*CallerError]; [*DiskError], [*BusyError]; [*VerifyError],
// [ErrShort], [ErrLong]; [*ReferenceError], [*MigrationError]; [ErrNoAccess],
// [ErrNotFound]; and those of dcpool's Do, among them [ErrLoginNeeded], [*FloodError] and
// [ErrClosed].
func (c *Client) Fetch(ctx context.Context, f File, t Target) (Result, error) {
	result, err := c.fetch(ctx, f, t)
	c.active.ended(err)
	return result, err
}

func (c *Client) fetch(ctx context.Context, f File, t Target) (Result, error) {
	started := time.Now()
	if err := t.check(); err != nil {
		return Result{File: f}, err
	}
	if err := c.check(f); err != nil {
		return Result{File: f}, fmt.Errorf("%s: %w", f.label(), err)
	}
	stated := f.Size
	result, err := c.fetchOnce(ctx, f, t, started)
	for range maxSizes {
		wrong, ok := errors.AsType[*wrongSizeError](err)
		if !ok {
			break
		}
		c.log.Warn("the file has another size than its message says", "file", f.Name, "says", wrong.stated, "has", wrong.real)
		f.Size = wrong.real
		if err = c.checkSize(f.Size); err != nil {
			break
		}
		result, err = c.fetchOnce(ctx, f, t, started)
	}
	if err != nil {
		if c.takeout != nil {
			c.takeout.failed.Store(true)
		}
		return Result{File: f}, dcpool.Ended(ctx, fmt.Errorf("%s: %w", f.label(), err))
	}
	result.Elapsed = time.Since(started)
	if stated != UnknownSize {
		result.Stated = stated
	}
	return result, nil
}

// fetchOnce downloads a file of the size that it is said to have.
func (c *Client) fetchOnce(ctx context.Context, f File, t Target, started time.Time) (Result, error) {
	if t.inOrder() {
		return c.fetchInOrder(ctx, f, t)
	}
	plan, err := chunker.New(f.Size)
	switch device := special(t.Path); {
	case err != nil:
		return Result{}, err
	case device != nil:
		return c.fetchDevice(ctx, f, t, device)
	case t.Writer != nil:
		out := writer{to: t.Writer}
		out.from, _ = t.Writer.(io.ReaderAt) // If not, nothing is read.
		return c.fetchTo(ctx, c.newTransfer(f, plan, out, started), t, out)
	default:
		return c.fetchFile(ctx, f, plan, t, started)
	}
}

// fetchTo downloads to the caller's writer, which can be read back where that is
// needed.
func (c *Client) fetchTo(ctx context.Context, run *transfer, t Target, from io.ReaderAt) (Result, error) {
	if t.Hash {
		run.hasher = newHasher(from)
	}
	run.compare(t.Verify, from)
	return c.run(ctx, run)
}

// fetchFile downloads to a path.
func (c *Client) fetchFile(ctx context.Context, f File, plan *chunker.Plan, t Target, started time.Time) (result Result, err error) {
	place, err := c.findPlace(ctx, f, t)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = cmp.Or(err, c.leave(place)) }()
	t.Hash = t.Hash || t.InfoJSON || t.Checksums != nil
	if place.out == nil {
		result, err = foundThere(ctx, f, t, place)
		if err == nil && place.unproven == "" {
			c.rememberFinished(f, place.in, place.path)
		}
		return result, cmp.Or(err, note(place.in, result, t))
	}
	run := c.newTransfer(f, plan, place.out, started)
	run.resume = place.out
	if t.Hash {
		run.hasher = newHasher(place.out)
	}
	if t.Verify == VerifyFull {
		if err := place.out.RequireProof(); err != nil {
			return Result{}, err
		}
	}
	run.compare(t.Verify, place.out)
	if result, err = c.run(ctx, run); err != nil {
		if bad, ok := errors.AsType[*VerifyError](err); ok && !bad.NoHash {
			err = cmp.Or(run.doubt(bad.Offset, bad.end), err)
		}
		if _, wrong := errors.AsType[*wrongSizeError](err); wrong {
			c.drop(place) // It is of another size.
		}
		return Result{}, err
	}
	mtime := f.Date
	if t.NoTime {
		mtime = time.Time{}
	}
	trusting := t.Existing == ExistingSize || t.Existing == ExistingReplace
	if trusting {
		c.names.note(place.path, f.Key()) // Before anybody can see it there.
	}
	result.Path, result.Existing, err = place.finish(result.Bytes, mtime)
	if trusting && result.Existing {
		c.names.note(result.Path, f.Key())
	}
	if err == nil {
		c.rememberFinished(f, place.in, result.Path)
	}
	return result, cmp.Or(err, note(place.in, result, t))
}

// note writes down what is known of a file that is there, where the target
// wants it.
func note(in *folder, r Result, t Target) error {
	if r.Path == "" {
		return nil
	}
	if t.InfoJSON {
		if err := writeInfo(in, r); err != nil {
			return err
		}
	}
	if t.Checksums != nil {
		return t.Checksums.Add(r.SHA256, r.Path)
	}
	return nil
}

// run runs a transfer where Stats shows it.
func (c *Client) run(ctx context.Context, run *transfer) (Result, error) {
	c.finder.expect(run.remote.file.Source)
	defer c.finder.forget(run.remote.file.Source)
	c.active.add(run)
	defer c.active.remove(run)
	if err := run.run(ctx); err != nil {
		return Result{}, err
	}
	c.foundFile(run.remote.file.Source.Chat, run.remote.now().dc)
	return run.result(), nil
}

// foundThere is the result for a file that was there already.
func foundThere(ctx context.Context, f File, t Target, p *place) (Result, error) {
	path := p.path
	f.Size = p.size
	result := Result{File: f, Path: path, Existing: true, Bytes: f.Size}
	if p.unproven == "" {
		result.Proven = f.Size
	} else if f.Size > 0 {
		result.Unproven, result.Why = []Range{{0, f.Size}}, p.unproven
	}
	if !t.Hash {
		return result, nil
	}
	var err error
	result.SHA256, err = hashOf(ctx, p.in, path, f.Size)
	return result, err
}

// hashOf is the SHA-256 of a file of so many bytes.
func hashOf(ctx context.Context, in *folder, path string, size int64) ([]byte, error) {
	file, err := in.Open(path)
	if err != nil {
		return nil, diskError("open", path, err)
	}
	defer file.Close()
	h := newHasher(file)
	if err := h.run(ctx, func() (int64, int64) { return size, size }); err != nil {
		return nil, diskError("read", path, err)
	}
	return h.sum.Sum(nil), nil
}
