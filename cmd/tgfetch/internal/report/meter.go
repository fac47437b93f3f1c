package report

import "time"

// Meter turns byte counts into a speed over the last seconds, so that a stall shows within seconds
// and a single slow part does not.
//
// It is a value with no clock of its own: the caller says when each count was taken.
type Meter struct {
	samples []sample
}

type sample struct {
	at    time.Time
	bytes int64
}

// meterSpan is how far back a speed looks.
const meterSpan = 8 * time.Second

// Add notes that the counter stood at bytes at that time, and returns the speed in bytes per
// second. A counter that went back (a part was discarded) counts as standing still.
func (m *Meter) Add(at time.Time, bytes int64) float64 {
	m.samples = append(m.samples, sample{at, bytes})
	for len(m.samples) > 2 && at.Sub(m.samples[1].at) >= meterSpan {
		m.samples = m.samples[1:]
	}
	first := m.samples[0]
	span := at.Sub(first.at).Seconds()
	if span <= 0 {
		return 0
	}
	return max(0, float64(bytes-first.bytes)/span)
}

// ETA is how many seconds the rest takes at a speed; 0 when that cannot be known.
func ETA(rest int64, speed float64) float64 {
	if speed < 1 || rest <= 0 {
		return 0
	}
	return float64(rest) / speed
}
