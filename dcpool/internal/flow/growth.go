package flow

import "time"

const (
	// FirstConnections to a DC nothing is known about.
	FirstConnections = 4

	// worth is how much faster twice the connections must be to be kept.
	worth = 1.15
	// settle is the least time a number of connections is watched for.
	settle = 300 * time.Millisecond
	// rounds is how many round trips it is watched for on a long path.
	rounds = 3
	// again is how long the number rests before it is tried once more.
	again = 30 * time.Second
)

// Growth decides how many connections to a DC are worth having: it doubles them
// while the total rate grows, takes back a step that brought nothing, and tries
// again after a while. What it settles at is worth keeping for the next run.
type Growth struct {
	want, most int
	starting   bool    // The first step up, for which no gain is asked, has not been made.
	kept       int     // The number before the step being tried; 0 when none is.
	keptRate   float64 // What that number delivered.
	rest       time.Time
	found      int

	since time.Time // Start of the measurement, zero when none runs.
	bytes int64
}

// NewGrowth starts with last connections, the number that worked before, or with
// [FirstConnections] if last is 0. most bounds it.
func NewGrowth(last, most int) Growth {
	g := Growth{want: last, most: max(most, 1)}
	if last <= 0 {
		g.want, g.starting = FirstConnections, true
	}
	g.want = min(g.want, g.most)
	return g
}

// Want is the number of connections to have, as far as there is work for them.
func (g *Growth) Want() int { return g.want }

// Found is the number that proved its worth, for the next run; 0 if none did yet.
func (g *Growth) Found() int { return g.found }

// State is what Growth is told of the group of connections.
type State struct {
	Open    int           // Connections that work.
	Settled bool          // Every window has found its size.
	Busy    bool          // More is asked for than the windows let through.
	Crowded bool          // Every window is as small as it gets, and requests wait.
	Bytes   int64         // Delivered by all of them since the beginning.
	RTT     time.Duration // Of the slowest.
}

// Observe is called now and then, some times a second, while there is work.
func (g *Growth) Observe(now time.Time, s State) {
	if g.starting && s.Busy && s.Open >= g.want {
		g.want, g.starting = min(2*g.want, g.most), false
	}
	if !s.Busy || !s.Settled || s.Open < g.want {
		g.since = time.Time{} // Nothing to learn from this.
		return
	}
	if g.since.IsZero() {
		g.since, g.bytes = now, s.Bytes
		return
	}
	took := now.Sub(g.since)
	if took < max(settle, rounds*s.RTT) {
		return
	}
	if s.Crowded && g.want > 1 {
		g.Refuse(now)
		g.found = g.want
		return
	}
	g.judge(now, float64(s.Bytes-g.bytes)/took.Seconds())
	g.since, g.bytes = now, s.Bytes
}

func (g *Growth) judge(now time.Time, rate float64) {
	switch {
	case g.kept > 0 && rate < g.keptRate*worth:
		g.want, g.kept, g.rest = g.kept, 0, now.Add(again)
		g.found = g.want
	case g.want < g.most && !now.Before(g.rest):
		g.found = g.want
		g.kept, g.keptRate = g.want, rate
		g.want = min(g.want*2, g.most)
	default:
		g.found, g.kept = g.want, 0
	}
}

// Refuse halves the number for a while: the server said that there are too many.
func (g *Growth) Refuse(now time.Time) {
	g.want, g.kept, g.rest = max(g.want/2, 1), 0, now.Add(again)
	g.since = time.Time{}
}
