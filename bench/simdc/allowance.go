package simdc

import (
	"sync"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

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
func (m *meter) read(a scenario.Allowance, n int, now time.Time) error {
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
