package flow

import "time"

const (
	// MinWindow lets two grains travel while the next is asked for.
	MinWindow = 384 << 10
	// MaxWindow is what one connection may hold: 64 MB/s at 250 ms.
	MaxWindow = 16 << 20
	// StartWindow is the first window of a connection nothing is known about.
	StartWindow = 512 << 10

	// MinPart and MaxPart bound [Window.Part]: one and eight hash windows.
	MinPart = 128 << 10
	MaxPart = 1 << 20

	// slack is the queue that is always allowed. It covers what the round trip
	// does not show: scheduling, decryption, and the disk of a fast path.
	slack = 25 * time.Millisecond
	// headroom over rate × round trip, and a part of the smallest size, keep a short
	// queue at the bottleneck, so that a path that becomes faster is noticed by
	// itself. The part is the same for all who share a queue, which makes their
	// shares of it alike.
	headroom = 1.1
	// startGain bounds the window in the start, in rate × round trip. With less it
	// would not double.
	startGain = 2
	// growing is how much faster a round must be for the start to go on.
	growing = 1.25
	// drained is the share of rate × round trip that a window is held at to see
	// the round trip without a queue.
	drained = 0.75
	// rateHorizon, or as many round trips as rateRounds, is how long the best
	// rate is believed.
	rateHorizon = time.Second
	rateRounds  = 4
)

// Window is how many bytes one connection may have in flight. It follows what the
// connection delivers: while it starts it doubles every round trip, then it holds
// rate × round trip and a little more, and it shrinks when answers queue.
//
// A window that is full all the time hides the round trip it needs to know: its
// requests queue behind each other. So it drains: it sends nothing until it is well
// below rate × round trip, and goes on below for as long as the round trips that are
// seen there become shorter. That costs next to nothing while there is a queue to feed
// the path from. It does so when its start ends, and every ten seconds unless the
// round trip is certain anyway; then at the same moment of the clock as all others,
// since they may share the queue.
//
// The zero value is not usable; see [NewWindow].
type Window struct {
	limit    int
	fixed    bool // limit stays as it is.
	inFlight int

	delivered   int64     // Bytes of all answers.
	deliveredAt time.Time // When the last answer ended, or the pipe last was idle.

	rate     maxFilter // Bytes per second.
	trip     trip
	start    startup
	draining bool
	round    round
}

// Flight is one request on its way: what [Window.Done] needs to learn from it.
type Flight struct {
	bytes       int
	load        int // Bytes in flight with it.
	sent        time.Time
	delivered   int64
	deliveredAt time.Time
	full        bool // The window was full, so the rate seen is the path's.
	low         bool // The window was drained, so the round trip seen is the path's.
}

// startup doubles the window until the rate stops growing.
type startup struct {
	over     bool
	best     float64
	plateaus int
}

// round is one window's worth of requests, the unit in which queueing is judged.
type round struct {
	until int64   // Ends with the first request sent after this many bytes were delivered.
	queue float64 // The shortest queueing delay seen in it, in seconds; negative before the first.
	last  float64 // The shortest of the round before.
}

// NewWindow returns the window of a fresh connection. limit is what the last
// connection to the same endpoint settled at, known the round trip of others to it; 0 is
// unknown.
func NewWindow(now time.Time, limit int, known time.Duration) Window {
	if limit <= 0 {
		limit = StartWindow
	}
	w := Window{limit: min(max(limit, MinWindow), MaxWindow), round: round{queue: -1}}
	if known > 0 {
		w.trip.add(now, known.Seconds(), 0)
	}
	return w
}

// NewFixedWindow returns a window of limit bytes that never changes, up to
// MaxWindow.
func NewFixedWindow(limit int) Window {
	w := NewWindow(time.Time{}, 0, 0)
	w.limit, w.fixed = min(max(limit, 1), MaxWindow), true
	return w
}

// Limit is the window in bytes.
func (w *Window) Limit() int { return w.limit }

// InFlight is how many bytes have been asked for and not come.
func (w *Window) InFlight() int { return w.inFlight }

// Fits reports whether a request for n bytes may be sent now: whether it would
// end nearer to the window's limit than not sending it. A request larger than the
// window may travel alone.
func (w *Window) Fits(n int) bool {
	return w.inFlight == 0 || w.inFlight+n/2 <= w.present()
}

// present is the limit, while draining a lower one.
func (w *Window) present() int {
	if !w.draining {
		return w.limit
	}
	return min(w.limit, int(drained*w.rate.value()*w.trip.seconds()))
}

// Rate is the delivery rate in bytes per second, 0 while unknown.
func (w *Window) Rate() float64 { return w.rate.value() }

// RTT is the round trip without queueing, 0 while unknown.
func (w *Window) RTT() time.Duration { return seconds(w.trip.seconds()) }

// Settled reports that the window has found what the connection can deliver.
func (w *Window) Settled() bool { return w.start.over && !w.draining }

// Crowded reports that requests wait for longer than they travel though the window is
// as small as it gets: there are too many like it.
func (w *Window) Crowded() bool {
	return w.Settled() && w.limit == MinWindow && w.round.last > w.trip.seconds()+slack.Seconds()
}

// Part is the size to ask for: at least four parts fit the window, so that the
// path does not run dry between two of them. Two are enough if a part passes
// within the queue that is allowed anyway: each costs a request.
func (w *Window) Part() int {
	part := MinPart
	for part < MaxPart {
		larger := 2 * part
		quick := float64(larger) <= w.rate.value()*slack.Seconds()
		if larger*4 > w.limit && !(quick && larger*2 <= w.limit) {
			break
		}
		part = larger
	}
	return part
}

// Sent records a request for n bytes. Every Flight must come back exactly once,
// through Done or Lost.
func (w *Window) Sent(now time.Time, n int) Flight {
	if w.inFlight == 0 {
		w.deliveredAt = now
	}
	w.inFlight += n
	return Flight{
		bytes: n, load: w.inFlight, sent: now, delivered: w.delivered, deliveredAt: w.deliveredAt,
		full: w.inFlight+n > w.limit, low: w.draining,
	}
}

// Done records that the whole answer to f has come, with n bytes.
func (w *Window) Done(now time.Time, f Flight, n int) {
	w.inFlight -= f.bytes
	w.delivered += int64(n)
	w.deliveredAt = now
	if n > 0 {
		w.learn(now, f, n)
	}
}

// Lost records that f ended without an answer that says anything about the path:
// cancelled, refused, or its connection gone.
func (w *Window) Lost(f Flight) { w.inFlight -= f.bytes }

// BackOff halves the window, after a flood or a loss.
func (w *Window) BackOff() {
	w.start.over = true
	if w.fixed {
		return
	}
	w.limit = max(w.limit/2, MinWindow)
	w.rate.scale(0.5)
}

func (w *Window) learn(now time.Time, f Flight, n int) {
	if took := now.Sub(f.deliveredAt).Seconds(); took > 0 {
		sample := float64(w.delivered-f.delivered) / took
		if f.full || sample > w.rate.value() {
			w.rate.add(now, sample, max(rateHorizon, rateRounds*w.RTT()))
		}
	}
	latency := now.Sub(f.sent).Seconds()
	if w.rate.value() <= 0 || latency <= 0 {
		return
	}
	shorter, stale := w.trip.add(now, latency, f.load)
	switch {
	case w.fixed: // It is not drained.
	case stale && w.start.over:
		w.draining = true
	case f.low && w.draining:
		w.draining = shorter
	}
	queue := latency - w.trip.seconds()
	if w.round.queue < 0 || queue < w.round.queue {
		w.round.queue = queue
	}
	if !w.start.over && queue > w.trip.seconds()+slack.Seconds() {
		w.endStart() // The window is twice what the path holds.
	}
	w.adjust(n)
	if f.delivered >= w.round.until {
		w.endRound()
	}
}

// adjust moves the limit by at most n bytes, the size of the answer that came, so
// that it can double in a round and no single sample throws it.
func (w *Window) adjust(n int) {
	if w.fixed {
		return
	}
	if !w.start.over {
		w.limit = max(w.limit, min(w.limit+n, w.target(startGain)))
		return
	}
	switch target := w.target(headroom); {
	case target > w.limit:
		w.limit = min(w.limit+n, target)
	case target < w.limit:
		w.limit = max(w.limit-n, target)
	}
}

// target is what the window should hold with this gain over rate × round trip.
func (w *Window) target(gain float64) int {
	target := MinPart + int(w.rate.value()*(gain*w.trip.seconds()+slack.Seconds()))
	return min(max(target, MinWindow), MaxWindow)
}

func (w *Window) endRound() {
	queue, rate := w.round.queue, w.rate.value()
	w.round = round{until: w.delivered, queue: -1, last: queue}
	queued := queue > w.trip.seconds()/2+slack.Seconds()
	if w.start.over {
		if queued {
			// Even the luckiest request of the round waited: the rate believed is
			// more than this connection's share of the path.
			trip := w.trip.seconds()
			w.rate.scale(max(headroom*trip/(trip+queue), 0.5))
		}
		return
	}
	if rate > w.start.best*growing {
		w.start.best, w.start.plateaus = rate, 0
	} else {
		w.start.plateaus++
	}
	ample := float64(w.limit) > loaded*rate*w.trip.seconds()
	if queued || w.start.plateaus >= 2 || w.start.plateaus > 0 && ample || w.limit == MaxWindow {
		w.endStart()
	}
}

func (w *Window) endStart() { w.start.over, w.draining = true, !w.trip.sure && !w.fixed }

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
