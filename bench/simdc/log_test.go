package simdc

import "testing"

func TestCoverage(t *testing.T) {
	r := func(file, off int64, n int) Range { return Range{File: file, Offset: off, Bytes: n} }
	failed := r(1, 0, 100)
	failed.Err = "cut"
	thumb := r(1, 0, 100)
	thumb.Thumb = "m"
	for _, c := range []struct {
		name         string
		ranges       []Range
		total, twice int64
	}{
		{"nothing", nil, 0, 0},
		{"in order", []Range{r(1, 0, 100), r(1, 100, 100)}, 200, 0},
		{"out of order", []Range{r(1, 100, 100), r(1, 0, 100)}, 200, 0},
		{"the same again", []Range{r(1, 0, 100), r(1, 0, 100)}, 200, 100},
		{"three times", []Range{r(1, 0, 100), r(1, 0, 100), r(1, 0, 100)}, 300, 200},
		{"overlap", []Range{r(1, 0, 100), r(1, 50, 100)}, 200, 50},
		{"inside", []Range{r(1, 0, 100), r(1, 20, 10), r(1, 90, 20)}, 130, 20},
		{"other file", []Range{r(1, 0, 100), r(2, 0, 100)}, 200, 0},
		{"other size", []Range{r(1, 0, 100), thumb}, 200, 0},
		{"not whole", []Range{r(1, 0, 100), failed}, 100, 0},
		{"end of file", []Range{r(1, 0, 0)}, 0, 0},
	} {
		if total, twice := Coverage(c.ranges); total != c.total || twice != c.twice {
			t.Errorf("%s: %d bytes, %d twice; want %d, %d", c.name, total, twice, c.total, c.twice)
		}
	}
}
