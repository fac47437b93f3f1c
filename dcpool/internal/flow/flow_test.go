package flow

import (
	"slices"
	"testing"
	"time"
)

// TestConvergence shows that the windows and the number of connections fill any path,
// keep it full, share it fairly, and queue for no longer than a round trip, whichever
// bottleneck the connections share.
func TestConvergence(t *testing.T) {
	const (
		mb = 1e6
		ms = time.Millisecond
	)
	for _, tt := range []struct {
		name  string
		path  path
		last  int           // Connections that worked before.
		time  time.Duration // The second half is looked at.
		want  float64       // Bytes per second.
		queue time.Duration // Most that the median request may wait.
		most  int           // Most bytes in flight at any time.
	}{
		{"connection limit", path{rtt: 100 * ms, perConn: 10 * mb}, 0, 8 * time.Second, 80 * mb, 100 * ms, 32 << 20},
		{"connection limit, known number", path{rtt: 100 * ms, perConn: 10 * mb}, 8, 8 * time.Second, 80 * mb, 100 * ms, 32 << 20},
		{"account limit", path{rtt: 300 * ms, perConn: 1 * mb, account: 4 * mb}, 0, 18 * time.Second, 4 * mb, 300 * ms, 8 << 20},
		{"account limit, slow to open", path{rtt: 300 * ms, perConn: 1 * mb, account: 4 * mb, eager: true}, 0, 18 * time.Second, 4 * mb, 300 * ms, 8 << 20},
		{"account limit, known number", path{rtt: 300 * ms, perConn: 1 * mb, account: 4 * mb, eager: true}, 8, 18 * time.Second, 4 * mb, 300 * ms, 11 << 20},
		{"account limit far above that of a connection", path{rtt: 100 * ms, perConn: 10 * mb, account: 40 * mb}, 0, 8 * time.Second, 40 * mb, 100 * ms, 24 << 20},
		{"near", path{rtt: 5 * ms, perConn: 20 * mb}, 0, 8 * time.Second, 160 * mb, 40 * ms, 12 << 20},
		{"long and thin", path{rtt: 600 * ms, perConn: 0.25 * mb}, 0, time.Minute, 2 * mb, 600 * ms, 8 << 20},
		{"last mile", path{rtt: 50 * ms, perConn: 10 * mb, link: 12 * mb}, 8, 30 * time.Second, 12 * mb, 100 * ms, 8 << 20},
		{"long last mile", path{rtt: 300 * ms, link: 20 * mb}, 8, 30 * time.Second, 20 * mb, 300 * ms, 24 << 20},
		// One connection with the smallest window holds more than this path does.
		{"thin last mile", path{rtt: 50 * ms, link: 2 * mb}, 8, 30 * time.Second, 2 * mb, 200 * ms, 6 << 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := tt.path
			p.run(tt.time, NewGrowth(tt.last, 8))
			middle, end := start.Add(tt.time/2), start.Add(tt.time)
			rate, wait := p.rate(middle, end), p.wait(middle)
			t.Logf("%.2f MB/s of %.2f on %d connections, median wait %v, at most %d KiB in flight",
				rate/mb, tt.want/mb, p.growth.Want(), wait, p.most>>10)
			for _, c := range p.open() {
				w := &p.windows[c]
				t.Logf("connection %d: window %d KiB, rate %.2f MB/s, round trip %v", c, w.Limit()>>10, w.Rate()/mb, w.RTT())
			}
			if rate < 0.95*tt.want {
				t.Errorf("%.2f MB/s, want %.2f", rate/mb, 0.95*tt.want/mb)
			}
			if wait > tt.queue {
				t.Errorf("the median request waited %v, want at most %v", wait, tt.queue)
			}
			if p.most > tt.most {
				t.Errorf("%d KiB in flight, want at most %d", p.most>>10, tt.most>>10)
			}
			p.checkSteady(t, middle, end, tt.want)
			p.checkFair(t, middle, end)
		})
	}
}

// checkSteady looks for oscillation: no fourth of the time is much worse than the
// whole.
func (p *path) checkSteady(t *testing.T, from, to time.Time, want float64) {
	t.Helper()
	step := to.Sub(from) / 4
	for ; from.Before(to); from = from.Add(step) {
		if rate := p.rate(from, from.Add(step)); rate < 0.8*want {
			t.Errorf("%.2f MB/s from %v on, want steadily %.2f", rate/1e6, from.Sub(start), want/1e6)
		}
	}
}

// checkFair compares the connections that were open all the time.
func (p *path) checkFair(t *testing.T, from, to time.Time) {
	t.Helper()
	rates := p.rates(from, to)[:p.growth.Want()]
	if least, most := slices.Min(rates), slices.Max(rates); least < most/2 {
		t.Errorf("rates from %.2f to %.2f MB/s", least/1e6, most/1e6)
	}
}

// TestOneSlow shows that a slow connection is named and nothing else is.
func TestOneSlow(t *testing.T) {
	p := path{rtt: 50 * time.Millisecond, perConn: 10e6, slow: map[int]float64{2: 0.2e6}}
	p.run(5*time.Second, NewGrowth(8, 8))
	members := make([]Member, len(p.windows))
	for i := range p.windows {
		members[i] = Member{Age: 5 * time.Second, Rate: p.windows[i].Rate(), RTT: p.windows[i].RTT(), Busy: true}
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
		{"no work", State{Open: FirstConnections, Settled: true}},
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

// TestGrowthStarts shows that twice the first connections are opened as soon as these
// are open and do not suffice, and no more before the windows are known.
func TestGrowthStarts(t *testing.T) {
	now := time.Unix(0, 0)
	g := NewGrowth(0, 64)
	s := State{Open: FirstConnections - 1, Busy: true}
	if g.Observe(now, s); g.Want() != FirstConnections {
		t.Errorf("wants %d before the first are open, want %d", g.Want(), FirstConnections)
	}
	s.Open = FirstConnections
	for i := range 100 {
		s.Bytes += 1 << 20
		s.Open = g.Want()
		g.Observe(now.Add(time.Duration(i)*100*time.Millisecond), s)
	}
	if g.Want() != 2*FirstConnections {
		t.Errorf("wants %d while the windows start, want %d", g.Want(), 2*FirstConnections)
	}
	if g = NewGrowth(2, 8); g.Want() != 2 {
		t.Errorf("wants %d where 2 worked before", g.Want())
	}
	if g.Observe(now, State{Open: 2, Busy: true, Bytes: 1}); g.Want() != 2 {
		t.Errorf("wants %d at once where 2 worked before", g.Want())
	}
}

// TestGrowthGivesBack shows that connections whose windows cannot become small enough
// are given back, down to one, and tried again after a while.
func TestGrowthGivesBack(t *testing.T) {
	g := NewGrowth(8, 8)
	now := time.Unix(0, 0)
	s := State{Settled: true, Busy: true, Crowded: true, RTT: 50 * time.Millisecond}
	var seen []int
	for range 100 {
		if len(seen) == 0 || seen[len(seen)-1] != g.Want() {
			seen = append(seen, g.Want())
		}
		s.Open, s.Bytes = g.Want(), s.Bytes+100_000
		g.Observe(now, s)
		now = now.Add(50 * time.Millisecond)
	}
	if want := []int{8, 4, 2, 1}; !slices.Equal(seen, want) || g.Found() != 1 {
		t.Errorf("went through %v, want %v; found %d", seen, want, g.Found())
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
	w := NewWindow(now, 0, 0)
	a, b := w.Sent(now, 128<<10), w.Sent(now, 128<<10)
	w.Done(now.Add(time.Second), a, 100)
	w.Lost(b)
	if w.InFlight() != 0 {
		t.Errorf("%d bytes in flight, want 0", w.InFlight())
	}
	if !w.Fits(64 << 20) {
		t.Error("an idle connection must take a request of any size")
	}
}

func TestBackOffHalves(t *testing.T) {
	w := NewWindow(time.Time{}, 4<<20, 0)
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
		w := NewWindow(time.Time{}, tt.window, 0)
		if got := w.Part(); got != tt.part {
			t.Errorf("window %d: part %d, want %d", tt.window, got, tt.part)
		}
	}
}

// TestPartOfAFastPath shows that a part that passes in no time may be half a window.
func TestPartOfAFastPath(t *testing.T) {
	for _, tt := range []struct {
		window int
		rate   float64 // Bytes per second.
		part   int
	}{
		{1 << 20, 10e6, 256 << 10},
		{1 << 20, 20e6, 256 << 10}, // Half a MiB would take 26 ms.
		{1 << 20, 21e6, 512 << 10},
		{1 << 20, 100e6, 512 << 10}, // Two fit.
		{2 << 20, 42e6, 1 << 20},
		{2 << 20, 41e6, 512 << 10},
		{MaxWindow, 100e6, MaxPart},
	} {
		w := NewWindow(time.Time{}, tt.window, 0)
		w.rate.add(time.Time{}, tt.rate, time.Second)
		if got := w.Part(); got != tt.part {
			t.Errorf("window %d at %.0f bytes/s: part %d, want %d", tt.window, tt.rate, got, tt.part)
		}
	}
}

// TestRoundTripBehindAQueue shows that a window that never saw the round trip without
// its own queue finds it out, and that it follows a path that became longer.
func TestRoundTripBehindAQueue(t *testing.T) {
	p := path{rtt: 300 * time.Millisecond, perConn: 1e6, eager: true} // Its first answers take another round trip.
	p.run(6*time.Second, NewGrowth(1, 1))
	alone := p.rtt + seconds(MinPart/p.perConn)
	w := &p.windows[0]
	if got := w.RTT(); !w.Settled() || got > alone*110/100 {
		t.Errorf("settled %v, round trip %v, want %v", w.Settled(), got, alone)
	}
	p.rtt = 500 * time.Millisecond
	p.goOn(45 * time.Second)
	alone = p.rtt + seconds(MinPart/p.perConn)
	if got := w.RTT(); got < alone*99/100 || got > alone*120/100 {
		t.Errorf("round trip %v on the longer path, want %v", got, alone)
	}
	if rate := p.rate(p.now.Add(-10*time.Second), p.now); rate < 0.9*p.perConn {
		t.Errorf("%.2f MB/s on the longer path, want %.2f", rate/1e6, p.perConn/1e6)
	}
}

// TestSureOfTheRoundTrip shows that a window that saw short round trips with more and
// more in flight has no need to drain when its start ends.
func TestSureOfTheRoundTrip(t *testing.T) {
	p := path{rtt: 100 * time.Millisecond, perConn: 10e6}
	p.run(7*time.Second, NewGrowth(8, 8))
	for from := start.Add(500 * time.Millisecond); from.Before(p.now); from = from.Add(250 * time.Millisecond) {
		if rate := p.rate(from, from.Add(250*time.Millisecond)); rate < 0.8*80e6 {
			t.Errorf("%.1f MB/s after %v, want 80", rate/1e6, from.Sub(start))
		}
	}
}
