package flow

import (
	"cmp"
	"container/heap"
	"slices"
	"time"
)

// path is a simulated way to a DC in virtual time, and a client that keeps it busy as
// a group of connections does: a backlog of parts whose size was chosen when they came,
// each given to the connection whose window it leaves least full.
type path struct {
	rtt     time.Duration
	perConn float64         // Bytes per second of one connection, 0 is unlimited.
	account float64         // Of all, which take turns at it.
	link    float64         // Of all, first come first served, as on the last mile.
	slow    map[int]float64 // Rates of single connections.
	// eager connections count as open at once, but what is sent on them in the first
	// round trip leaves at its end.
	eager   bool
	backlog int // Bytes of parts that wait for a window at any time; 0 is 8 MiB.

	now      time.Time
	events   events
	queues   [][]answer
	freeAll  time.Time
	freeLink time.Time
	growth   *Growth
	windows  []Window
	opened   []time.Time
	waiting  []int // Sizes of parts.
	total    int64
	samples  []sample
	most     int // Most bytes in flight at one time.
	seq      int
}

// sample is one request: when it reached the server, and how long it waited there.
type sample struct {
	conn int
	at   time.Time
	wait time.Duration
	size int
}

// begin is when the answer began to leave.
func (s sample) begin() time.Time { return s.at.Add(s.wait) }

type event struct {
	at time.Time
	n  int
	do func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return cmp.Or(e[i].at.Compare(e[j].at), cmp.Compare(e[i].n, e[j].n)) < 0
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

func (p *path) at(t time.Time, do func()) {
	p.seq++
	heap.Push(&p.events, event{t, p.seq, do})
}

func (p *path) after(d time.Duration, do func()) { p.at(p.now.Add(d), do) }

// chunk is what the account's queue serves at a time, so that connections share fairly.
const chunk = 16 << 10

// answer is what waits in a connection's queue at the server.
type answer struct {
	bytes   int
	arrived time.Time
	done    func()
}

// ask puts an answer in connection c's queue.
func (p *path) ask(c, n int, done func()) {
	p.queues[c] = append(p.queues[c], answer{n, p.now, done})
	if len(p.queues[c]) == 1 {
		p.serve(c)
	}
}

// serve sends the first answer of c's queue, then the next.
func (p *path) serve(c int) {
	a := p.queues[c][0]
	rate := p.perConn
	if r, ok := p.slow[c]; ok {
		rate = r
	}
	left, first := a.bytes, true
	var step func()
	step = func() {
		begin, end := p.now, p.now
		if p.account > 0 {
			begin = latest(begin, p.freeAll)
			p.freeAll = begin.Add(seconds(chunk / p.account))
			end = latest(end, p.freeAll)
		}
		if rate > 0 {
			end = latest(end, p.now.Add(seconds(chunk/rate)))
		}
		if p.link > 0 {
			begin = latest(begin, p.freeLink)
			p.freeLink = begin.Add(seconds(chunk / p.link))
		}
		if first {
			p.samples, first = append(p.samples, sample{c, a.arrived, begin.Sub(a.arrived), a.bytes}), false
		}
		arrive := latest(end, p.freeLink).Add(p.rtt / 2)
		left -= chunk
		if left <= 0 {
			p.at(arrive, a.done)
		}
		p.at(end, func() {
			if left > 0 {
				step()
				return
			}
			if p.queues[c] = p.queues[c][1:]; len(p.queues[c]) > 0 {
				p.serve(c)
			}
		})
	}
	step()
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// part is what the client asks for next, as Pool.PartSize says.
func (p *path) part(open []int) int {
	sizes := make([]int, len(open))
	for i, c := range open {
		sizes[i] = p.windows[c].Part()
	}
	if len(sizes) == 0 {
		return MinPart
	}
	slices.Sort(sizes)
	return sizes[len(sizes)/2]
}

// fill gives parts to windows until none has room.
func (p *path) fill() {
	open := p.open()
	for len(open) > 0 {
		sum := 0
		for _, n := range p.waiting {
			sum += n
		}
		for sum < cmp.Or(p.backlog, 8<<20) {
			n := p.part(open)
			p.waiting = append(p.waiting, n)
			sum += n
		}
		n, best, load := p.waiting[0], -1, 0.0
		for _, c := range open {
			w := &p.windows[c]
			if l := float64(w.InFlight()+n) / float64(w.Limit()); w.Fits(n) && (best < 0 || l < load) {
				best, load = c, l
			}
		}
		if best < 0 {
			return
		}
		p.waiting = p.waiting[1:]
		p.send(best, n)
	}
}

func (p *path) send(c, n int) {
	w := &p.windows[c]
	f := w.Sent(p.now, n)
	inFlight := 0
	for i := range p.windows {
		inFlight += p.windows[i].InFlight()
	}
	p.most = max(p.most, inFlight)
	reaches := p.now
	if p.eager {
		reaches = latest(reaches, p.opened[c].Add(p.rtt))
	}
	p.at(reaches.Add(p.rtt/2), func() {
		p.ask(c, n, func() {
			p.total += int64(n)
			w.Done(p.now, f, n)
			p.fill()
		})
	})
}

// open lists the connections that take parts.
func (p *path) open() []int {
	var list []int
	for c := range min(p.growth.Want(), len(p.opened)) {
		if p.eager || !p.opened[c].Add(p.rtt).After(p.now) {
			list = append(list, c)
		}
	}
	return list
}

// start is in the middle of a horizon of the clock.
var start = time.Unix(1_000_003, 0)

// run downloads without end for d from start.
func (p *path) run(d time.Duration, growth Growth) {
	p.now, p.growth = start, &growth
	p.queues = make([][]answer, growth.most)
	p.windows = make([]Window, 0, growth.most) // Never moves, answers refer to it.
	var tick func()
	tick = func() {
		for c := len(p.opened); c < growth.Want(); c++ {
			p.opened, p.windows = append(p.opened, p.now), append(p.windows, NewWindow(p.now, 0, p.trip()))
			p.after(p.rtt, p.fill)
		}
		p.fill()
		growth.Observe(p.now, p.state())
		p.after(50*time.Millisecond, tick)
	}
	tick()
	p.goOn(d)
}

// goOn goes on for d.
func (p *path) goOn(d time.Duration) {
	end := p.now.Add(d)
	for len(p.events) > 0 && !p.events[0].at.After(end) {
		e := heap.Pop(&p.events).(event)
		p.now = e.at
		e.do()
	}
}

func (p *path) state() State {
	s := State{Settled: true, Busy: true, Crowded: true, Bytes: p.total, RTT: p.rtt}
	for _, c := range p.open() {
		s.Open++
		s.Settled = s.Settled && p.windows[c].Settled()
		s.Crowded = s.Crowded && p.windows[c].Crowded()
	}
	return s
}

// rates returns the bytes per second that left the server on each connection between
// two moments.
func (p *path) rates(from, to time.Time) []float64 {
	rates := make([]float64, len(p.windows))
	for _, s := range p.samples {
		if b := s.begin(); !b.Before(from) && b.Before(to) {
			rates[s.conn] += float64(s.size) / to.Sub(from).Seconds()
		}
	}
	return rates
}

// rate is the sum of rates.
func (p *path) rate(from, to time.Time) (sum float64) {
	for _, r := range p.rates(from, to) {
		sum += r
	}
	return sum
}

// wait is the median wait at the server of requests that came since a moment.
func (p *path) wait(since time.Time) time.Duration {
	var waits []time.Duration
	for _, s := range p.samples {
		if !s.at.Before(since) {
			waits = append(waits, s.wait)
		}
	}
	if len(waits) == 0 {
		return 0
	}
	slices.Sort(waits)
	return waits[len(waits)/2]
}

// trip is the shortest round trip that a window knows.
func (p *path) trip() (trip time.Duration) {
	for i := range p.windows {
		if t := p.windows[i].RTT(); t > 0 && (trip == 0 || t < trip) {
			trip = t
		}
	}
	return trip
}
