package bench

import (
	"os"
	"strconv"
	"strings"
	"time"
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
	total, ok1 := systemCPU()
	self, ok2 := processCPU("self")
	sim, ok3 := processCPU(strconv.Itoa(m.sim))
	return total, self + sim, ok1 && ok2 && ok3
}

// tick is the unit of /proc: USER_HZ is 100 on every Linux.
const tick = time.Second / 100

// systemCPU is the user and system time of all processes since boot.
// Interrupts are not in it: most of them are the traffic of the run itself.
func systemCPU() (time.Duration, bool) {
	data, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, false
	}
	line, _, _ := strings.Cut(string(data), "\n")
	fields := strings.Fields(line)
	if len(fields) < 4 || fields[0] != "cpu" {
		return 0, false
	}
	return ticks(fields[1:4]) // user, nice, system
}

// processCPU is the user and system time of a process.
func processCPU(pid string) (time.Duration, bool) {
	data, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return 0, false
	}
	// The second field, the name, may hold anything but ends with the last ')'.
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	if len(fields) < 13 {
		return 0, false
	}
	return ticks(fields[11:13]) // utime, stime
}

func ticks(fields []string) (time.Duration, bool) {
	var sum time.Duration
	for _, f := range fields {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, false
		}
		sum += time.Duration(n) * tick
	}
	return sum, true
}
