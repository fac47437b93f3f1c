package dcpool

import "time"

// longestTrip bounds the round trip that is believed of earlier runs.
const longestTrip = time.Second

// Prepare opens a connection to t in the background, for a call that is likely to
// follow what the home data center answers next. It is ready about when that
// answer comes, and delays nothing. Nothing happens if there is no key for t's data
// center yet, or a connection is open. Any goroutine may call it.
func (p *Pool) Prepare(t Target) {
	begun := time.Now()
	p.spawn(func() {
		if p.load(p.ctx) != nil || !p.mayPrepare(t) {
			return // Who calls gets to know why.
		}
		home := p.groupOf(Target{})
		if home == nil {
			return
		}
		if len(home.open()) == 0 {
			// An answer takes two round trips from the dial, and our own dial one.
			if home.touch() != nil || sleep(p.ctx, min(p.knownRTT(p.Home()), longestTrip)-time.Since(begun)) != nil {
				return
			}
		}
		_ = p.groupOf(t).touch()
	})
}

func (p *Pool) mayPrepare(t Target) bool {
	g := p.groupOf(t)
	return g != nil && !g.dc.credentials().key.Zero() && len(g.open()) == 0
}

// touch waits until the group has an open connection.
func (g *group) touch() error {
	l, err := g.acquire(g.dc.pool.ctx, Target{})
	if err == nil {
		g.release(l, outcome{})
	}
	return err
}
