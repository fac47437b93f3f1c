package fetcher

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tgfetch/tgfetch/chunker"
)

// transfer brings the bytes of one file from a remote to a writer.
type transfer struct {
	// Immutable.
	c       *Client
	remote  *remote
	out     io.WriterAt
	where   string // out's path, for errors; empty if it has none
	started time.Time
	hasher  *hasher // nil if the file is not hashed

	mu   sync.Mutex
	plan *chunker.Plan // Guarded by mu.
}

// partsInFlight bounds the goroutines of one file. The budget is the tighter
// bound for large parts.
const partsInFlight = 64

// run fetches all parts and returns when no goroutine of it is left.
func (t *transfer) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(partsInFlight + 1)
	if t.hasher != nil {
		g.Go(func() error { return t.hasher.run(ctx, t.prefix) })
	}
	g.Go(func() error { return t.parts(ctx) })
	if err := g.Wait(); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.plan.Complete() {
		return fmt.Errorf("internal error: %d of %d bytes were written", t.plan.Bytes(), t.plan.Size())
	}
	return nil
}

// parts hands out parts until none is missing. Parts that fail do so for good,
// and take the file with them.
func (t *transfer) parts(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(partsInFlight)
	for {
		part, ok := t.next()
		if !ok {
			break
		}
		if err := t.c.budget.reserve(ctx, part.Limit); err != nil {
			t.giveBack(part)
			break
		}
		fetch := func() error {
			defer t.c.budget.release(part.Limit)
			return t.fetch(ctx, part)
		}
		if t.remote.file.Size != UnknownSize {
			g.Go(fetch)
			continue
		}
		// Whether there is another part shows when this one is here.
		if err := fetch(); err != nil {
			return err
		}
	}
	return g.Wait()
}

func (t *transfer) fetch(ctx context.Context, part chunker.Part) error {
	buf := takeBuffer(part.Bytes)
	defer giveBuffer(buf)
	n, err := t.remote.read(ctx, part.Offset, *buf)
	if err == nil {
		err = t.write((*buf)[:n], part.Offset)
	}
	if err != nil {
		t.giveBack(part)
		return err
	}
	t.done(part, n)
	return nil
}

func (t *transfer) write(data []byte, offset int64) error {
	_, err := t.out.WriteAt(data, offset)
	if t.where == "" {
		return err
	}
	return diskError("write", t.where, err)
}

func (t *transfer) next() (chunker.Part, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.plan.Next(partSize(t.remote.file.Size))
}

func (t *transfer) giveBack(part chunker.Part) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.plan.Fail(part)
}

func (t *transfer) done(part chunker.Part, n int) {
	t.mu.Lock()
	fresh, _ := t.plan.Done(part, n)
	t.mu.Unlock()
	t.c.active.bytes.Add(fresh)
	if t.hasher != nil {
		t.hasher.wake()
	}
}

// prefix is how much of the file is there without a gap, and its size as far
// as known.
func (t *transfer) prefix() (n, size int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.plan.Prefix(), t.plan.Size()
}

func (t *transfer) progress() Progress {
	t.mu.Lock()
	done := t.plan.Bytes()
	t.mu.Unlock()
	return Progress{File: t.remote.file, Done: done, Started: t.started, Route: t.remote.route()}
}

// partSize is how much to ask for at once: all of a small file, and of a
// larger one so little that many parts share the way.
func partSize(size int64) int {
	const whole, shares = 512 << 10, 32
	if size == UnknownSize || size <= whole {
		return whole
	}
	return max(chunker.Legal(int(min(size/shares, maxPart))), chunker.Grain)
}
