package fetcher

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tgfetch/tgfetch/chunker"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher/internal/partfile"
)

// sink takes the bytes of a file. WriteAt and Done are called concurrently.
type sink interface {
	io.WriterAt
	// Done is told each grain that is whole, with its bytes or nil.
	Done(grain int64, data []byte) error
}

// transfer brings the bytes of one file from a remote to a sink.
type transfer struct {
	// Immutable.
	c       *Client
	remote  *remote
	out     sink
	resume  *partfile.File // out, if an earlier run may have left something in it
	started time.Time
	hasher  *hasher // nil if the file is not hashed

	verifier *verifier // nil if nothing is compared
	unproven Reason    // why bytes are not proven, if nothing is compared

	proven  ranges // bytes that were written and matched a hash
	share   share
	changed chan struct{} // tells parts to look again; capacity 1
	checked chan struct{} // closed when it is certain what an earlier run left
	settled chan struct{} // closed when nothing is dropped any more

	mu       sync.Mutex
	plan     *chunker.Plan         // Guarded by mu.
	resumed  int64                 // Guarded by mu. Bytes of an earlier run.
	attempts map[*attempt]struct{} // Guarded by mu. Requests on their way.
	flood    *dcpool.FloodError    // Guarded by mu. Of a part, not waited for yet.

	floods floods // Owned by parts.
}

func (c *Client) newTransfer(f File, plan *chunker.Plan, out sink, started time.Time) *transfer {
	return &transfer{
		c: c, remote: c.newRemote(f), out: out, started: started, plan: plan,
		changed:  make(chan struct{}, 1),
		checked:  make(chan struct{}),
		settled:  make(chan struct{}),
		attempts: make(map[*attempt]struct{}),
	}
}

// partsInFlight bounds the goroutines of one file. The budget is the tighter
// bound for large parts.
const partsInFlight = 64

// run fetches all parts and returns when no goroutine of it is left.
func (t *transfer) run(ctx context.Context) error {
	t.restore()
	caller := ctx
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return t.check(ctx) })
	g.Go(func() error {
		longer, stop := drained(ctx, caller, t.c.drain)
		defer stop()
		return t.parts(ctx, longer)
	})
	if t.hasher != nil {
		g.Go(func() error { return t.hash(ctx) })
	}
	if size := t.remote.file.Size; size > 0 && size%chunker.Grain == 0 {
		g.Go(func() error { return t.remote.lookBehind(ctx, size) })
	}
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

// parts hands out parts until none is missing, or outer ends. Parts that fail do
// so for good, and take the file with them; those on their way end with longer.
func (t *transfer) parts(outer, longer context.Context) error {
	g, ctx := errgroup.WithContext(longer)
	g.SetLimit(partsInFlight)
	handing, stop := either(outer, ctx)
	defer stop()
	for handing.Err() == nil {
		part, ok := t.await(handing)
		if !ok {
			break
		}
		if err := t.awaitFlood(handing); err != nil {
			t.giveBack(part)
			if handing.Err() == nil {
				g.Go(func() error { return err })
			}
			break
		}
		t.c.budget.resize(t.c.worth())
		t.c.budget.move(&t.share, t.remote.target().DC)
		if err := t.c.budget.reserve(handing, &t.share, part.Bytes, t.left()); err != nil {
			t.giveBack(part)
			break
		}
		fetch := func() error {
			defer t.c.budget.release(&t.share, part.Bytes)
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
	return cmp.Or(g.Wait(), context.Cause(outer))
}

// await returns the next part to ask for: one that is missing or, when nothing
// else is, one that is late. It answers false when there will be none.
func (t *transfer) await(ctx context.Context) (chunker.Part, bool) {
	for {
		if part, ok := t.next(); ok {
			return part, true
		}
		part, ok, wait := t.hedge(time.Now())
		if ok {
			return part, true
		}
		if !t.more(ctx, wait) {
			return chunker.Part{}, false
		}
	}
}

// more waits until there may be parts again, or for d if it is not negative, and
// reports whether there may.
func (t *transfer) more(ctx context.Context, d time.Duration) bool {
	var timeout <-chan time.Time
	if d >= 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		timeout = timer.C
	}
	settled := t.settled
	if t.underway() {
		settled = nil // A request on its way may still be late, or given back.
	}
	select {
	case <-t.changed:
		return true
	case <-timeout:
		return true
	case <-ctx.Done():
		return false
	case <-settled:
	}
	select {
	case <-t.changed: // Both may have been ready.
		return true
	default:
		return false
	}
}

// left is how many bytes the file lacks; more than any file has if its size is not
// known.
func (t *transfer) left() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.leftLocked()
}

func (t *transfer) leftLocked() int64 {
	if t.plan.Size() == UnknownSize {
		return math.MaxInt64
	}
	return t.plan.Size() - t.plan.Bytes()
}

func (t *transfer) underway() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.plan.InFlight() > 0
}

// wake makes parts look again.
func (t *transfer) wake() {
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

func (t *transfer) fetch(outer context.Context, part chunker.Part) error {
	ctx, cancel := context.WithCancelCause(outer)
	defer cancel(nil)
	a := t.begin(part, cancel)
	defer t.end(a)
	dst := lend(part.Bytes)
	defer dst.free()
	on := t.remote.laneOf(a)
	n, err := t.remote.read(ctx, a, part.Offset, dst)
	if err == nil {
		t.came(a, on, n)
		if !t.mayWrite(a) {
			err = errOvertaken
		}
	}
	if err == nil {
		_, err = t.out.WriteAt(dst.bytes()[:n], part.Offset)
	}
	if err != nil {
		again := outer.Err() == nil && (errors.Is(err, errOvertaken) || t.flooded(err))
		t.giveBack(part)
		switch {
		case again:
			return nil
		case outer.Err() != nil:
			return context.Cause(outer)
		}
		return err
	}
	for _, r := range dst.proven {
		t.proven.add(r.From, r.To)
	}
	err = t.done(part, dst.bytes()[:n])
	t.overtake(a)
	return err
}

func (t *transfer) next() (chunker.Part, bool) {
	most := t.c.partSize(t.remote.target(), t.remote.file.Size)
	t.mu.Lock()
	part, ok := t.plan.Next(most)
	t.mu.Unlock()
	if ok {
		t.verifier.sent(part)
	}
	return part, ok
}

func (t *transfer) giveBack(part chunker.Part) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.plan.Fail(part)
	t.wake() // Before anybody can see that nothing is underway.
}

// done counts a part that was written, and reports the grains it made whole.
func (t *transfer) done(part chunker.Part, data []byte) error {
	t.mu.Lock()
	fresh, grains := t.plan.Done(part, len(data))
	t.mu.Unlock()
	t.c.active.bytes.Add(fresh)
	for _, g := range grains {
		if err := t.out.Done(g, grainOf(part, data, g)); err != nil {
			return err
		}
	}
	t.verifier.holds(grains...)
	if t.hasher != nil {
		t.hasher.wake()
	}
	return nil
}

// grainOf is the bytes of grain g out of a part's, nil if they are not all in
// it.
func grainOf(part chunker.Part, data []byte, g int64) []byte {
	lo := g*chunker.Grain - part.Offset
	if lo < 0 {
		return nil
	}
	return data[lo:min(lo+chunker.Grain, int64(len(data)))]
}

// drop makes grains missing again, and says how many bytes they had.
func (t *transfer) drop(first, last int64) int64 {
	t.mu.Lock()
	before := t.plan.Bytes()
	for g := first; g <= last; g++ {
		t.plan.Drop(g)
	}
	dropped := before - t.plan.Bytes()
	t.mu.Unlock()
	t.wake()
	return dropped
}

// complete reports whether every byte is written, and the size of the file as
// far as known.
func (t *transfer) complete() (all bool, size int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.plan.Complete(), t.plan.Size()
}

// prefix is how much of the file is there without a gap, and its size as far
// as known.
func (t *transfer) prefix() (n, size int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.plan.Prefix(), t.plan.Size()
}

// why says why some bytes are not proven.
func (t *transfer) why() Reason {
	if t.verifier == nil {
		return t.unproven
	}
	return t.verifier.why()
}

func (t *transfer) progress() Progress {
	t.mu.Lock()
	done := t.plan.Bytes()
	t.mu.Unlock()
	return Progress{File: t.remote.file, Done: done, Started: t.started, Route: t.remote.route()}
}

func (t *transfer) result() Result {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.remote.file
	f.Size = t.plan.Size()
	result := Result{
		File:        f,
		Bytes:       f.Size,
		Resumed:     t.resumed,
		Refetched:   t.remote.refetched.Load(),
		Route:       t.remote.route(),
		CDNLeft:     t.remote.now().cdn.Reason(),
		Connections: t.remote.connections(),
		Proven:      t.proven.sum(),
		Unproven:    t.proven.without(f.Size),
	}
	if len(result.Unproven) > 0 {
		result.Why = t.why()
	}
	if t.hasher != nil {
		result.SHA256 = t.hasher.sum.Sum(nil)
	}
	return result
}
