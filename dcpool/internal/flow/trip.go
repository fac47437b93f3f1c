package flow

import "time"

const (
	// horizon is how long the least round trip is believed.
	horizon = 10 * time.Second
	// nearly is how much shorter a round trip must be to count as shorter, and loaded
	// how much more must be in flight for one that is no longer to prove that there
	// was no queue.
	nearly = 0.9
	loaded = 1.5
	// jitter is how much two round trips may differ without a queue.
	jitter = 10 * time.Millisecond
)

// trip is what is known of the time from sending a request to the end of its answer
// when nothing queues.
type trip struct {
	least minFilter // Seconds.
	load  int       // Bytes that were in flight when the shortest was sent.
	sure  bool      // It was no longer with more in flight, so it was not a queue.
}

func (t *trip) seconds() float64 { return t.least.value() }

// add takes the latency, in seconds, of a request that was sent with load bytes in
// flight. It reports whether it is clearly shorter than what was known, and whether
// what was known is old and not certain.
func (t *trip) add(now time.Time, latency float64, load int) (shorter, stale bool) {
	before, sure := t.seconds(), t.sure
	turned := t.least.add(now, latency, horizon)
	shorter = before == 0 || latency < before*nearly
	switch {
	case shorter || turned:
		t.load, t.sure = load, false
	case latency < before/nearly+jitter.Seconds() && float64(load) > float64(t.load)*loaded:
		t.sure = true
	}
	return shorter, turned && !sure
}
