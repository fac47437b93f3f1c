package chunker

import (
	"iter"
	"slices"
	"sort"
)

// span is the bytes from lo up to, not including, hi.
type span struct{ lo, hi int64 }

// spans is a set of bytes: sorted, disjoint, never adjacent, never empty.
type spans []span

// from is the index of the first span that ends after x, or touches it when
// touch is set.
func (s spans) from(x int64, touch bool) int {
	return sort.Search(len(s), func(i int) bool {
		return s[i].hi > x || touch && s[i].hi == x
	})
}

func (s *spans) add(lo, hi int64) {
	if lo >= hi {
		return
	}
	i := s.from(lo, true)
	j := i
	for ; j < len(*s) && (*s)[j].lo <= hi; j++ {
		lo, hi = min(lo, (*s)[j].lo), max(hi, (*s)[j].hi)
	}
	*s = slices.Replace(*s, i, j, span{lo, hi})
}

func (s *spans) remove(lo, hi int64) {
	if lo >= hi {
		return
	}
	i := s.from(lo, false)
	j := i
	var rest []span
	for ; j < len(*s) && (*s)[j].lo < hi; j++ {
		if v := (*s)[j]; v.lo < lo {
			rest = append(rest, span{v.lo, lo})
		}
		if v := (*s)[j]; v.hi > hi {
			rest = append(rest, span{hi, v.hi})
		}
	}
	*s = slices.Replace(*s, i, j, rest...)
}

// has reports whether all of [lo, hi) is in the set.
func (s spans) has(lo, hi int64) bool {
	if lo >= hi {
		return true
	}
	i := s.from(lo, false)
	return i < len(s) && s[i].lo <= lo && s[i].hi >= hi
}

// within yields the pieces of the set that lie inside [lo, hi).
func (s spans) within(lo, hi int64) iter.Seq[span] {
	return func(yield func(span) bool) {
		for i := s.from(lo, false); i < len(s) && s[i].lo < hi; i++ {
			if !yield(span{max(lo, s[i].lo), min(hi, s[i].hi)}) {
				return
			}
		}
	}
}

// count is how many bytes of [lo, hi) are in the set.
func (s spans) count(lo, hi int64) (n int64) {
	for v := range s.within(lo, hi) {
		n += v.hi - v.lo
	}
	return n
}
