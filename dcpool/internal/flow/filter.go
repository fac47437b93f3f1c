package flow

import "time"

// maxFilter is the largest value of the last one to two spans of time.
type maxFilter struct {
	now, before float64
	turn        time.Time
}

func (f *maxFilter) add(at time.Time, v float64, span time.Duration) {
	switch {
	case f.turn.IsZero():
		f.turn = at
	case at.Sub(f.turn) >= span:
		f.before, f.now, f.turn = f.now, 0, at
	}
	f.now = max(f.now, v)
}

func (f *maxFilter) value() float64 { return max(f.now, f.before) }

func (f *maxFilter) scale(by float64) { f.now, f.before = f.now*by, f.before*by }

// minFilter is the smallest value of this span of the clock and the one before.
type minFilter struct {
	now, before float64
	turn        time.Time
}

// add reports whether a new span began after an older one.
func (f *minFilter) add(at time.Time, v float64, span time.Duration) (turned bool) {
	if turn := at.Truncate(span); turn != f.turn {
		turned = !f.turn.IsZero()
		f.before, f.now, f.turn = f.now, 0, turn
	}
	if f.now == 0 || v < f.now {
		f.now = v
	}
	return turned
}

func (f *minFilter) value() float64 {
	if f.before > 0 && (f.now == 0 || f.before < f.now) {
		return f.before
	}
	return f.now
}
