package fetcher

import (
	"bytes"
	"cmp"
	"context"
	"time"

	"github.com/gotd/td/tg"
)

// Bounds on renewing a file's reference while nothing is served under it.
const (
	maxUnchanged = 2
	maxRenewals  = 5
	// renewAgain is how long a renewal that failed is not tried again.
	renewAgain = time.Second
)

// renewals counts what happened since the file was last served.
type renewals struct{ all, unchanged int }

// renew fetches the file's source again, once for all who made their request
// under the same view.
func (r *remote) renew(ctx context.Context, v view) error {
	for r.now().reference == v.reference {
		if err := r.failedRenewal(v); err != nil {
			return err
		}
		called, err := r.turns.once(ctx, turnRenew, func() error {
			if r.now().reference != v.reference {
				return nil
			}
			err := r.renewNow(ctx, v)
			if ctx.Err() != nil {
				return err // Whoever waits renews it for themselves.
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			r.unrenewed = unrenewed{v.reference, err, time.Now()}
			return err
		})
		if called || err != nil {
			return err
		}
	}
	return nil
}

// failedRenewal is how the renewal of the reference in v has just failed, for those who
// waited for it and those whose request was on its way; nil if it did not. A moment
// later it may succeed.
func (r *remote) failedRenewal(v view) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if failed := r.unrenewed; failed.reference == v.reference && time.Since(failed.at) < renewAgain {
		return failed.err
	}
	return nil
}

// reload fetches the file's source again, once per fetch, because its location is
// refused: a stale access hash looks like that, too.
func (r *remote) reload(ctx context.Context, v view, refused error) error {
	r.mu.Lock()
	again := r.reloaded && v.reference == r.view.reference
	r.mu.Unlock()
	if again || r.renew(ctx, v) != nil {
		return cmp.Or(context.Cause(ctx), explain(refused))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reloaded = true
	return nil
}

// unrenewed is how the last renewal of a reference ended.
type unrenewed struct {
	reference int
	err       error // Nil if it did not fail.
	at        time.Time
}

func (r *remote) renewNow(ctx context.Context, v view) error {
	location, err := r.c.locate(ctx, r.file, reference(v.location))
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return &ReferenceError{File: r.file.Name, Err: err}
	}
	r.c.log.Info("the file reference expired and was renewed", "file", r.file.Name)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.renewals.all++
	if bytes.Equal(reference(location), reference(v.location)) {
		r.renewals.unchanged++
	} else {
		r.renewals.unchanged = 0
	}
	if r.renewals.unchanged >= maxUnchanged || r.renewals.all > maxRenewals {
		return &ReferenceError{File: r.file.Name}
	}
	r.view.location = location
	r.view.reference++
	return nil
}

// reference is the file reference inside a location, nil if it has none.
func reference(location tg.InputFileLocationClass) []byte {
	if l, ok := location.(interface{ GetFileReference() []byte }); ok {
		return l.GetFileReference()
	}
	return nil
}
