package fetcher

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/cdn"
	"github.com/tgfetch/tgfetch/chunker"
)

const (
	// verifyGrace is how long a file that is complete waits for hashes that
	// were asked for before and are a sample only.
	verifyGrace = time.Second
	// smallest is the size up to which VerifyServer leaves files out.
	smallest = 1 << 20
	// fullAsks is the most requests for hashes of one file at a time.
	fullAsks = 8
	// maxRefetch is how often a window whose hash does not match is fetched
	// again.
	maxRefetch = 2
)

// verifier compares what was written of one file with the hashes of its data
// center, behind the download. All but run may be called on nil, which does
// nothing.
type verifier struct {
	// Immutable.
	t    *transfer
	from io.ReaderAt
	full bool
	news chan struct{} // There is something to look at; capacity 1.

	mu      sync.Mutex
	held    map[int64]bool // Guarded by mu. Grains that were written and recorded.
	owed    []Range        // Guarded by mu. To be compared in any case, each within a block, in order.
	old     []Range        // Guarded by mu. A sample of what an earlier run left.
	sample  []Range        // Guarded by mu. A sample of what is fetched now.
	ahead   int64          // Guarded by mu. Up to where all blocks are, or were, in owed.
	dropped int            // Guarded by mu. Windows that did not match.
	missed  error          // Guarded by mu. Why there were no hashes of something in owed; may be errHashless.

	// Owned by run.
	waits   bool // For everything in owed, however long it takes.
	windows cdn.Windows
	pending map[int64]cdn.Window // To compare, by offset.
	tries   map[int64]int        // Of windows that did not match, by offset.
}

// heard is what came of asking for the hashes of a range.
type heard struct {
	of     Range
	owed   bool
	dc     int
	hashes []tg.FileHash
	err    error
}

// compare sets up what a mode compares. from reads what was written.
func (t *transfer) compare(mode VerifyMode, from io.ReaderAt) {
	size := t.remote.file.Size
	switch {
	case mode == VerifyOff:
		t.unproven = ReasonOff
	case size == 0:
	case mode == VerifyServer && size <= smallest:
		t.unproven = ReasonSmall
	default:
		t.verifier = &verifier{
			t: t, from: from, full: mode == VerifyFull,
			news:    make(chan struct{}, 1),
			held:    make(map[int64]bool),
			waits:   mode == VerifyFull,
			pending: make(map[int64]cdn.Window),
			tries:   make(map[int64]int),
		}
	}
}

// holds is told each grain that is written and recorded.
func (v *verifier) holds(grains ...int64) {
	if v == nil {
		return
	}
	v.mu.Lock()
	for _, g := range grains {
		v.held[g] = true
	}
	v.mu.Unlock()
	v.wake()
}

func (v *verifier) wake() {
	select {
	case v.news <- struct{}{}:
	default:
	}
}

// mismatches is how often bytes were thrown away.
func (v *verifier) mismatches() int {
	if v == nil {
		return 0
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.dropped
}

// why says why some bytes are not proven, after run.
func (v *verifier) why() Reason {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.missed != nil || v.t.c.asks.refused(v.t.remote.now().dc) {
		return ReasonNoHash
	}
	return ReasonSample
}

// run returns when the file is complete and what is to be compared was, or with
// the error that ends the file.
func (v *verifier) run(outer context.Context) error {
	ctx, cancel := context.WithCancel(outer)
	var asking sync.WaitGroup
	defer asking.Wait()
	defer cancel()
	answers := make(chan heard)
	awaited := answers
	underway := 0
	var grace <-chan time.Time
	for {
		if err := v.compare(); err != nil {
			return err
		}
		complete, size := v.t.complete()
		switch {
		case !complete:
			grace = nil
		case v.full:
			v.reach(size)
		case v.waits:
			v.forget()
		case grace == nil:
			v.forget() // Nobody waits for a sample that was not asked for yet.
			grace = time.After(verifyGrace)
		}
		for underway < fullAsks {
			a, ok := v.want(complete, size)
			if !ok {
				break
			}
			underway++
			asking.Go(func() {
				a.hashes, a.err = v.t.remote.fileHashes(ctx, a.of.From, a.owed)
				select {
				case answers <- a:
				case <-ctx.Done(): // Nobody waits for it.
					if !a.owed {
						v.t.c.asks.end(a.dc, context.Canceled)
					}
				}
			})
		}
		if complete && underway == 0 && len(v.pending) == 0 {
			return v.settle(size)
		}
		select {
		case <-v.news:
		case a := <-awaited:
			underway--
			if err := v.learn(outer, a, size); err != nil {
				return err
			}
		case <-grace:
			cancel()
			awaited, underway = nil, 0
		case <-outer.Done():
			return context.Cause(outer)
		}
	}
}

// learn takes in an answer. A sample may fail; it is not tried again.
func (v *verifier) learn(ctx context.Context, a heard, size int64) error {
	if a.err == nil {
		a.err = v.windows.Add(a.hashes, size)
	}
	if a.err == nil {
		a.err = v.await(a)
	}
	r := v.t.remote
	switch {
	case !a.owed:
		if v.t.c.asks.end(a.dc, a.err) {
			r.c.log.Info("no more hashes are asked for", "dc", a.dc, "file", r.file.Name, "reason", a.err)
		}
	case a.err == nil:
	case v.full:
		if err := r.measure(ctx, r.now()); err != nil {
			return err // Behind the end there are no hashes.
		}
		return v.unprovable(a.of.From, a.err)
	default:
		r.c.log.Info("bytes of an earlier run cannot be compared", "file", r.file.Name, "offset", a.of.From, "reason", a.err)
		v.mu.Lock()
		v.missed = a.err
		v.mu.Unlock()
	}
	return nil
}

// unprovable is the error of a file that has bytes, at an offset, that are to be
// proven and cannot be.
func (v *verifier) unprovable(at int64, err error) error {
	if err == nil || errors.Is(err, errHashless) {
		return &VerifyError{File: v.t.remote.file.Name, Offset: at, NoHash: true}
	}
	return fmt.Errorf("DC %d: hashes from offset %d on: %w", v.t.remote.now().dc, at, err)
}

// await has the windows of an answer compared when their bytes are there. It
// returns errHashless if none is where it was asked for.
func (v *verifier) await(a heard) error {
	for _, h := range a.hashes {
		for _, w := range v.windows.Over(h.Offset, h.Offset+int64(h.Limit)) {
			if _, missing := v.t.proven.missing(w.Offset, w.End()); missing {
				v.pending[w.Offset] = w
			}
		}
	}
	next, more := v.unknown(a.of.From, a.of.To)
	if more && next == a.of.From {
		return errHashless
	}
	if more && a.owed {
		v.mu.Lock()
		v.owed = append([]Range{{next, a.of.To}}, v.owed...)
		v.mu.Unlock()
	}
	return nil
}

// settle decides at the end whether all that is owed was proven: every byte
// under VerifyFull, else what a hash contradicted once.
func (v *verifier) settle(size int64) error {
	v.mu.Lock()
	missed := v.missed
	v.mu.Unlock()
	if v.full {
		if at, missing := v.t.proven.missing(0, size); missing {
			return v.unprovable(at, missed)
		}
	}
	if v.t.resume == nil {
		return nil
	}
	for _, g := range v.t.resume.Doubted() {
		if at, missing := v.t.proven.missing(g*chunker.Grain, min((g+1)*chunker.Grain, size)); missing {
			return v.unprovable(at, missed)
		}
		if err := v.t.resume.Confirm(g); err != nil {
			return err
		}
	}
	return nil
}

// compare compares the windows whose bytes are all there.
func (v *verifier) compare() error {
	for _, w := range v.pending {
		if !v.holdsAll(w) {
			continue
		}
		good, err := matches(v.from, w)
		switch {
		case err != nil:
			return fmt.Errorf("reading back what was written: %w", err)
		case good:
			v.t.proven.add(w.Offset, w.End())
			delete(v.pending, w.Offset)
			continue
		}
		if err := v.refetch(w); err != nil {
			return err
		}
	}
	return nil
}

// matches reads a window and compares it with its hash. Bytes that are not there do not
// match: in the buffer would be those of an earlier window.
func matches(from io.ReaderAt, w cdn.Window) (bool, error) {
	buf := takeBuffer(w.Limit)
	defer giveBuffer(buf)
	data := (*buf)[:w.Limit]
	n, err := from.ReadAt(data, w.Offset)
	if err != nil && err != io.EOF {
		return false, err
	}
	return n == len(data) && w.Matches(data), nil
}

func (v *verifier) holdsAll(w cdn.Window) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	for g := w.Offset / chunker.Grain; g*chunker.Grain < w.End(); g++ {
		if !v.held[g] {
			return false
		}
	}
	return true
}

// refetch makes the grains of a window missing that does not match. The .part
// forgets none of this, be it the last thing that happens.
func (v *verifier) refetch(w cdn.Window) error {
	r := v.t.remote
	first, last := w.Offset/chunker.Grain, (w.End()-1)/chunker.Grain
	from, to := first*chunker.Grain, (last+1)*chunker.Grain
	v.mu.Lock()
	v.dropped++
	for g := first; g <= last; g++ {
		delete(v.held, g)
	}
	v.mu.Unlock()
	v.t.proven.remove(from, to)
	for _, neighbour := range v.windows.Over(from, to) {
		v.pending[neighbour.Offset] = neighbour
	}
	if err := v.t.doubt(w.Offset, w.End()); err != nil { // Before anybody can fetch it again.
		return err
	}
	if v.tries[w.Offset]++; v.tries[w.Offset] > maxRefetch {
		return r.contradicts(w)
	}
	r.c.log.Warn("bytes that do not match their hash are fetched again", "file", r.file.Name, "offset", w.Offset, "bytes", w.Limit)
	r.refetched.Add(v.t.drop(first, last))
	return nil
}
