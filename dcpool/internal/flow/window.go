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
	// headroom over rate × round trip keeps a short queue at the bottleneck, so
	// that a path that becomes faster is noticed by itself.
	headroom = 1.25
	// growing is how much faster a round must be for the start to go on.
	growing = 1.25
	// horizon is how long the least round trip is believed. Every horizon the
	// window is halved for a moment, so that a queue of our own making drains and
	// is not taken for distance. All windows do so at the same moment of the
	// clock: they may share the queue.
	horizon = 10 * time.Second
	// rateHorizon, or as many round trips as rateRounds, is how long the best
	// rate is believed.
	rateHorizon = time.Second
	rateRounds  = 4
)

// Window is how many bytes one connection may have in flight. It follows what the
// connection delivers: while it starts it doubles every round trip, then it holds
// rate × round trip and a little more, and it shrinks when answers queue.
//
// The zero value is not usable; see [NewWindow].
type Window struct {
	limit    int
	fixed    bool // limit stays as it is.
	inFlight int

	delivered   int64     // Bytes of all answers.
	deliveredAt time.Time // When the last answer ended, or the pipe last was idle.

	rate  maxFilter // Bytes per second.
	trip  minFilter // Seconds from sending a request to the end of its answer, without queue.
	drain time.Time // Until then the window is halved.
	start startup
	round round
}

// Flight is one request on its way: what [Window.Done] needs to learn from it.
type Flight struct {
	bytes       int
	sent        time.Time
	delivered   int64
	deliveredAt time.Time
	full        bool // The window was full, so the rate seen is the path's.
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
}

// NewWindow returns the window of a fresh connection. limit is what the last
// connection to the same endpoint settled at, 0 if unknown.
func NewWindow(limit int) Window {
	if limit <= 0 {
		limit = StartWindow
	}
	return Window{limit: min(max(limit, MinWindow), MaxWindow), round: round{queue: -1}}
}

// NewFixedWindow returns a window of limit bytes that never changes, up to
// MaxWindow.
func NewFixedWindow(limit int) Window {
	w := NewWindow(0)
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
func (w *Window) Fits(now time.Time, n int) bool {
	limit := w.limit
	if now.Before(w.drain) {
		limit /= 2
	}
	return w.inFlight == 0 || w.inFlight+n/2 <= limit
}

// Rate is the delivery rate in bytes per second, 0 while unknown.
func (w *Window) Rate() float64 { return w.rate.value() }

// RTT is the round trip without queueing, 0 while unknown.
func (w *Window) RTT() time.Duration { return seconds(w.trip.value()) }

// Settled reports that the window has found what the connection can deliver.
func (w *Window) Settled() bool { return w.start.over }

// Part is the size to ask for: at least four parts fit the window, so that the
// path does not run dry between two of them.
func (w *Window) Part() int {
	part := MinPart
	for part < MaxPart && part*8 <= w.limit {
		part *= 2
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
		bytes: n, sent: now, delivered: w.delivered, deliveredAt: w.deliveredAt,
		full: w.inFlight+n > w.limit,
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
	if w.trip.add(now, latency, horizon) && w.start.over && !w.fixed {
		w.drain = now.Add(min(w.RTT()*3/2, time.Second))
	}
	if queue := latency - w.trip.value(); w.round.queue < 0 || queue < w.round.queue {
		w.round.queue = queue
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
		w.limit = min(w.limit+n, MaxWindow)
		return
	}
	switch target := w.target(); {
	case target > w.limit:
		w.limit = min(w.limit+n, target)
	case target < w.limit:
		w.limit = max(w.limit-n, target)
	}
}

func (w *Window) target() int {
	target := int(w.rate.value() * (headroom*w.trip.value() + slack.Seconds()))
	return min(max(target, MinWindow), MaxWindow)
}

func (w *Window) endRound() {
	queue, rate := w.round.queue, w.rate.value()
	w.round = round{until: w.delivered, queue: -1}
	queued := queue > w.trip.value()/2+slack.Seconds()
	if w.start.over {
		if queued {
			// Even the luckiest request of the round waited: the rate believed is
			// more than this connection's share of the path.
			trip := w.trip.value()
			w.rate.scale(max(headroom*trip/(trip+queue), 0.5))
		}
		return
	}
	if rate > w.start.best*growing {
		w.start.best, w.start.plateaus = rate, 0
	} else {
		w.start.plateaus++
	}
	w.start.over = queued || w.start.plateaus >= 2 || w.limit == MaxWindow
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
