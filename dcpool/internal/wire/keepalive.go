package wire

import "time"

// keepalive decides when to ping and when a connection is dead. Times are
// durations since the link was opened.
//
// Dead means: something is due, and there was no sign of life for stall: no frame began
// or ended, or one that is on its way has come at less than leastRate and is that much
// behind. At half of that a ping makes a living server say something, whatever it is busy with. One that says
// nothing except that it is there is alive for ignored at most, if that is not 0.
type keepalive struct {
	interval, stall, ignored time.Duration

	lastPing time.Duration
	pinging  bool          // A pong is due.
	calls    bool          // Answers to calls are due.
	asked    time.Duration // When calls became true.
	waiting  bool          // Anything is due.
	since    time.Duration // When waiting became true.
}

// leastRate is in bytes per second. It is far below what any network gives one of
// several connections that share it: of 1 KB/s eight have 125 B/s each.
const leastRate = 64

type keepaliveAction uint8

const (
	keepaliveWait keepaliveAction = iota
	keepalivePing
	keepaliveDead
)

// expect tells whether answers to calls are due.
func (k *keepalive) expect(now time.Duration, calls bool) {
	if calls && !k.calls {
		k.asked = now
	}
	k.calls = calls
	due := calls || k.pinging
	if due && !k.waiting {
		k.since = now
	}
	k.waiting = due
}

// next returns what to do now and, for keepaliveWait, when to ask again. lastWork
// is when something came that a connection is there for.
func (k *keepalive) next(now, lastSign, lastWork time.Duration) (keepaliveAction, time.Duration) {
	again := k.lastPing + k.interval
	if k.calls && k.ignored > 0 {
		end := max(k.asked, lastWork) + k.ignored
		if now >= end {
			return keepaliveDead, 0
		}
		again = min(again, end)
	}
	if k.waiting {
		sign := max(k.since, lastSign)
		if now >= sign+k.stall {
			return keepaliveDead, 0
		}
		probe := sign + k.stall/2
		if k.lastPing > sign { // Pinged since, in vain so far.
			probe = sign + k.stall
		} else if now >= probe {
			return keepalivePing, 0
		}
		again = min(again, probe)
	}
	if now >= k.lastPing+k.interval {
		return keepalivePing, 0
	}
	return keepaliveWait, again
}

// pinged notes that a ping goes out.
func (k *keepalive) pinged(now time.Duration) {
	k.lastPing, k.pinging = now, true
	k.expect(now, k.calls)
}
