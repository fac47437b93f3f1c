// Package ladder plans which settings are measured, and in which order. It is
// pure: [Plan.Next] names a point, [Plan.Record] takes what came of it.
//
// A plan climbs: bytes in flight on one connection, then connections, then more
// and less in flight and every part size at the number of connections that was
// best. A climb ends when a step brings nothing. Then all points are visited
// again, beginning with another one each time, so that what drifts meanwhile
// favours none.
//
// A point at which Telegram asked to wait rules out every point with as many
// requests at the same time.
package ladder

import (
	"slices"

	"github.com/tgfetch/tgfetch/bench/report"
)

const (
	// MinPart and MaxPart bound the part size; limits of upload.getFile beyond
	// 1 MiB are refused.
	MinPart = 128 << 10
	MaxPart = 1 << 20
	// firstWindow and maxWindow bound the bytes in flight of one connection.
	firstWindow = 256 << 10
	maxWindow   = 8 << 20

	// growth is how much more a step must bring for the climb to go on.
	growth = 1.1
	// enough is the share of the best rate that a cheaper point must reach to be
	// built on.
	enough = 0.97
)

// Config of a Plan. Zero values are defaults.
type Config struct {
	// Connections is the most of them; 0 means 8.
	Connections int
	// InFlight bounds the bytes in flight on all connections; 0 means 64 MiB.
	InFlight int
	// Rounds is how often each point is visited; 0 means 2.
	Rounds int
	// Points are visited in place of climbing, if there are any.
	Points []report.Setting
}

// Result is what a visit found.
type Result struct {
	// Rate in bytes per second.
	Rate float64
	// Flooded is how many requests were under way when Telegram asked to wait;
	// 0 if it did not.
	Flooded int
}

// Plan says what to measure next. It is not safe for concurrent use.
type Plan struct {
	cfg   Config
	phase phase
	steps []report.Setting // Still to be climbed in this phase.
	// points are those visited, in the order of their first visit.
	points []point
	again  []int // Indices of points to visit again, in order.
	ban    int   // The least number of requests that was too many; 0 is none.
	next   report.Setting
	ended  bool
}

type point struct {
	report.Setting
	rates []float64
}

type phase uint8

const (
	windows phase = iota
	connections
	wider
	narrower
	parts
	rounds
)

// New begins a plan.
func New(cfg Config) *Plan {
	if cfg.Connections == 0 {
		cfg.Connections = 8
	}
	if cfg.InFlight == 0 {
		cfg.InFlight = 64 << 20
	}
	if cfg.Rounds == 0 {
		cfg.Rounds = 2
	}
	p := &Plan{cfg: cfg}
	if len(cfg.Points) > 0 {
		p.steps, p.phase = slices.Clone(cfg.Points), parts
		return p
	}
	p.steps = p.stepsOf(windows)
	return p
}

// Most is how many visits a plan takes at most, to share a budget by.
func Most(cfg Config) int {
	p := New(cfg)
	n := len(p.steps)
	if len(cfg.Points) == 0 {
		n += 3 + 2 + 4 // Connections 2, 4 and 8; half and twice the window; part sizes.
	}
	return n * p.cfg.Rounds
}

// Next is the point to visit, false when there is none left. It must be
// followed by Record.
func (p *Plan) Next() (report.Setting, bool) {
	for !p.ended {
		if p.phase == rounds {
			return p.nextAgain()
		}
		if len(p.steps) == 0 {
			p.advance()
			continue
		}
		step, ok := p.fit(p.steps[0])
		p.steps = p.steps[1:]
		if ok && p.find(step) < 0 {
			p.next = step
			return step, true
		}
	}
	return report.Setting{}, false
}

// nextAgain is the next point of the later rounds.
func (p *Plan) nextAgain() (report.Setting, bool) {
	for len(p.again) > 0 {
		next := p.points[p.again[0]]
		p.again = p.again[1:]
		if p.allowed(next.Setting) {
			p.next = next.Setting
			return p.next, true
		}
	}
	p.ended = true
	return report.Setting{}, false
}

// Record takes what the visit to the point that Next named found.
func (p *Plan) Record(r Result) {
	if r.Flooded > 0 {
		if p.ban == 0 || r.Flooded < p.ban {
			p.ban = r.Flooded
		}
		if p.phase != rounds {
			// The same with fewer requests, if that is possible.
			p.steps = append([]report.Setting{p.next}, p.steps...)
		}
		return
	}
	before := p.best(nil)
	i := p.find(p.next)
	if i < 0 {
		i = len(p.points)
		p.points = append(p.points, point{Setting: p.next})
	}
	p.points[i].rates = append(p.points[i].rates, r.Rate)
	climbing := p.phase == windows || p.phase == connections || p.phase == wider
	if climbing && before > 0 && r.Rate < growth*before {
		p.steps = nil
	}
}

// advance begins the next phase.
func (p *Plan) advance() {
	if p.phase < parts && len(p.points) > 0 {
		p.phase++
		p.steps = p.stepsOf(p.phase)
		return
	}
	p.phase = rounds
	n := len(p.points)
	for round := 1; round < p.cfg.Rounds; round++ {
		for i := range n {
			p.again = append(p.again, (n-1-i+round*n/p.cfg.Rounds)%n)
		}
	}
}

// stepsOf are the points of a phase, built on what was found before.
func (p *Plan) stepsOf(phase phase) (steps []report.Setting) {
	base, ok := p.cheapest()
	if !ok && phase != windows {
		return nil // Telegram has since asked to wait at every point that there is.
	}
	switch phase {
	case windows:
		for w := firstWindow; w <= maxWindow; w *= 2 {
			steps = append(steps, report.Setting{Connections: 1, Window: w, Part: partFor(w)})
		}
	case connections:
		for c := 2; c <= p.cfg.Connections; c *= 2 {
			steps = append(steps, report.Setting{Connections: c, Window: base.Window, Part: base.Part})
		}
	case wider:
		for w := base.Window * 2; w <= maxWindow; w *= 2 {
			steps = append(steps, report.Setting{Connections: base.Connections, Window: w, Part: partFor(w)})
		}
	case narrower:
		if w := base.Window / 2; w >= MinPart {
			steps = append(steps, report.Setting{Connections: base.Connections, Window: w, Part: min(base.Part, partFor(w))})
		}
	case parts:
		for part := MinPart; part <= min(MaxPart, base.Window); part *= 2 {
			steps = append(steps, report.Setting{Connections: base.Connections, Window: base.Window, Part: part})
		}
	}
	return steps
}

// Grid is every combination of at most so many connections that is worth comparing
// with.
func Grid(connections int) (all []report.Setting) {
	for conns := 1; conns <= connections; conns *= 2 {
		for _, w := range []int{256 << 10, 1 << 20, 4 << 20, maxWindow} {
			for part := MinPart; part <= min(MaxPart, w); part *= 2 {
				all = append(all, report.Setting{Connections: conns, Window: w, Part: part})
			}
		}
	}
	return all
}

// fit is the nearest point to s that may be visited: larger parts before less in
// flight.
func (p *Plan) fit(s report.Setting) (report.Setting, bool) {
	if s.InFlight() > p.cfg.InFlight {
		return s, false
	}
	for !p.allowed(s) {
		switch {
		case len(p.cfg.Points) > 0:
			return s, false
		case s.Part < min(MaxPart, s.Window):
			s.Part *= 2
		case s.Window > MinPart:
			s.Window /= 2
			s.Part = min(s.Part, s.Window)
		default:
			return s, false
		}
	}
	return s, true
}

func (p *Plan) allowed(s report.Setting) bool { return p.ban == 0 || s.Requests() < p.ban }

func (p *Plan) find(s report.Setting) int {
	return slices.IndexFunc(p.points, func(q point) bool { return q.Setting == s })
}

// best is the highest rate of the points that match, 0 if there is none.
func (p *Plan) best(match func(point) bool) (rate float64) {
	for _, q := range p.points {
		if match == nil || match(q) {
			rate = max(rate, q.rates[0])
		}
	}
	return rate
}

// cheapest is the first point, fewest connections and least in flight first,
// that is about as good as the best of those that may still be visited; false if
// there is none.
func (p *Plan) cheapest() (out report.Setting, ok bool) {
	best := p.best(func(q point) bool { return p.allowed(q.Setting) })
	for _, q := range p.points {
		if q.rates[0] >= enough*best && p.allowed(q.Setting) && (!ok || Cheaper(q.Setting, out)) {
			out, ok = q.Setting, true
		}
	}
	return out, ok
}

// Cheaper says that a asks less of a server than b: fewer connections, then less in
// flight, then fewer requests.
func Cheaper(a, b report.Setting) bool {
	switch {
	case a.Connections != b.Connections:
		return a.Connections < b.Connections
	case a.Window != b.Window:
		return a.Window < b.Window
	default:
		return a.Part > b.Part
	}
}

// partFor lets four parts fit a window.
func partFor(window int) int { return min(max(window/4, MinPart), MaxPart) }
