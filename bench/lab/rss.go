package lab

import (
	"os"
	"strconv"
	"strings"
)

// peakRSS is the most memory this process had, in bytes, 0 where the system
// does not tell. rusage would not do: its maximum starts, across an exec, at
// that of the parent.
func peakRSS() int64 {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err != nil {
				return 0
			}
			return kib << 10
		}
	}
	return 0
}
