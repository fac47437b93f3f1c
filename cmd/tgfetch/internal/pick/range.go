package pick

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Range is a list of messages: by their numbers, as in 100-200,350,900-, or by the places of their
// files in the order in which they are found, as in 1:50. It is a flag's value; the zero value is
// everything.
type Range struct {
	ids, places []span

	text string // as it was written
}

// span is from one number to another, both included.
type span struct{ first, last int }

func (r *Range) String() string { return r.text }

func (r *Range) Type() string { return "RANGE" }

// Set reads a list.
func (r *Range) Set(text string) error {
	read := Range{text: text}
	for item := range strings.SplitSeq(text, ",") {
		item = strings.TrimSpace(item)
		list, separator := &read.ids, "-"
		if strings.Contains(item, ":") {
			list, separator = &read.places, ":"
		}
		s, ok := parseSpan(item, separator)
		if !ok {
			return fmt.Errorf("%q is no range: give numbers of messages, as in 100-200,350,900-, or places, as in 1:50", item)
		}
		*list = append(*list, s)
	}
	if len(read.ids) > 0 && len(read.places) > 0 {
		return fmt.Errorf("give numbers of messages (100-200) or places (1:50), not both")
	}
	*r = read
	return nil
}

func parseSpan(item, separator string) (s span, ok bool) {
	from, to, open := strings.Cut(item, separator)
	if s.first, ok = parseNumber(from, 1); !ok {
		return s, false
	}
	if !open {
		return span{s.first, s.first}, from != ""
	}
	s.last, ok = parseNumber(to, math.MaxInt32)
	return s, ok && s.first <= s.last && from+to != ""
}

// parseNumber reads a positive number of 31 bits; an empty one is missing.
func parseNumber(text string, missing int) (n int, ok bool) {
	if text == "" {
		return missing, true
	}
	u, err := strconv.ParseUint(text, 10, 31)
	return int(u), err == nil && u > 0
}

// HasID reports whether a message's number is in the list.
func (r *Range) HasID(id int) bool { return len(r.ids) == 0 || has(r.ids, id) }

// HasPlace reports whether a place, from 1, is in the list.
func (r *Range) HasPlace(n int) bool { return len(r.places) == 0 || has(r.places, n) }

func has(spans []span, n int) bool {
	return slices.ContainsFunc(spans, func(s span) bool { return s.first <= n && n <= s.last })
}

// Places reports whether the list is of places.
func (r *Range) Places() bool { return len(r.places) > 0 }

// Ends reports whether no place after n is in the list.
func (r *Range) Ends(n int) bool {
	return r.Places() && !slices.ContainsFunc(r.places, func(s span) bool { return s.last > n })
}

// Bounds are the lowest and the highest number of a message in the list; zero is no bound.
func (r *Range) Bounds() (lowest, highest int) {
	for i, s := range r.ids {
		if i == 0 {
			lowest, highest = s.first, s.last
		}
		lowest, highest = min(lowest, s.first), max(highest, s.last)
	}
	if highest == math.MaxInt32 {
		highest = 0
	}
	return lowest, highest
}
