// Package stat is the statistics of the measurements, in the manner of
// benchstat: medians, with no assumption about how values are distributed.
package stat

import (
	"slices"

	"golang.org/x/perf/benchmath"
)

// confidence of the intervals, and alpha below which two samples differ.
const (
	confidence = 0.95
	alpha      = 0.05
)

// Summary is the median of values and the bounds of its 95 % confidence
// interval. Fewer than six values have no such interval; the bounds are then the
// least and the greatest. No values are zeros.
func Summary(values []float64) (median, low, high float64) {
	if len(values) == 0 {
		return 0, 0, 0
	}
	s := benchmath.AssumeNothing.Summary(benchmath.NewSample(slices.Clone(values), &benchmath.DefaultThresholds), confidence)
	least, greatest := slices.Min(values), slices.Max(values)
	return s.Center, max(s.Lo, least), min(s.Hi, greatest)
}

// Median is the median of values, 0 if there are none.
func Median(values []float64) float64 {
	m, _, _ := Summary(values)
	return m
}

// Comparison is how two samples differ.
type Comparison struct {
	// Delta is the change of the median, 0.1 for 10 % more.
	Delta float64
	// P is the probability that chance alone makes them differ as much.
	P float64
	// Differ says that P is small enough to believe in.
	Differ bool
}

// Compare compares two samples by the Mann-Whitney U-test.
func Compare(before, after []float64) Comparison {
	if len(before) == 0 || len(after) == 0 {
		return Comparison{P: 1}
	}
	c := benchmath.AssumeNothing.Compare(
		benchmath.NewSample(slices.Clone(before), &benchmath.DefaultThresholds),
		benchmath.NewSample(slices.Clone(after), &benchmath.DefaultThresholds))
	median := Median(before)
	out := Comparison{P: c.P, Differ: c.P < alpha}
	if median > 0 {
		out.Delta = Median(after)/median - 1
	}
	return out
}
