package fetcher

import (
	"cmp"
	"slices"
	"sync"
)

// Range is the bytes of a file from From up to, not including, To.
type Range struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// Len is how many bytes there are in the range.
func (r Range) Len() int64 { return r.To - r.From }

// ranges is a set of bytes of a file. The zero value is empty. Its methods may
// be called concurrently.
type ranges struct {
	mu   sync.Mutex
	list []Range // Guarded by mu. Sorted, with gaps between.
}

func (s *ranges) add(from, to int64) {
	if from >= to {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i, _ := slices.BinarySearchFunc(s.list, from, func(r Range, at int64) int { return cmp.Compare(r.To, at) })
	j := i
	for j < len(s.list) && s.list[j].From <= to {
		from, to = min(from, s.list[j].From), max(to, s.list[j].To)
		j++
	}
	s.list = slices.Replace(s.list, i, j, Range{from, to})
}

func (s *ranges) remove(from, to int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var kept []Range
	for _, r := range s.list {
		if r.To <= from || r.From >= to {
			kept = append(kept, r)
			continue
		}
		if r.From < from {
			kept = append(kept, Range{r.From, from})
		}
		if r.To > to {
			kept = append(kept, Range{to, r.To})
		}
	}
	s.list = kept
}

// missing is the first byte of [from, to) that is not in the set.
func (s *ranges) missing(from, to int64) (at int64, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, _ := slices.BinarySearchFunc(s.list, from, func(r Range, at int64) int { return cmp.Compare(r.To, at+1) })
	if i < len(s.list) && s.list[i].From <= from {
		from = s.list[i].To
	}
	return from, from < to
}

// next is the first byte of [from, to) that is in the set, or to.
func (s *ranges) next(from, to int64) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.list {
		if r.To > from {
			return max(from, min(r.From, to))
		}
	}
	return to
}

// sum is how many bytes are in the set.
func (s *ranges) sum() (n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.list {
		n += r.Len()
	}
	return n
}

// all is the set in order; without is what of [0, size) is not in it.
func (s *ranges) all() []Range {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.list)
}

func (s *ranges) without(size int64) (gaps []Range) {
	at := int64(0)
	for _, r := range s.all() {
		if r.From > at {
			gaps = append(gaps, Range{at, r.From})
		}
		at = r.To
	}
	if at < size {
		gaps = append(gaps, Range{at, size})
	}
	return gaps
}
