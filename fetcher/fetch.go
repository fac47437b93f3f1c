package fetcher

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/tgfetch/tgfetch/chunker"
)

// Fetch downloads a file to a target. Either the whole file is there when it
// returns, or the error says why not and nothing is under the final name; what
// was downloaded then stays in NAME.part.
//
// Errors: the cause of ctx; [*DiskError], [*BusyError]; [*VerifyError],
// [ErrShort], [ErrLong]; [*ReferenceError], [*MigrationError]; [ErrNoAccess],
// [ErrNotFound]; chunker.ErrSize for a file that claims an impossible size; and
// those of dcpool's Do, among them [ErrLoginNeeded], [*FloodError] and
// [ErrClosed].
func (c *Client) Fetch(ctx context.Context, f File, t Target) (Result, error) {
	started := time.Now()
	if err := t.check(); err != nil {
		return Result{File: f}, err
	}
	var result Result
	var err error
	if t.Writer != nil {
		result, err = c.fetchTo(ctx, f, t, started)
	} else {
		result, err = c.fetchFile(ctx, f, t, started)
	}
	if err != nil {
		return Result{File: f}, fmt.Errorf("%s: %w", f.label(), err)
	}
	result.Elapsed = time.Since(started)
	return result, nil
}

// fetchTo downloads to the caller's writer.
func (c *Client) fetchTo(ctx context.Context, f File, t Target, started time.Time) (Result, error) {
	return c.transfer(ctx, f, t.Writer, "", t.Hash, started)
}

// fetchFile downloads to a path.
func (c *Client) fetchFile(ctx context.Context, f File, t Target, started time.Time) (result Result, err error) {
	place, err := c.newPlace(ctx, f, t)
	if err != nil {
		return Result{}, err
	}
	defer place.release()
	if place.existing {
		return c.foundThere(ctx, f, t, place.path)
	}
	part := place.part()
	out, err := c.disk.Create(part)
	if errors.Is(err, errLocked) {
		return Result{}, &BusyError{Path: part}
	}
	if err != nil {
		return Result{}, diskError("create", part, err)
	}
	// The lock that out holds outlasts the renaming.
	closeOut := sync.OnceValue(func() error { return diskError("close", part, out.Close()) })
	defer func() { err = cmp.Or(err, closeOut()) }()

	if result, err = c.transfer(ctx, f, out, part, t.Hash, started); err != nil {
		return Result{}, err
	}
	if err := c.settle(f, t, out, part); err != nil {
		return Result{}, err
	}
	if closeFirst {
		if err := closeOut(); err != nil {
			return Result{}, err
		}
	}
	result.Path, result.Existing, err = place.finish()
	return result, err
}

// settle makes a complete .part file durable and dates it.
func (c *Client) settle(f File, t Target, out partFile, part string) error {
	if err := out.Sync(); err != nil {
		return diskError("sync", part, err)
	}
	if t.NoTime || f.Date.IsZero() {
		return nil
	}
	return diskError("set the time of", part, c.disk.Chtimes(part, f.Date))
}

// transfer downloads all bytes of a file to out.
func (c *Client) transfer(ctx context.Context, f File, out io.WriterAt, where string, hash bool, started time.Time) (Result, error) {
	plan, err := chunker.New(f.Size)
	if err != nil {
		return Result{}, err
	}
	run := &transfer{c: c, remote: c.newRemote(f), out: out, where: where, started: started, plan: plan}
	if hash {
		run.hasher = newHasher(out.(io.ReaderAt), where)
	}
	c.active.add(run)
	defer c.active.remove(run)
	if err := run.run(ctx); err != nil {
		return Result{}, err
	}
	f.Size = plan.Size()
	result := Result{
		File:        f,
		Bytes:       f.Size,
		Refetched:   run.remote.refetched.Load(),
		Route:       run.remote.route(),
		Connections: run.remote.connections(),
		Proven:      run.remote.proven.Load(),
	}
	if hash {
		result.SHA256 = run.hasher.sum.Sum(nil)
	}
	return result, nil
}

// foundThere is the result for a file that was there already.
func (c *Client) foundThere(ctx context.Context, f File, t Target, path string) (Result, error) {
	result := Result{File: f, Path: path, Existing: true, Bytes: f.Size, Proven: f.Size}
	if !t.Hash {
		return result, nil
	}
	file, err := c.disk.Open(path)
	if err != nil {
		return Result{}, diskError("open", path, err)
	}
	defer file.Close()
	h := newHasher(file, path)
	if err := h.run(ctx, func() (int64, int64) { return f.Size, f.Size }); err != nil {
		return Result{}, err
	}
	result.SHA256 = h.sum.Sum(nil)
	return result, nil
}
