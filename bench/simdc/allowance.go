package simdc

import (
	"fmt"
	"sync"
	"time"
)

// Allowance is how much an account may read with upload.getFile, over all DCs,
// before it is asked to wait, as Telegram asks accounts without Premium. The
// zero value is any amount. A bound on requests at a time is a [Fault] with
// Parallel.
type Allowance struct {
	// Rate is the bytes per second that may be read in the long run.
	Rate Size `json:"rate,omitempty"`
	// Burst is what may be read at once after a pause; zero is one MiB.
	Burst Size `json:"burst,omitempty"`
	// Wait is the seconds of FLOOD_PREMIUM_WAIT; zero is 3.
	Wait int `json:"wait,omitempty"`
	// BusyAfter is how many requests in a row are refused so before all are
	// answered with −503, and BusyFor for how long. Zero is never.
	BusyAfter int      `json:"busy_after,omitempty"`
	BusyFor   Duration `json:"busy_for,omitempty"`
}

func (a Allowance) validate() error {
	switch {
	case a.Rate < 0 || a.Burst < 0 || a.Wait < 0 || a.BusyAfter < 0 || a.BusyFor < 0:
		return fmt.Errorf("allowance: negative")
	case a.Rate == 0 && a != (Allowance{}):
		return fmt.Errorf("allowance.rate: needed")
	case (a.BusyAfter == 0) != (a.BusyFor == 0):
		return fmt.Errorf("allowance.busy_after and busy_for: each needs the other")
	case 0 < a.Burst && a.Burst < block:
		return fmt.Errorf("allowance.burst: less than the largest answer, %d", block)
	}
	return nil
}

// meter is what an account has left of its allowance. The zero value is a full
// one.
type meter struct {
	mu      sync.Mutex
	spent   float64   // Guarded by mu. Of the burst, as of last.
	last    time.Time // Guarded by mu.
	refused int       // Guarded by mu. In a row.
	busy    time.Time // Guarded by mu. Until when nothing is served.
}

// read takes n bytes at a time, or says why not.
func (m *meter) read(a Allowance, n int, now time.Time) error {
	if a.Rate == 0 {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if now.Before(m.busy) {
		return fail(-503, "Timeout")
	}
	burst := max(float64(a.Burst), block)
	m.spent = max(0, m.spent-now.Sub(m.last).Seconds()*float64(a.Rate))
	m.last = now
	if m.spent+float64(n) <= burst {
		m.spent += float64(n)
		m.refused = 0
		return nil
	}
	if m.refused++; a.BusyAfter > 0 && m.refused >= a.BusyAfter {
		m.refused, m.busy = 0, now.Add(a.BusyFor.Std())
	}
	wait := a.Wait
	if wait == 0 {
		wait = 3
	}
	return fail(420, "FLOOD_PREMIUM_WAIT_%d", wait)
}
