package flow

import (
	"container/heap"
	"slices"
	"testing"
	"time"
)

// path is a simulated way to a DC in virtual time: each connection has a rate, all
// share the account's, answers queue first come first served.
type path struct {
	rtt     time.Duration
	perConn float64 // Bytes per second, 0 is unlimited.
	account float64
	slow    map[int]float64 // Rates of single connections.

	now     time.Time
	events  events
	queues  [][]answer
	freeAll time.Time
	queued  []time.Duration // Each request's wait before its first byte, in order of arrival.
	total   int64
}

type event struct {
	at time.Time
	do func()
}

type events []event

func (e events) Len() int           { return len(e) }
func (e events) Less(i, j int) bool { return e[i].at.Before(e[j].at) }
func (e events) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)        { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

func (p *path) after(d time.Duration, do func()) { heap.Push(&p.events, event{p.now.Add(d), do}) }

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
		begin := p.now
		if p.account > 0 {
			if p.freeAll.After(begin) {
				begin = p.freeAll
			}
			p.freeAll = begin.Add(seconds(chunk / p.account))
		}
		if first {
			p.queued, first = append(p.queued, begin.Sub(a.arrived)), false
		}
		end := p.now.Add(seconds(chunk / rate))
		if p.account > 0 && p.freeAll.After(end) {
			end = p.freeAll
		}
		left -= chunk
		p.after(end.Sub(p.now), func() {
			if left > 0 {
				step()
				return
			}
			p.after(p.rtt/2, a.done)
			if p.queues[c] = p.queues[c][1:]; len(p.queues[c]) > 0 {
				p.serve(c)
			}
		})
	}
	step()
}

// run downloads without end on the wanted connections for d, and returns what came
// in the last half.
func (p *path) run(d time.Duration, growth *Growth) (half int64, windows []Window) {
	start := time.Unix(1_000_000, 0)
	p.now = start
	p.queues = make([][]answer, growth.most)
	windows = make([]Window, growth.most)
	open := 0
	var fill func(c int)
	fill = func(c int) {
		if c >= growth.Want() {
			return
		}
		w := &windows[c]
		for n := w.Part(); w.Fits(p.now, n); n = w.Part() {
			f := w.Sent(p.now, n)
			p.after(p.rtt/2, func() {
				p.ask(c, n, func() {
					p.total += int64(n)
					w.Done(p.now, f, n)
					fill(c)
				})
			})
		}
	}
	var tick func()
	tick = func() {
		for ; open < growth.Want(); open++ {
			c := open
			windows[c] = NewWindow(0)
			p.after(p.rtt, func() { fill(c) })
		}
		growth.Observe(p.now, p.state(open, windows[:min(open, growth.Want())]))
		p.after(50*time.Millisecond, tick)
	}
	tick()
	var middle int64
	for len(p.events) > 0 {
		e := heap.Pop(&p.events).(event)
		if e.at.Sub(start) > d/2 && middle == 0 {
			middle = p.total
			p.queued = nil
		}
		if e.at.Sub(start) > d {
			break
		}
		p.now = e.at
		e.do()
	}
	return p.total - middle, windows
}

func (p *path) state(open int, windows []Window) State {
	s := State{Open: open, Settled: true, Busy: true, Bytes: p.total, RTT: p.rtt}
	for i := range windows {
		s.Settled = s.Settled && windows[i].Settled()
	}
	return s
}

func (p *path) medianQueue() time.Duration {
	if len(p.queued) == 0 {
		return 0
	}
	slices.Sort(p.queued)
	return p.queued[len(p.queued)/2]
}

func TestConvergence(t *testing.T) {
	const mb = 1e6
	for _, tt := range []struct {
		name      string
		path      path
		last      int
		time      time.Duration
		want      float64 // Bytes per second.
		conns     int     // Most that may be left.
		queueRTTs float64 // Bound of the median queueing delay, in round trips.
	}{
		{"connection limit", path{rtt: 100 * time.Millisecond, perConn: 10 * mb}, 0, 8 * time.Second, 80 * mb, 8, 1},
		{"connection limit, known number", path{rtt: 100 * time.Millisecond, perConn: 10 * mb}, 8, 8 * time.Second, 80 * mb, 8, 1},
		{"account limit", path{rtt: 300 * time.Millisecond, perConn: 1 * mb, account: 4 * mb}, 0, 18 * time.Second, 4 * mb, 8, 1},
		{"account limit, eight connections", path{rtt: 300 * time.Millisecond, perConn: 1 * mb, account: 4 * mb}, 8, 18 * time.Second, 4 * mb, 8, 1},
		{"near", path{rtt: 5 * time.Millisecond, perConn: 20 * mb}, 0, 8 * time.Second, 160 * mb, 8, 10},
		{"long and thin", path{rtt: 600 * time.Millisecond, perConn: 0.25 * mb}, 0, time.Minute, 2 * mb, 8, 1.5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := tt.path
			g := NewGrowth(tt.last, 8)
			half, windows := p.run(tt.time, &g)
			rate := float64(half) / (tt.time / 2).Seconds()
			t.Logf("%.2f MB/s of %.2f on %d connections, median queue %v", rate/mb, tt.want/mb, g.Want(), p.medianQueue())
			for i := range windows[:g.Want()] {
				w := &windows[i]
				t.Logf("connection %d: window %d KiB, rate %.2f MB/s, rtt %v", i, w.Limit()>>10, w.Rate()/mb, w.RTT())
			}
			if rate < 0.93*tt.want {
				t.Errorf("%.2f MB/s, want %.2f", rate/mb, 0.93*tt.want/mb)
			}
			if g.Want() > tt.conns {
				t.Errorf("%d connections, want at most %d", g.Want(), tt.conns)
			}
			if q := p.medianQueue(); q > time.Duration(tt.queueRTTs*float64(p.rtt)) {
				t.Errorf("median queueing delay %v, want at most %.1f round trips of %v", q, tt.queueRTTs, p.rtt)
			}
		})
	}
}

// TestOneSlow shows that a slow connection is named and nothing else is.
func TestOneSlow(t *testing.T) {
	p := path{rtt: 50 * time.Millisecond, perConn: 10e6, slow: map[int]float64{2: 0.2e6}}
	g := NewGrowth(8, 8)
	_, windows := p.run(5*time.Second, &g)
	members := make([]Member, len(windows))
	for i := range windows {
		members[i] = Member{Age: 5 * time.Second, Rate: windows[i].Rate(), RTT: windows[i].RTT(), Busy: true}
	}
	if got := Laggard(members); got != 2 {
		t.Errorf("laggard is %d (%+v), want 2", got, members)
	}
	members[2].Rate = members[1].Rate / 2
	if got := Laggard(members); got != -1 {
		t.Errorf("half the rate of its siblings: laggard is %d, want none", got)
	}
}

func TestLaggardNeedsEvidence(t *testing.T) {
	fast := Member{Age: time.Minute, Rate: 10e6, RTT: 50 * time.Millisecond, Busy: true}
	for _, tt := range []struct {
		name    string
		members []Member
		want    int
	}{
		{"nobody", nil, -1},
		{"two are no crowd", []Member{fast, {Age: time.Minute, Rate: 1, Busy: true}}, -1},
		{"too young", []Member{fast, fast, fast, {Age: time.Second - 1, Rate: 1, Busy: true}}, -1},
		{"old enough", []Member{fast, fast, fast, {Age: time.Second, Rate: 1, Busy: true}}, 3},
		{"long path takes longer", []Member{fast, fast, fast, {Age: time.Second, Rate: 1, RTT: time.Second, Busy: true}}, -1},
		{"idle is not slow", []Member{fast, fast, fast, {Age: time.Minute}}, -1},
		{"slow for everybody", []Member{{Age: time.Minute, Rate: 2, Busy: true}, {Age: time.Minute, Rate: 1, Busy: true}, {Age: time.Minute, Rate: 2, Busy: true}}, -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Laggard(tt.members); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

// TestGrowthTakesBack shows the whole life of a number: tried, kept or taken back,
// and tried again.
func TestGrowthTakesBack(t *testing.T) {
	rate := func(n int) float64 { return min(float64(n), 4) * 1e6 } // Four connections fill the path.
	g := NewGrowth(1, 8)
	now, bytes := time.Unix(0, 0), 0.0
	var seen []int
	for range 1000 { // 50 s
		if len(seen) == 0 || seen[len(seen)-1] != g.Want() {
			seen = append(seen, g.Want())
		}
		g.Observe(now, State{Open: g.Want(), Settled: true, Busy: true, Bytes: int64(bytes), RTT: 20 * time.Millisecond})
		now = now.Add(50 * time.Millisecond)
		bytes += rate(g.Want()) * 0.05
	}
	if want := []int{1, 2, 4, 8, 4, 8, 4}; !slices.Equal(seen, want) {
		t.Errorf("went through %v, want %v", seen, want)
	}
}

func TestGrowthStands(t *testing.T) {
	now := time.Unix(0, 0)
	for _, tt := range []struct {
		name  string
		state State
	}{
		{"no work", State{Open: 4, Settled: true}},
		{"still starting", State{Open: 4, Busy: true}},
		{"not all open", State{Open: 3, Settled: true, Busy: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := NewGrowth(0, 8)
			for i := range 100 {
				tt.state.Bytes += 1 << 20
				g.Observe(now.Add(time.Duration(i)*100*time.Millisecond), tt.state)
			}
			if g.Want() != FirstConnections {
				t.Errorf("wants %d, want %d", g.Want(), FirstConnections)
			}
		})
	}
}

func TestGrowthRefused(t *testing.T) {
	g := NewGrowth(8, 8)
	g.Refuse(time.Unix(0, 0))
	if g.Want() != 4 {
		t.Errorf("wants %d after a refusal of 8, want 4", g.Want())
	}
	g = NewGrowth(1, 8)
	g.Refuse(time.Unix(0, 0))
	if g.Want() != 1 {
		t.Errorf("wants %d after a refusal of 1, want 1", g.Want())
	}
}

func TestWindowCountsEveryFlight(t *testing.T) {
	now := time.Unix(0, 0)
	w := NewWindow(0)
	a, b := w.Sent(now, 128<<10), w.Sent(now, 128<<10)
	w.Done(now.Add(time.Second), a, 100)
	w.Lost(b)
	if w.InFlight() != 0 {
		t.Errorf("%d bytes in flight, want 0", w.InFlight())
	}
	if !w.Fits(now, 64<<20) {
		t.Error("an idle connection must take a request of any size")
	}
}

func TestBackOffHalves(t *testing.T) {
	w := NewWindow(4 << 20)
	w.BackOff()
	if w.Limit() != 2<<20 || !w.Settled() {
		t.Errorf("limit %d, settled %v", w.Limit(), w.Settled())
	}
	for range 20 {
		w.BackOff()
	}
	if w.Limit() != MinWindow {
		t.Errorf("limit %d, want the least, %d", w.Limit(), MinWindow)
	}
}

func TestPartIsAQuarterAtMost(t *testing.T) {
	for _, tt := range []struct{ window, part int }{
		{MinWindow, 128 << 10},
		{1<<20 - 1, 128 << 10},
		{1 << 20, 256 << 10},
		{2 << 20, 512 << 10},
		{4 << 20, 1 << 20},
		{MaxWindow, 1 << 20},
	} {
		w := NewWindow(tt.window)
		if got := w.Part(); got != tt.part {
			t.Errorf("window %d: part %d, want %d", tt.window, got, tt.part)
		}
	}
}
