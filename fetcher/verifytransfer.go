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
	drop func(grain int64) error // Tells the disk that a grain is missing again.
	full bool
	news chan struct{} // There is something to look at; capacity 1.

	mu      sync.Mutex
	held    map[int64]bool // Guarded by mu. Grains that were written and recorded.
	blocks  []int64        // Guarded by mu. Where hashes are wanted, in order.
	ahead   int64          // Guarded by mu. Up to where all blocks are, or were, in blocks.
	dropped int            // Guarded by mu. Windows that did not match.

	// Owned by run.
	windows cdn.Windows
	pending map[int64]cdn.Window // To compare, by offset.
	tries   map[int64]int        // Of windows that did not match, by offset.
}

// heard is what came of asking for the hashes from offset at on.
type heard struct {
	at     int64
	dc     int
	hashes []tg.FileHash
	err    error
}

// newVerifier returns nil if nothing is to be compared.
func newVerifier(t *transfer, mode VerifyMode, from io.ReaderAt, drop func(int64) error) *verifier {
	size := t.remote.file.Size
	switch {
	case mode == VerifyOff, size == 0, mode == VerifyServer && (from == nil || size <= smallest):
		return nil
	}
	return &verifier{
		t: t, from: from, drop: drop, full: mode == VerifyFull,
		news:    make(chan struct{}, 1),
		held:    make(map[int64]bool),
		pending: make(map[int64]cdn.Window),
		tries:   make(map[int64]int),
	}
}

// sent is told each part that is asked for.
func (v *verifier) sent(part chunker.Part) {
	if v == nil || v.t.remote.file.Size == UnknownSize {
		return
	}
	now := v.t.remote.now()
	switch {
	case now.cdn.Redirect() != nil: // Its windows are compared as they come.
		return
	case v.full:
		v.reach(part.End())
	case v.t.c.asks.due(now.dc):
		v.mu.Lock()
		v.blocks = append(v.blocks, part.Offset-part.Offset%chunker.Block)
		v.mu.Unlock()
	}
	v.wake()
}

// reach wants the hashes of all blocks that begin before end.
func (v *verifier) reach(end int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for ; v.ahead < end; v.ahead += chunker.Block {
		v.blocks = append(v.blocks, v.ahead)
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
		case grace == nil:
			v.forget() // Nobody waits for a sample that was not asked for yet.
			grace = time.After(verifyGrace)
		}
		for underway < fullAsks {
			at, dc, ok := v.want(complete, size)
			if !ok {
				break
			}
			underway++
			asking.Go(func() {
				a := heard{at: at, dc: dc}
				a.hashes, a.err = v.t.remote.fileHashes(ctx, at, v.full)
				select {
				case answers <- a:
				case <-ctx.Done(): // Nobody waits for it.
					v.t.c.asks.end(dc, context.Canceled)
				}
			})
		}
		if complete && underway == 0 && len(v.pending) == 0 {
			return nil
		}
		select {
		case <-v.news:
		case a := <-awaited:
			underway--
			if err := v.learn(a, size); err != nil {
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

// want takes the next offset to ask for hashes from, and the data center, once
// the first bytes have shown where the file is. size is the file's.
func (v *verifier) want(complete bool, size int64) (at int64, dc int, ok bool) {
	now := v.t.remote.now()
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case len(v.held) == 0:
		return 0, 0, false
	case now.cdn.Redirect() != nil && !complete:
		return 0, 0, false // Its windows are compared as they come.
	}
	for len(v.blocks) > 0 {
		block := v.blocks[0]
		at, missing := v.unknown(block, min(block+chunker.Block, size))
		if missing && !v.full && !v.t.c.asks.begin(now.dc) {
			return 0, 0, false
		}
		v.blocks = v.blocks[1:]
		if missing {
			return at, now.dc, true
		}
	}
	return 0, 0, false
}

// unknown is the first byte of [from, to) that is neither proven nor in a
// known window.
func (v *verifier) unknown(from, to int64) (at int64, ok bool) {
	for at = from; ; {
		known, ok := v.windows.Missing(at, to)
		if !ok {
			return at, false
		}
		if at, ok = v.t.remote.proven.missing(known, to); !ok {
			return at, false
		}
		if at == known {
			return at, true
		}
	}
}

// forget gives up all requests that were not made yet.
func (v *verifier) forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.blocks = nil
}

// learn takes in an answer. A sample may fail; it is not tried again.
func (v *verifier) learn(a heard, size int64) error {
	if a.err == nil {
		a.err = v.windows.Add(a.hashes, size)
	}
	if a.err == nil {
		a.err = v.await(a, size)
	}
	r := v.t.remote
	switch {
	case !v.full:
		if v.t.c.asks.end(a.dc, a.err) {
			r.c.log.Info("no more hashes are asked for", "dc", a.dc, "file", r.file.Name, "reason", a.err)
		}
		return nil
	case errors.Is(a.err, errHashless):
		return &VerifyError{File: r.file.Name, Offset: a.at, NoHash: true}
	case a.err != nil:
		return fmt.Errorf("hashes from offset %d on: %w", a.at, a.err)
	}
	return nil
}

// await has the windows of an answer compared when their bytes are there. It
// returns errHashless if none is where it was asked for.
func (v *verifier) await(a heard, size int64) error {
	for _, h := range a.hashes {
		for _, w := range v.windows.Over(h.Offset, h.Offset+int64(h.Limit)) {
			if _, missing := v.t.remote.proven.missing(w.Offset, w.End()); missing {
				v.pending[w.Offset] = w
			}
		}
	}
	block := a.at - a.at%chunker.Block
	next, more := v.unknown(a.at, min(block+chunker.Block, size))
	if more && next == a.at {
		return errHashless
	}
	if more && v.full {
		v.mu.Lock()
		v.blocks = append([]int64{block}, v.blocks...)
		v.mu.Unlock()
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
			v.t.remote.proven.add(w.Offset, w.End())
			delete(v.pending, w.Offset)
			continue
		}
		if err := v.refetch(w); err != nil {
			return err
		}
	}
	return nil
}

// matches reads a window and compares it with its hash.
func matches(from io.ReaderAt, w cdn.Window) (bool, error) {
	buf := takeBuffer(w.Limit)
	defer giveBuffer(buf)
	data := (*buf)[:w.Limit]
	if _, err := from.ReadAt(data, w.Offset); err != nil && err != io.EOF {
		return false, err
	}
	return w.Matches(data), nil
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

// refetch makes the grains of a window missing that does not match.
func (v *verifier) refetch(w cdn.Window) error {
	r := v.t.remote
	if v.tries[w.Offset]++; v.tries[w.Offset] > maxRefetch {
		return &VerifyError{File: r.file.Name, Offset: w.Offset}
	}
	r.c.log.Warn("bytes that do not match their hash are fetched again", "file", r.file.Name, "offset", w.Offset, "bytes", w.Limit)
	first, last := w.Offset/chunker.Grain, (w.End()-1)/chunker.Grain
	from, to := first*chunker.Grain, (last+1)*chunker.Grain
	v.mu.Lock()
	v.dropped++
	for g := first; g <= last; g++ {
		delete(v.held, g)
	}
	v.mu.Unlock()
	r.proven.remove(from, to)
	for _, neighbour := range v.windows.Over(from, to) {
		v.pending[neighbour.Offset] = neighbour
	}
	if v.drop != nil { // Before anybody can fetch it again.
		for g := first; g <= last; g++ {
			if err := v.drop(g); err != nil {
				return err
			}
		}
	}
	r.refetched.Add(v.t.drop(first, last))
	return nil
}
