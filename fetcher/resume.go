package fetcher

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/tgfetch/tgfetch/chunker"
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
	var grains []int64
	for g := range t.resume.Candidates() {
		t.plan.Restore(g)
		grains = append(grains, g)
	}
	t.resumed = t.plan.Bytes()
	t.verifier.resumed(grains)
}

// doubt has the .part remember that bytes which contradict a hash came for a
// range of the file. What it has there is missing from now on.
func (t *transfer) doubt(from, to int64) error {
	if t.resume == nil {
		return nil
	}
	for g := from / chunker.Grain; g*chunker.Grain < to; g++ {
		if err := t.resume.Drop(g); err != nil {
			return err
		}
	}
	return nil
}

// check makes sure of what is there while parts arrive, and has what is wrong
// fetched again.
func (t *transfer) check(ctx context.Context) error {
	defer close(t.settled)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return t.checkResumed(ctx) })
	if t.verifier != nil {
		g.Go(func() error { return t.verifier.run(ctx) })
	}
	return g.Wait()
}

// checkResumed reads again what an earlier run recorded.
func (t *transfer) checkResumed(ctx context.Context) error {
	defer close(t.checked)
	if t.resume == nil {
		return nil
	}
	return t.resume.Verify(ctx, runtime.GOMAXPROCS(0), func(g int64, good bool) {
		if good {
			t.verifier.holds(g)
			return
		}
		dropped := t.drop(g, g)
		t.mu.Lock()
		t.resumed -= dropped
		t.mu.Unlock()
	})
}

// hash hashes the file behind the download, once it is certain what an earlier
// run left; and again if bytes that were hashed were thrown away after that.
func (t *transfer) hash(ctx context.Context) error {
	select {
	case <-t.checked:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for {
		before := t.verifier.mismatches()
		if err := t.hasher.run(ctx, t.prefix); err != nil {
			return err
		}
		select {
		case <-t.settled:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if t.verifier.mismatches() == before {
			return nil
		}
		t.hasher.sum.Reset()
	}
}
