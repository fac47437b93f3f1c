package fetcher

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tgfetch/tgfetch/cdn"
	"github.com/tgfetch/tgfetch/dcpool"
)

// A CDN is trusted with nothing, time included. The file's data center serves every
// byte too, so what a CDN may cost is bounded, whatever it does:
//
//   - A part that a connection to the CDN has held for cdnPatience longer than a part
//     takes at the file's data center is fetched there. Two such parts, or two races at
//     the end of the file that the data center wins, rule the CDN out for the file.
//   - A CDN whose connections keep requests for as long without a byte that holds is
//     ruled out at once: while it says nothing, while it redirects in circles. How long
//     it may take until there is a connection is bounded by package dcpool.
//   - A CDN that delivers, but less than the data center would, is found out by a trial;
//     see contest.
//
// Only whole answers count. Bytes of an answer that is on its way are no sign of life: a
// server that drips may send them for ever.

// cdnPatience is how much longer than the file's own data center a CDN may take for a
// part. On a path of 10 KB/s a part of 128 KiB comes within that time.
const cdnPatience = 15 * time.Second

var (
	// errCDNLate ends a request to a CDN that took too long, or that had not begun when
	// the file's data center was tried. The part comes from there.
	errCDNLate = errors.New("the CDN took too long")
	// errLostRaces says nothing of a CDN as a whole: at the end of a file a single slow
	// connection loses races.
	errLostRaces = errors.New("the file's data center brought the last parts sooner")
	// errCDNLeft ends all requests to a CDN that was ruled out.
	errCDNLeft = errors.New("the CDN was left")
)

// cdnWatch is the requests of one file to its CDN that are under way, and how long the
// CDN has brought nothing that holds. Time counts while a connection has one of them:
// what passes in the limits of the user, at gates and in queues is no fault of a CDN. The
// zero value is ready.
type cdnWatch struct {
	mu    sync.Mutex
	calls map[*cdnCall]struct{} // Guarded by mu.
	held  int                   // Guarded by mu. How many of them a connection has.
	// fruitless is for how long connections had requests since something came that
	// holds; while they have some, up to resumed.
	fruitless time.Duration // Guarded by mu.
	resumed   time.Time     // Guarded by mu.
	// busy is for how long connections had requests at all, up to began.
	busy  time.Duration // Guarded by mu.
	began time.Time     // Guarded by mu. Since when they have some; zero if there is none.
	lied  bool          // Guarded by mu. Bytes did not match: answers alone count no more.
}

// cdnCall is one request to a CDN.
type cdnCall struct {
	revision int           // Of the redirect. Immutable.
	limit    time.Duration // Immutable.
	cancel   context.CancelCauseFunc
	overdue  func()      // Is called when the time is over. Immutable.
	timer    *time.Timer // Guarded by cdnWatch.mu. Nil before a connection has it.
	given    time.Time   // Guarded by cdnWatch.mu. When a connection had it first; zero before.
}

// begin notes that a call is under way.
func (w *cdnWatch) begin(call *cdnCall) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.calls == nil {
		w.calls = make(map[*cdnCall]struct{})
	}
	w.calls[call] = struct{}{}
}

// fruitlessLocked is for how long connections had requests without anything that holds.
func (w *cdnWatch) fruitlessLocked(now time.Time) time.Duration {
	if w.held == 0 {
		return w.fruitless
	}
	return w.fruitless + now.Sub(w.resumed)
}

// busyFor is for how long connections had requests.
func (w *cdnWatch) busyFor() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.began.IsZero() {
		return w.busy
	}
	return w.busy + time.Since(w.began)
}

// given notes that a connection has the call. A second connection does not begin the
// time anew: a CDN may hang up as often as it likes.
func (w *cdnWatch) given(call *cdnCall) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, underWay := w.calls[call]; !underWay || !call.given.IsZero() {
		return
	}
	now := time.Now()
	call.given = now
	if w.held == 0 {
		w.resumed, w.began = now, now
	}
	w.held++
	call.timer = time.AfterFunc(call.limit-w.fruitlessLocked(now), call.overdue)
}

// end notes that a call is over, with bytes or without.
func (w *cdnWatch) end(call *cdnCall, brought bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.calls, call)
	if call.given.IsZero() {
		return
	}
	call.timer.Stop()
	now := time.Now()
	w.fruitless, w.resumed = w.fruitlessLocked(now), now
	if w.held--; w.held == 0 {
		w.busy, w.began = w.busy+now.Sub(w.began), time.Time{}
	}
	if brought && !w.lied {
		w.fruitless = 0 // Whether it holds may depend on hashes that are late.
	}
}

// proved notes that bytes matched their hash, or that some did not.
func (w *cdnWatch) proved(right bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if right {
		w.fruitless, w.resumed = 0, time.Now()
	} else {
		w.lied = true
	}
}

// lateness is what is to be thought of a call at one moment.
type lateness uint8

const (
	inTime  lateness = iota
	late             // The connection has held this part for too long.
	useless          // Nothing has come for too long.
)

// judge says how late a call is. A call that is in time is looked at again.
func (w *cdnWatch) judge(call *cdnCall) lateness {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, underWay := w.calls[call]; !underWay {
		return inTime
	}
	now := time.Now()
	again := call.limit - w.fruitlessLocked(now)
	if again <= 0 {
		return useless
	}
	left := call.limit - now.Sub(call.given)
	if left <= 0 {
		return late
	}
	call.timer.Reset(min(again, left))
	return inTime
}

// leave ends all calls.
func (w *cdnWatch) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for call := range w.calls {
		call.cancel(errCDNLeft)
	}
}

// passBy sends those calls to the file's data center that wait for a connection.
func (w *cdnWatch) passBy() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for call := range w.calls {
		if call.given.IsZero() {
			call.cancel(errCDNLate)
		}
	}
}

// watched makes a call to the CDN, and ends it when it takes too long. n is how many bytes
// are asked for. do is told whom to tell when a connection has the call, and says whether
// it brought bytes.
func (r *remote) watched(ctx context.Context, revision, n int, do func(ctx context.Context, given func()) (brought bool, err error)) error {
	home := lane{r.now().dc, dcpool.Media}
	watchedCtx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	call := &cdnCall{revision: revision, limit: r.c.cdnPatience + r.c.pace.expected(home, n), cancel: cancel}
	call.overdue = func() { r.overdue(call) }
	r.watch.begin(call)
	if !r.c.tellsConns() {
		r.watch.given(call)
	}
	if !r.now().cdn.Allowed() {
		cancel(errCDNLeft) // It was left just before.
	}
	brought, err := do(watchedCtx, func() { r.watch.given(call) })
	r.watch.end(call, brought)
	if err != nil && ctx.Err() == nil && watchedCtx.Err() != nil {
		return context.Cause(watchedCtx)
	}
	return err
}

// overdue does what the time asks for that a call has taken.
func (r *remote) overdue(call *cdnCall) {
	switch r.watch.judge(call) {
	case inTime:
		return
	case late:
		cause := fmt.Errorf("%w: parts did not come within %v", cdn.ErrSlow, call.limit.Round(time.Second))
		r.change(func(s cdn.State) cdn.State { return s.Late(call.revision, cause) })
	case useless:
		cause := fmt.Errorf("%w: it brought nothing for %v", cdn.ErrSlow, call.limit.Round(time.Second))
		r.change(func(s cdn.State) cdn.State { return s.Unavailable(call.revision, cause) })
	}
	call.cancel(errCDNLate)
}

// left does what follows from a CDN being ruled out: nothing is waited for that is
// on its way from it, and if it was slow, other files do without it for a while.
func (r *remote) left(redirect *cdn.Redirect, reason error) {
	r.watch.leave()
	r.c.active.leftCDN.Add(1)
	if redirect != nil && r.c.skills.rests != nil && errors.Is(reason, cdn.ErrSlow) {
		r.c.skills.rests.RestCDN(redirect.DC, reason)
	}
}

// logLeft says why the CDN is left.
func (r *remote) logLeft(reason error) {
	if errors.Is(reason, errLostRaces) {
		r.c.log.Info("the last parts come sooner from the file's data center than from the CDN", "file", r.file.Name)
		return
	}
	r.c.log.Warn("the CDN is left out of this file", "file", r.file.Name, "err", reason)
}

// lostRace notes that the file's data center brought a part before the CDN did, which
// had begun earlier.
func (r *remote) lostRace() {
	if redirect := r.now().cdn.Redirect(); redirect != nil {
		r.change(func(s cdn.State) cdn.State { return s.Late(redirect.Revision, errLostRaces) })
	}
}
