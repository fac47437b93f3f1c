package fetcher

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/cdn"
	"github.com/tgfetch/tgfetch/chunker"
	"github.com/tgfetch/tgfetch/dcpool"
)

// remote is one file as Telegram serves it. All parts of a fetch read through
// one remote, so that what one of them learns (another data center, a new file
// reference, a CDN) is learnt once.
type remote struct {
	// Immutable.
	c    *Client
	file File

	turns turns    // of renewing what all parts share
	watch cdnWatch // over the time that the CDN takes

	measured int // Owned by the turn of measuring: how often its size was asked for.

	most      atomic.Int64 // the largest limit servers were seen to take
	refetched atomic.Int64
	saved     atomic.Bool // the data center it moved to

	mu       sync.Mutex
	view     view                       // Guarded by mu.
	path     []int                      // Guarded by mu. Data centers visited.
	cdns     []int                      // Guarded by mu. CDNs that served.
	contest  contest                    // Guarded by mu. Of the CDN and the file's data center.
	got      int64                      // Guarded by mu. Bytes that came, by whatever way.
	flooded  time.Duration              // Guarded by mu. For how long a CDN asked to wait, but in transfers.
	floodEnd time.Time                  // Guarded by mu. Of the last such wait.
	conns    map[dcpool.ConnID]struct{} // Guarded by mu.
	windows  cdn.Windows                // Guarded by mu.
	renewals renewals                   // Guarded by mu.

	unrenewed unrenewed       // Guarded by mu.
	reloaded  bool            // Guarded by mu. The message was fetched again for another location.
	wrong     *wrongSizeError // Guarded by mu. The file has another size than its message says.
}

// view is where a request goes, as of one moment. What a request learns is
// reported with the view it was made under, so that news of yesterday change
// nothing.
type view struct {
	dc        int
	location  tg.InputFileLocationClass
	reference int // counts renewals of location
	cdn       cdn.State
	attempt   *attempt // on whose behalf; may be nil
	home      bool     // the CDN is passed by
}

// avoid is the connection that an earlier request for the same bytes waits on.
func (v view) avoid() dcpool.ConnID {
	if v.attempt == nil {
		return 0
	}
	return v.attempt.avoid
}

// first reports whether the request goes before others.
func (v view) first() bool { return v.attempt != nil && v.attempt.first }

// noted tells conn, and the attempt, which connection a call is given to that is
// about to be made.
func (v view) noted(conn *usedConn) func(dcpool.ConnID) {
	if v.attempt != nil {
		v.attempt.sent.Store(0)
	}
	return func(id dcpool.ConnID) {
		conn.set(id)
		if v.attempt != nil {
			v.attempt.given(id)
		}
	}
}

// target is where the bytes of the file are asked for now.
func (r *remote) target() dcpool.Target {
	v := r.now()
	if redirect := v.cdn.Redirect(); redirect != nil {
		return dcpool.Target{DC: redirect.DC, Kind: dcpool.CDN}
	}
	return dcpool.Target{DC: v.dc, Kind: dcpool.Media}
}

func (c *Client) newRemote(f File) *remote {
	f.Source = f.Source.whole()
	f.DC = max(f.DC, 0) // Less than none is none.
	r := &remote{
		c:     c,
		file:  f,
		view:  view{dc: f.DC, location: f.Location},
		path:  []int{f.DC},
		conns: make(map[dcpool.ConnID]struct{}),
	}
	r.most.Store(maxPart)
	return r
}

func (r *remote) now() view {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.view
}

// change replaces the state of the CDN. f runs under mu.
func (r *remote) change(f func(cdn.State) cdn.State) {
	r.mu.Lock()
	before := r.view.cdn
	after := f(before)
	r.view.cdn = after
	r.mu.Unlock()
	if before.Allowed() && !after.Allowed() {
		r.logLeft(after.Reason())
		r.left(before.Redirect(), after.Reason())
	}
}

// brought notes that a connection brought bytes of the file.
func (r *remote) brought(conn dcpool.ConnID) {
	if conn == 0 {
		return // A Doer that does not tell.
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conns[conn] = struct{}{}
}

func (r *remote) connections() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.conns)
}

// route is where the bytes came from, for people.
func (r *remote) route() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	for i, dc := range r.path {
		if i > 0 {
			b.WriteString("→")
		}
		if dc == 0 {
			b.WriteString("home")
			continue
		}
		b.WriteString(strconv.Itoa(dc))
	}
	for _, dc := range r.cdns {
		fmt.Fprintf(&b, ", CDN %d", dc)
	}
	return b.String()
}

// Bounds on asking for one range.
const (
	// maxTries is over all kinds of errors. Most have a bound of their own far
	// below it.
	maxTries = 30
	// maxLengths is answers of a wrong length. A server with another idea of the
	// file's size gives them always, a broken one now and then.
	maxLengths = 8
)

// patience is what one range has gone through.
type patience struct {
	tries, lengths int
	home           bool // The CDN had its time.
}

// lost notes one more fault and reports whether it was one too many.
func (p *patience) lost(kind faultKind) bool {
	p.tries++
	if kind == faultLength {
		p.lengths++
	}
	return p.tries > maxTries || p.lengths > maxLengths
}

// read fills dst with the file's bytes from offset on. offset is a multiple of
// chunker.Grain and the range lies inside one block. It returns less than
// len(dst) only at the end of a file of unknown size.
//
// dst belongs to the caller again when read has returned, and says which of its
// bytes are proven. a may be nil.
func (r *remote) read(ctx context.Context, a *attempt, offset int64, dst *space) (int, error) {
	if r.file.Size == UnknownSize && offset >= longUnsized {
		return 0, r.size(ctx)
	}
	p := patience{home: a != nil && a.home || a == nil && r.trying()}
	for {
		v := r.now()
		v.attempt, v.home = a, p.home
		dst.proven = dst.proven[:0]
		n, err := r.readFrom(ctx, v, offset, dst)
		if err == nil && n < dst.size && r.file.Size == UnknownSize {
			err = r.confirmEnd(ctx, v, offset+int64(n), dst.size)
		}
		if err == nil {
			r.served(v)
			r.came(v, n)
			return n, nil
		}
		r.refetched.Add(int64(n))
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		if err := r.heal(ctx, v, err, &p); err != nil {
			return 0, fmt.Errorf("bytes %d to %d: DC %d: %w", offset, offset+int64(dst.size), v.dc, err)
		}
	}
}

// readFrom reads from where v says the file is. With an error it returns how
// many bytes had been fetched in vain.
func (r *remote) readFrom(ctx context.Context, v view, offset int64, dst *space) (int, error) {
	if redirect := v.cdn.Redirect(); redirect != nil && !v.home {
		return r.readCDN(ctx, v, redirect, offset, dst)
	}
	// Bytes of unknown extent cannot be checked against windows, so the CDN is not
	// asked for.
	redirects := v.cdn.Allowed() && !v.home && r.file.Size != UnknownSize && !r.c.cdnResting()
	return r.readPlain(ctx, v, offset, dst, redirects)
}

// served notes that a request made under v succeeded.
func (r *remote) served(v view) {
	r.mu.Lock()
	moved := len(r.path) > 1 && r.view.dc == v.dc
	r.renewals = renewals{} // So that renewals are bounded by parts served.
	r.mu.Unlock()
	if moved && !r.saved.Swap(true) {
		r.c.storeDC(r.file.dcKey(), v.dc)
	}
}

// heal does what err, of a request made under v, asks for. It returns nil
// if the request may be made again, else the error that ends the file.
func (r *remote) heal(ctx context.Context, v view, err error, p *patience) error {
	fault := classify(err)
	if v.attempt != nil {
		v.attempt.tries.Add(1)
	}
	if p.lost(fault.kind) {
		if fault.revision == 0 {
			return explain(err)
		}
		// The file's data center gets a chance of its own.
		*p, fault.kind = patience{home: p.home}, faultCDN
	}
	switch fault.kind {
	case faultMoved:
		return r.move(v, fault.dc)
	case faultReference:
		return r.renew(ctx, v)
	case faultLimit:
		return r.shrink(err)
	case faultRedirect:
		r.redirected(v, fault.redirect)
		return nil
	case faultToken:
		r.change(func(s cdn.State) cdn.State { return s.TokenInvalid(fault.revision) })
		return nil
	case faultLate:
		p.home = true
		return nil
	case faultCDN:
		if flood, ok := errors.AsType[*dcpool.FloodError](err); ok && r.bearsFlood(flood) {
			var waited time.Duration
			return r.c.skills.floods.AwaitFlood(ctx, flood, &waited)
		}
		r.change(func(s cdn.State) cdn.State { return s.Unavailable(fault.revision, err) })
		return nil
	case faultLength:
		if p.lengths == contradictions {
			return r.measure(ctx, v)
		}
		return nil
	case faultAgain:
		return nil
	case faultLocation:
		return r.reload(ctx, v, err)
	case faultUnknownDC:
		return r.askHome(v, err)
	default:
		return explain(err)
	}
}

// askHome goes to the home data center, which says where a file is, in place of
// one that nobody knows.
func (r *remote) askHome(v view, unknown error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v.dc != r.view.dc {
		return nil
	}
	if v.dc == 0 || len(r.path) > 1 {
		return explain(unknown) // A server has sent the file there.
	}
	r.path, r.view.dc = append(r.path, 0), 0
	return nil
}

// shrink halves the limit that a server refused.
//
// https://core.telegram.org/api/files#downloading-files
func (r *remote) shrink(err error) error {
	refused, ok := errors.AsType[*limitError](err)
	if !ok {
		return err
	}
	if refused.limit <= chunker.Smallest {
		return err
	}
	for {
		most := r.most.Load()
		if most < int64(refused.limit) || r.most.CompareAndSwap(most, int64(refused.limit/2)) {
			return nil
		}
	}
}

// maxHops is how often a file may move during one fetch.
const maxHops = 4

// move follows FILE_MIGRATE. All requests that were sent to the old data center
// count as one move.
func (r *remote) move(v view, to int) error {
	moved, err := r.moveOnce(v, to)
	if moved {
		r.c.log.Info("the file is on another data center", "file", r.file.Name, "from", v.dc, "to", to)
	}
	return err
}

// moveOnce reports whether it was the request under v that moved the file.
func (r *remote) moveOnce(v view, to int) (moved bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v.dc != r.view.dc {
		return false, nil
	}
	path := append(slices.Clone(r.path), to)
	if len(path) > maxHops+1 {
		return false, &MigrationError{File: r.file.Name, Path: path} // Nobody goes on from here.
	}
	r.path = path
	r.view.dc = to
	r.view.cdn = r.view.cdn.Moved()
	r.saved.Store(false)
	return true, nil
}
