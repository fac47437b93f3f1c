// Package cpu tells how much CPU time processes took, where /proc tells of it.
package cpu

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of /proc: USER_HZ is 100 on every Linux.
const tick = time.Second / 100

// System is the user and system time of all processes since boot. Interrupts
// are not in it: most of them are the traffic of a measurement itself.
func System() (time.Duration, bool) {
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

// Process is the user and system time of a process, by its id or as "self".
func Process(pid string) (time.Duration, bool) {
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

// Meter measures shares of all cores from its start on.
type Meter struct {
	at        time.Time
	own, all  time.Duration
	available bool
}

// Start begins to measure.
func Start() Meter {
	own, ok1 := Process("self")
	all, ok2 := System()
	return Meter{at: time.Now(), own: own, all: all, available: ok1 && ok2}
}

// Shares are the shares of this process and of all processes, from 0 to 1; zeros
// where the system does not tell.
func (m Meter) Shares() (own, all float64) {
	now := Start()
	span := now.at.Sub(m.at).Seconds() * float64(runtime.NumCPU())
	if !m.available || !now.available || span <= 0 {
		return 0, 0
	}
	return min((now.own-m.own).Seconds()/span, 1), min((now.all-m.all).Seconds()/span, 1)
}
