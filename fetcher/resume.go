package fetcher

import (
	"context"
	"runtime"

	"github.com/tgfetch/tgfetch/fetcher/internal/partfile"
)

// identity is what a .part file belongs to.
func (f File) identity() partfile.Identity {
	return partfile.Identity{Kind: string(f.Kind), ID: f.ID, Variant: f.Variant, Size: f.Size}
}

// restore counts what an earlier run recorded as present. check finds out
// whether it is.
func (t *transfer) restore() {
	if t.resume == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for g := range t.resume.Candidates() {
		t.plan.Restore(g)
	}
	t.resumed = t.plan.Bytes()
}

// check reads again what an earlier run recorded, while parts arrive, and has
// the wrong grains fetched anew.
func (t *transfer) check(ctx context.Context) error {
	defer close(t.checked)
	if t.resume == nil {
		return nil
	}
	return t.resume.Verify(ctx, runtime.GOMAXPROCS(0), func(g int64, good bool) {
		if good {
			return
		}
		t.mu.Lock()
		before := t.plan.Bytes()
		t.plan.Drop(g)
		t.resumed -= before - t.plan.Bytes()
		t.mu.Unlock()
		t.wake()
	})
}

// hash hashes the file behind the download, once it is certain what an earlier
// run left.
func (t *transfer) hash(ctx context.Context) error {
	select {
	case <-t.checked:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return t.hasher.run(ctx, t.prefix)
}
