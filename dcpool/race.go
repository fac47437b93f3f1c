package dcpool

import (
	"context"
	"errors"
	"slices"
	"time"
)

const (
	// raceAfter is how long an address may take to connect before the next one is
	// tried beside it; one that took longer before gets raceSlack times that.
	//
	// See https://www.rfc-editor.org/rfc/rfc8305#section-5.
	raceAfter = 300 * time.Millisecond
	raceSlack = 2
	// overtakenFor is how long an address is set aside that was slower than another
	// which started later: it may not answer at all.
	overtakenFor = time.Minute
	// otherPortsAfter is how long a stated port may take to connect before the others of
	// its address are tried beside it.
	otherPortsAfter = 3 * time.Second
)

// errOvertaken ends the dials that are not needed any more.
var errOvertaken = errors.New("another address was faster")

// race is the search for a connection at several addresses. Owned by the goroutine of
// (*dc).race.
type race struct {
	dc      *dc
	begun   time.Time
	ctx     context.Context // Of the dials.
	left    []endpoint      // Not tried yet.
	may     int             // How many of them may be tried, other ports not counted.
	others  []endpoint      // Other ports of addresses at whose stated one nobody failed yet.
	started bool            // The first was dialled.
	running []runner        // In the order in which they started.
	arrived chan arrival    // Has room for all.
}

// runner is a dial on its way.
type runner struct {
	endpoint  endpoint
	transport Transport
}

// arrival is how a dial ended.
type arrival struct {
	runner
	dialled dialled
	err     error
}

// race dials the best address in list and, while that neither connects nor fails, the
// next ones beside it. It returns the first connection, and how many dials of stated
// ports began, at most most of them. What they say about their addresses is noted.
func (d *dc) race(ctx context.Context, list []endpoint, most int) (dialled, int, error) {
	var stated, others []endpoint
	for _, ep := range list {
		if ep.stated == "" {
			stated = append(stated, ep)
		} else {
			others = append(others, ep)
		}
	}
	_, _, wait := d.pool.endpoints.choose(stated, time.Now())
	if err := sleep(ctx, wait); err != nil {
		return dialled{}, 0, err
	}
	dials, cancel := context.WithCancelCause(ctx)
	defer cancel(errOvertaken)
	r := race{
		dc: d, begun: time.Now(), ctx: dials, left: stated, may: most, others: others, arrived: make(chan arrival, len(list)),
	}
	l, err := r.run()
	return l, most - r.may, err
}

func (r *race) run() (dialled, error) {
	timer := time.NewTimer(0) // The first starts at once.
	defer timer.Stop()
	for {
		var lost error
		select {
		case <-timer.C:
			if time.Since(r.begun) >= otherPortsAfter {
				for _, slow := range r.running {
					r.addOthers(slow.endpoint)
				}
			}
		case a := <-r.arrived:
			if a.err == nil {
				r.win(a)
				return a.dialled, nil
			}
			r.running = slices.DeleteFunc(r.running, func(o runner) bool { return o == a.runner })
			if lost = a.err; r.ctx.Err() != nil || isFinal(lost) {
				r.abandon()
				return dialled{}, lost
			}
			r.dc.attemptFailed(a.endpoint, a.transport, lost)
			r.addOthers(a.endpoint)
		}
		if err := r.startNext(timer); err != nil {
			return dialled{}, err
		}
		if len(r.running) == 0 {
			return dialled{}, lost
		}
	}
}

// addOthers lets the other ports of the address at ep be tried.
func (r *race) addOthers(ep endpoint) {
	r.others = slices.DeleteFunc(r.others, func(o endpoint) bool {
		if o.stated == ep.addr {
			r.left = append(r.left, o)
		}
		return o.stated == ep.addr
	})
}

// startNext dials the next address, if there is one that may be tried now, and sets
// timer to the turn of the one after it.
func (r *race) startNext(timer *time.Timer) error {
	d := r.dc
	if r.may == 0 {
		r.left = slices.DeleteFunc(r.left, func(o endpoint) bool { return o.stated == "" })
	}
	ep, health, wait := d.pool.endpoints.choose(r.left, time.Now())
	if len(r.left) == 0 || wait > 0 && r.started {
		if left := otherPortsAfter - time.Since(r.begun); len(r.others) > 0 && left > 0 {
			timer.Reset(left)
		}
		return nil
	}
	r.started = true
	if ep.stated == "" {
		r.may--
	}
	r.left = slices.DeleteFunc(r.left, func(o endpoint) bool { return o == ep })
	run := runner{endpoint: ep, transport: health.transport}
	started := d.pool.spawn(func() {
		l, err := d.dial(r.ctx, ep, health.transport)
		r.arrived <- arrival{runner: run, dialled: l, err: err}
	})
	if !started {
		r.abandon()
		return ErrClosed
	}
	r.running = append(r.running, run)
	timer.Reset(d.pool.endpoints.patience(ep))
	return nil
}

// win sets those aside who started before a and have not arrived.
func (r *race) win(a arrival) {
	i := slices.Index(r.running, a.runner)
	for _, slower := range r.running[:i] {
		r.dc.pool.endpoints.setAside(slower.endpoint, overtakenFor)
	}
	r.running = slices.Delete(r.running, i, i+1)
	r.abandon()
}

// abandon closes, in the background, what those who run may still bring.
func (r *race) abandon() {
	if len(r.running) == 0 {
		return
	}
	arrived, n := r.arrived, len(r.running)
	collect := func() {
		for range n {
			if a := <-arrived; a.err == nil {
				_ = a.dialled.link.Close() // Nothing was sent on it.
			}
		}
	}
	if !r.dc.pool.spawn(collect) {
		collect() // The context of all dials has ended.
	}
}
