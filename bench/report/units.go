package report

import (
	"fmt"
	"slices"
)

// Rate writes bytes per second as MB/s, of 10⁶ bytes.
func Rate(perSecond float64) string {
	if perSecond >= 99.95e6 {
		return fmt.Sprintf("%.0f MB/s", perSecond/1e6)
	}
	return fmt.Sprintf("%.3g MB/s", perSecond/1e6)
}

// Bytes writes a number of bytes as KiB or MiB.
func Bytes(n int) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%.3g MiB", float64(n)/(1<<20))
}

// Millis writes seconds as milliseconds.
func Millis(seconds float64) string {
	if seconds >= 0.0995 {
		return fmt.Sprintf("%.0f ms", seconds*1e3)
	}
	return fmt.Sprintf("%.2g ms", seconds*1e3)
}

// String is "4 × 512 KiB in flight, parts of 128 KiB".
func (s Setting) String() string {
	return fmt.Sprintf("%d × %s in flight, parts of %s", s.Connections, Bytes(s.Window), Bytes(s.Part))
}

// Quantile is the q-quantile of values by the nearest rank, 0 if there are none.
func Quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}
