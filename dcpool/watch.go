package dcpool

import (
	"slices"
	"time"

	"github.com/tgfetch/tgfetch/dcpool/internal/flow"
)

const (
	// watchEvery is the least time between two looks at a group.
	watchEvery = 50 * time.Millisecond
	// replaceAgain is the least time between two replacements; it doubles each
	// time, since a path that makes every connection slow in turn is not helped.
	replaceAgain = time.Second
	// silent is how long a socket may bring nothing, while its siblings deliver,
	// before it is given up; or silentTrips round trips on a long path.
	silent      = time.Second
	silentTrips = 8
	// dripping is the share of its siblings' median rate below which a slow connection
	// is closed though calls are under way on it: elsewhere they are answered sooner.
	dripping = 0.01
)

// watch is what a group remembers between two looks at its connections.
type watch struct {
	delivered  int64 // Bytes of file answers.
	next       time.Time
	mayReplace time.Time
	replaced   int
}

// observeLocked looks at the connections now and then: it lets their number
// follow the total rate, and gives up one that is clearly slower than its
// siblings. It returns the connections to close, and one to replace or nil.
func (g *group) observeLocked(now time.Time) (useless []*conn, slow *conn) {
	if now.Before(g.watch.next) || g.kind == Main {
		return nil, nil
	}
	g.watch.next = now.Add(watchEvery)
	g.growth.Observe(now, g.stateLocked())
	g.surplusLocked()
	if slow = g.laggardLocked(now); slow != nil {
		slow.leaving = true
		slow.slowSince, slow.slowBytes = now, slow.wire.Stats().BytesIn
		g.watch.replaced++
		g.watch.mayReplace = now.Add(replaceAgain << min(g.watch.replaced, 6))
		g.dc.stats.replaced.Add(1)
	}
	for _, c := range slices.Clone(g.conns) {
		if c.leaving && (c.calls == 0 || c.silentLocked(now) || g.dripsLocked(c, now)) {
			g.removeLocked(c)
			useless = append(useless, c)
		}
	}
	return useless, slow
}

// silentLocked says that c should have brought something by now. It is asked
// when a sibling just did.
func (c *conn) silentLocked(now time.Time) bool {
	since := c.wire.Stats().LastByte
	if c.busy.After(since) {
		since = c.busy
	}
	return now.Sub(since) > max(silent, silentTrips*c.window.RTT())
}

// dripsLocked says that c, which is slow, brings next to nothing beside its siblings.
func (g *group) dripsLocked(c *conn, now time.Time) bool {
	took := now.Sub(c.slowSince)
	if c.slowSince.IsZero() || took <= max(silent, silentTrips*c.window.RTT()) {
		return false
	}
	var rates []float64
	for _, other := range g.conns {
		if !other.leaving && other.window.Rate() > 0 {
			rates = append(rates, other.window.Rate())
		}
	}
	if len(rates) == 0 {
		return false
	}
	slices.Sort(rates)
	return float64(c.wire.Stats().BytesIn-c.slowBytes)/took.Seconds() < dripping*rates[len(rates)/2]
}

func (g *group) stateLocked() flow.State {
	s := flow.State{Settled: true, Crowded: true, Busy: len(g.waiting) > 0, Bytes: g.watch.delivered}
	for _, c := range g.conns {
		if c.leaving {
			continue
		}
		s.Open++
		s.Settled = s.Settled && c.window.Settled()
		s.Crowded = s.Crowded && c.window.Crowded()
		s.RTT = max(s.RTT, c.window.RTT())
	}
	return s
}

// surplusLocked lets the youngest connections go that are more than wanted.
func (g *group) surplusLocked() {
	surplus := g.stayingLocked() - g.growth.Want()
	for _, c := range slices.Backward(g.conns) {
		if surplus <= 0 {
			return
		}
		if !c.leaving {
			c.leaving = true
			surplus--
		}
	}
}

// laggardLocked is the connection to replace, or nil.
func (g *group) laggardLocked(now time.Time) *conn {
	if g.fixed > 0 || now.Before(g.watch.mayReplace) {
		return nil
	}
	members := make([]flow.Member, len(g.conns))
	for i, c := range g.conns {
		members[i] = flow.Member{
			Age:  now.Sub(c.busy),
			Rate: c.rateLocked(now),
			RTT:  c.window.RTT(),
			Busy: c.calls > 0 && !c.leaving,
		}
	}
	if i := flow.Laggard(members); i >= 0 {
		return g.conns[i]
	}
	return nil
}

// rateLocked is what c delivers, no more than what its present silence allows.
func (c *conn) rateLocked(now time.Time) float64 {
	since := c.lastUsed
	if c.busy.After(since) {
		since = c.busy
	}
	quiet := now.Sub(since).Seconds()
	if quiet <= 0 {
		return c.window.Rate()
	}
	most := float64(c.window.InFlight()) / quiet
	if rate := c.window.Rate(); rate > 0 {
		return min(rate, most)
	}
	return most
}
