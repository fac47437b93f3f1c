package fetcher

import (
	"context"
	"errors"
	"time"

	"github.com/tgfetch/tgfetch/cdn"
	"github.com/tgfetch/tgfetch/dcpool"
)

// waitsForFloods reports whether the transfers wait for floods, and not the Doer.
func (c *Client) waitsForFloods() bool { return c.skills.floods != nil }

// floods is how long a transfer has waited for the end of floods since it last
// got on.
type floods struct {
	waited time.Duration
	bytes  int64 // There were so many then.
}

// waitsForFloods reports whether a flood is an error at once, for the transfer to
// wait for its end.
func (v view) waitsForFloods(c *Client) bool { return v.attempt != nil && c.waitsForFloods() }

// flooded reports whether err is a flood that the transfer waits for. The part
// goes back, and with it its share of the budget.
func (t *transfer) flooded(err error) bool {
	flood, ok := errors.AsType[*dcpool.FloodError](err)
	if !ok || !t.c.waitsForFloods() {
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
	if flood == nil || !t.c.waitsForFloods() {
		return nil
	}
	if bytes > t.floods.bytes {
		t.floods = floods{bytes: bytes}
	}
	if slow := t.floods.waited + flood.Wait; slow > t.c.cdnPatience && t.remote.leaveCDN(flood, flood) {
		return nil // Its time is that of a CDN that brings nothing.
	}
	err := t.c.skills.floods.AwaitFlood(ctx, flood, &t.floods.waited)
	if isA[*dcpool.FloodError](err) && t.remote.leaveCDN(flood, err) {
		return nil
	}
	return err
}

// leaveCDN rules the CDN out for the file if flood was on the way over it, and
// reports whether it was.
func (r *remote) leaveCDN(flood *dcpool.FloodError, cause error) bool {
	if flood.Kind() != dcpool.FloodCDN {
		return false
	}
	if redirect := r.now().cdn.Redirect(); redirect != nil { // Else it was left already.
		r.change(func(s cdn.State) cdn.State { return s.Unavailable(redirect.Revision, cause) })
	}
	return true
}

// bearsFlood reports whether a flood of the CDN, met by who reads without a transfer, is
// waited for: all such waits of a file together last no longer than a late part. Ranges
// that wait at the same time count once.
func (r *remote) bearsFlood(flood *dcpool.FloodError) bool {
	if !r.c.waitsForFloods() {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	begin, end := now, now.Add(flood.Wait)
	if r.floodEnd.After(begin) {
		begin = r.floodEnd
	}
	more := max(0, end.Sub(begin))
	if r.flooded+more > r.c.cdnPatience {
		return false
	}
	r.flooded += more
	if more > 0 {
		r.floodEnd = end
	}
	return true
}
