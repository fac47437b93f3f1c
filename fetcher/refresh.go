package fetcher

import (
	"bytes"
	"context"
	"errors"

	"github.com/gotd/td/tg"
)

// Bounds on renewing a file's reference while nothing is served under it.
const (
	maxUnchanged = 2
	maxRenewals  = 5
)

// renewals counts what happened since the file was last served.
type renewals struct{ all, unchanged int }

// renew fetches the file's source again, once for all who made their request
// under the same view.
func (r *remote) renew(ctx context.Context, v view) error {
	for r.now().reference == v.reference {
		called, err := r.turns.once(ctx, turnRenew, func() error {
			if r.now().reference != v.reference {
				return nil
			}
			return r.renewNow(ctx, v)
		})
		if called || err != nil {
			return err
		}
	}
	return nil
}

func (r *remote) renewNow(ctx context.Context, v view) error {
	location, err := r.c.locate(ctx, r.file)
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return &ReferenceError{File: r.file.Name, Err: err}
	}
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

// locate finds a file again.
func (c *Client) locate(ctx context.Context, f File) (tg.InputFileLocationClass, error) {
	if c.refresh != nil {
		return c.refresh(ctx, f)
	}
	if f.Source.Message == 0 {
		return nil, errors.New("the file was not found in a message")
	}
	link := Link{First: f.Source.Message, Last: f.Source.Message}
	found, err := c.filesAt(ctx, &chat{Peer: f.Source.Chat, link: link}, f.Source.Message)
	if err != nil {
		return nil, err
	}
	for _, again := range found {
		if again.Key() == f.Key() {
			return again.Location, nil
		}
	}
	return nil, errors.New("the message does not have the file any more")
}
