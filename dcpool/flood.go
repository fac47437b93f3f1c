package dcpool

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// gate is the state of one flood gate: open, closed until a time, or half open
// with one call on its way to see whether the wait is over.
type gate struct {
	until   time.Time // Zero: open.
	probing bool
}

// passage is what a gate answers to a call that wants through.
type passage uint8

const (
	passOpen   passage = iota // Go.
	passProbe                 // Go, and report: others wait for the outcome.
	passWait                  // Come back at gate.until, or when the gate changes.
	passBehind                // Come back when the gate changes.
)

// enter is the gate's answer at now and the gate after it.
func (g gate) enter(now time.Time) (gate, passage) {
	switch {
	case g.until.IsZero():
		return g, passOpen
	case now.Before(g.until):
		return g, passWait
	case g.probing:
		return g, passBehind
	default:
		g.probing = true
		return g, passProbe
	}
}

// flooded is the gate after an answer at now asked to wait. Calls that were on
// their way when it closed may still report; the latest end counts.
func (g gate) flooded(now time.Time, wait time.Duration, probe bool) gate {
	if until := now.Add(wait); until.After(g.until) {
		g.until = until
	}
	if probe {
		g.probing = false
	}
	return g
}

// probed is the gate after the probe ended otherwise: passed says that it was
// answered, else the next call becomes the probe.
func (g gate) probed(passed bool) gate {
	g.probing = false
	if passed {
		g.until = time.Time{}
	}
	return g
}

type gateKey struct {
	dc   int
	name string
}

// gates holds the flood gates of one account.
type gates struct {
	// Immutable.
	max    time.Duration // The longest a call waits.
	events *events       // May be nil.

	mu sync.Mutex
	m  map[gateKey]*gateEntry // Guarded by mu; open gates are removed.
}

type gateEntry struct {
	gate
	changed chan struct{} // Closed and replaced when the gate changes.
	name    string        // Of the error that closed it last.
}

// pass waits until key's gate lets the call of m through. waited is how long
// the call has waited for gates before and counts against the limit; nil is a call
// that does not wait, not even for another's probe. With probe true the caller must
// report the outcome.
func (g *gates) pass(ctx context.Context, key gateKey, m method, waited *time.Duration) (probe bool, err error) {
	for {
		v := g.look(key, true)
		if v.passage == passOpen || v.passage == passProbe {
			return v.passage == passProbe, nil
		}
		if waited == nil {
			return false, &FloodError{DC: key.dc, Method: string(m), Name: v.name, Wait: v.wait}
		}
		if err := g.sit(ctx, key, m, v, waited); err != nil {
			return false, err
		}
	}
}

// await waits until key's gate would let a call of m through, without taking the
// place of the probe. waited is as for pass, but not nil.
func (g *gates) await(ctx context.Context, key gateKey, m method, waited *time.Duration) error {
	for {
		v := g.look(key, false)
		if v.passage == passOpen || v.passage == passProbe {
			return nil
		}
		if err := g.sit(ctx, key, m, v, waited); err != nil {
			return err
		}
	}
}

// view is what a gate answers at one moment.
type view struct {
	passage passage
	wait    time.Duration   // For passWait.
	name    string          // Of the error that closed the gate.
	changed <-chan struct{} // Closed when the gate changes; nil if it is open.
}

// look is the answer of key's gate now. enter takes the place of the probe if that
// is the answer.
func (g *gates) look(key gateKey, enter bool) view {
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	e := g.m[key]
	if e == nil {
		return view{passage: passOpen}
	}
	next, p := e.enter(now)
	if enter {
		e.gate = next
	}
	return view{passage: p, wait: max(0, e.until.Sub(now)), name: e.name, changed: e.changed}
}

// sit waits until the gate seen as v changes or its time is over, which counts in
// waited. It is a *FloodError if that is too long.
func (g *gates) sit(ctx context.Context, key gateKey, m method, v view, waited *time.Duration) error {
	if v.passage == passBehind {
		return await(ctx, v.changed, nil)
	}
	if *waited+v.wait > g.max {
		return &FloodError{DC: key.dc, Method: string(m), Name: v.name, Wait: v.wait}
	}
	start := time.Now()
	defer func() { *waited += time.Since(start) }()
	t := time.NewTimer(v.wait)
	defer t.Stop()
	return await(ctx, v.changed, t.C)
}

// await waits for either channel or for the end of ctx, whose cause it returns.
func await(ctx context.Context, changed <-chan struct{}, timer <-chan time.Time) error {
	select {
	case <-changed:
		return nil
	case <-timer:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// report tells key's gate how a call ended that it let through: with a verdict
// of waitFlood it closes.
func (g *gates) report(key gateKey, probe, answered bool, v verdict) {
	flooded := v.action == waitFlood
	if !flooded && !probe {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	e := g.m[key]
	if e == nil {
		e = &gateEntry{changed: make(chan struct{})}
		if g.m == nil {
			g.m = make(map[gateKey]*gateEntry)
		}
		g.m[key] = e
	}
	closed := !e.until.IsZero()
	if flooded {
		news := !closed || probe // Not of those who were on their way when it closed.
		e.gate, e.name = e.flooded(time.Now(), v.wait, probe), v.why
		if news {
			g.events.tell(FloodBegan{DC: key.dc, Method: key.name, Until: e.until})
		}
	} else {
		e.gate = e.probed(answered)
	}
	if e.until.IsZero() {
		delete(g.m, key)
	}
	if closed && e.until.IsZero() {
		g.events.tell(FloodEnded{DC: key.dc, Method: key.name})
	}
	close(e.changed)
	e.changed = make(chan struct{})
}

// waits lists the gates that are closed at now.
func (g *gates) waits(now time.Time) []Wait {
	g.mu.Lock()
	defer g.mu.Unlock()
	var list []Wait
	for key, e := range g.m {
		if now.Before(e.until) {
			list = append(list, Wait{DC: key.dc, Method: key.name, Until: e.until})
		}
	}
	slices.SortFunc(list, func(a, b Wait) int {
		if a.DC != b.DC {
			return a.DC - b.DC
		}
		return strings.Compare(a.Method, b.Method)
	})
	return list
}
