package lab

import (
	"strconv"
	"time"

	"github.com/tgfetch/tgfetch/bench/internal/cpu"
)

// loadMeter measures the CPU time of other processes on this machine, where
// /proc tells of it.
type loadMeter struct {
	sim   int // process id
	total time.Duration
	ours  time.Duration
	ok    bool
}

// startLoad begins to measure; sim is the process id of the simulator.
func startLoad(sim int) loadMeter {
	m := loadMeter{sim: sim}
	m.total, m.ours, m.ok = m.read()
	return m
}

// foreign is the CPU time that went to others since the start, other than
// this process, the simulator, and a client that took client. It is 0 where
// that cannot be told.
func (m loadMeter) foreign(client time.Duration) time.Duration {
	total, ours, ok := m.read()
	if !ok || !m.ok {
		return 0
	}
	return max(total-m.total-(ours-m.ours)-client, 0)
}

func (m loadMeter) read() (total, ours time.Duration, ok bool) {
	total, ok1 := cpu.System()
	self, ok2 := cpu.Process("self")
	sim, ok3 := cpu.Process(strconv.Itoa(m.sim))
	return total, self + sim, ok1 && ok2 && ok3
}
