package fetcher

import (
	"context"
	"sync"
)

// Keys of turns. Those from 0 on are offsets of blocks, whose hashes are asked
// for by the way of a CDN.
const (
	turnRenew    = -1 // of the file reference
	turnReupload = -2 // of the file to the CDN
	turnMeasure  = -3 // of the file's size
	turnRanges   = -4 // of the export's ranges
	turnHashes   = -5 // and below, less the offset of a block: of its hashes, which a Reader can do without
)

// turns lets one caller at a time do something about a key, while others who
// want the same wait and then look again. The zero value is ready.
type turns struct {
	mu   sync.Mutex
	busy map[int64]chan struct{} // Guarded by mu. Closed when the turn is over.
}

// once calls do, or waits for another caller's do about the same key to end. It
// reports whether it called. The error is do's, or the cause of ctx.
func (t *turns) once(ctx context.Context, key int64, do func() error) (called bool, err error) {
	t.mu.Lock()
	wait, ok := t.busy[key]
	if ok {
		t.mu.Unlock()
		select {
		case <-wait:
			return false, nil
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
	if t.busy == nil {
		t.busy = make(map[int64]chan struct{})
	}
	over := make(chan struct{})
	t.busy[key] = over
	t.mu.Unlock()

	defer func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.busy, key)
		close(over)
	}()
	return true, do()
}
