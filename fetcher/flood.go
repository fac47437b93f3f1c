package fetcher

import (
	"context"
	"errors"
	"time"

	"github.com/tgfetch/tgfetch/dcpool"
)

// floodWaiter is a Doer whose callers can wait for the end of a flood with empty
// hands, as *dcpool.Pool is.
type floodWaiter interface {
	AwaitFlood(ctx context.Context, t dcpool.Target, waited *time.Duration) error
}

// waitsForFloods reports whether the transfers wait for floods, and not the Doer.
func (c *Client) waitsForFloods() bool {
	_, ok := c.doer.(floodWaiter)
	return ok
}

// floods is how long a transfer has waited for the end of floods since it last
// got on.
type floods struct {
	waited time.Duration
	bytes  int64 // There were so many then.
}

// flooded reports whether err is a flood that the transfer waits for. The part
// goes back, and with it its share of the budget.
func (t *transfer) flooded(err error) bool {
	flood, ok := errors.AsType[*dcpool.FloodError](err)
	if !ok || flood.Method != "upload.getFile" || !t.c.waitsForFloods() {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.flood = flood
	return true
}

// awaitFlood waits for the end of the flood that parts have met, if any has.
// The error is a *dcpool.FloodError if that takes too long, or the cause of ctx.
func (t *transfer) awaitFlood(ctx context.Context) error {
	t.mu.Lock()
	flood, bytes := t.flood, t.plan.Bytes()
	t.flood = nil
	t.mu.Unlock()
	doer, ok := t.c.doer.(floodWaiter)
	if flood == nil || !ok {
		return nil
	}
	if bytes > t.floods.bytes {
		t.floods = floods{bytes: bytes}
	}
	return doer.AwaitFlood(ctx, dcpool.Target{DC: flood.DC, Kind: dcpool.Media}, &t.floods.waited)
}
