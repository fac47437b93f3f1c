package report

import (
	"fmt"
	"time"

	"github.com/dustin/go-humanize"
)

// Size writes a byte count with its binary unit: "48 MiB".
func Size(n int64) string { return humanize.IBytes(uint64(max(n, 0))) }

// Speed writes bytes per second as MiB/s.
func Speed(perSecond float64) string { return fmt.Sprintf("%.1f MiB/s", perSecond/(1<<20)) }

// Span writes seconds as a person reads them: "0.4 s", "12 s", "3m20s".
func Span(seconds float64) string {
	switch {
	case seconds < 10:
		return fmt.Sprintf("%.1f s", seconds)
	case seconds < 60:
		return fmt.Sprintf("%.0f s", seconds)
	}
	return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
}
