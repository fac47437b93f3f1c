package partfile

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// Verify reads every candidate again, workers at a time (at least one), and
// reports each: good means that it matches its record and counts as done, not
// good that it has to be fetched again. report is called on the caller's
// goroutine, in no particular order. A candidate that is done or dropped
// meanwhile is not reported.
//
// It answers ctx's cause if that ends first; the rest are candidates still.
func (f *File) Verify(ctx context.Context, workers int, report func(grain int64, good bool)) error {
	type result struct {
		grain int64
		good  bool
	}
	todo := slices.Collect(f.Candidates())
	results := make(chan result)
	var (
		next atomic.Int64
		wg   sync.WaitGroup
	)
	for range min(max(workers, 1), len(todo)) {
		wg.Go(func() {
			buf := f.disk.buffer()
			defer f.disk.bufs.Put(buf)
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(todo) {
					return
				}
				if good, ok := f.verify(todo[i], buf); ok {
					results <- result{todo[i], good}
				}
			}
		})
	}
	go func() {
		wg.Wait()
		close(results)
	}()
	for r := range results {
		report(r.grain, r.good)
	}
	if int(next.Load()) < len(todo) {
		return context.Cause(ctx)
	}
	return nil
}

// verify reads one candidate; ok is false if it is none any more. Bytes that
// cannot be read are no good.
func (f *File) verify(grain int64, buf *[Grain]byte) (good, ok bool) {
	data := buf[:f.id.grainLen(grain)]
	_, err := f.part.ReadAt(data, grain*Grain)
	sum := checksum(data)

	f.mu.Lock()
	defer f.mu.Unlock()
	want, ok := f.candidates[grain]
	if !ok {
		return false, false
	}
	delete(f.candidates, grain)
	good = err == nil && sum == want
	if good {
		f.have.add(grain)
	}
	return good, true
}
