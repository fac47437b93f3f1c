package stat

import (
	"math"
	"testing"
)

func TestSummary(t *testing.T) {
	for _, c := range []struct {
		name              string
		values            []float64
		median, low, high float64
	}{
		{"none", nil, 0, 0, 0},
		{"one", []float64{3}, 3, 3, 3},
		{"too few for an interval", []float64{5, 1, 3}, 3, 1, 5},
		{"even", []float64{1, 2, 3, 4}, 2.5, 1, 4},
		{"six are enough", []float64{6, 5, 4, 3, 2, 1}, 3.5, 1, 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			median, low, high := Summary(c.values)
			if median != c.median || low != c.low || high != c.high {
				t.Errorf("%v in [%v, %v], want %v in [%v, %v]", median, low, high, c.median, c.low, c.high)
			}
		})
	}
	var many []float64
	for i := range 100 {
		many = append(many, float64(i))
	}
	if _, low, high := Summary(many); low < 30 || high > 70 {
		t.Errorf("the interval of 100 values is [%v, %v], want it about the middle", low, high)
	}
}

func TestCompare(t *testing.T) {
	old := []float64{10, 11, 10, 11, 10, 11}
	faster := []float64{20, 21, 20, 22, 21, 20}
	if c := Compare(old, faster); !c.Differ || math.Abs(c.Delta-0.95) > 0.1 {
		t.Errorf("twice as fast: %+v", c)
	}
	if c := Compare(old, []float64{11, 10, 10, 11, 11, 10}); c.Differ {
		t.Errorf("the same: %+v", c)
	}
	if c := Compare(old, nil); c.Differ {
		t.Errorf("nothing: %+v", c)
	}
}
