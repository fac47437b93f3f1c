package dcpool

import (
	"slices"
	"testing"
	"time"
)

// Calls that go first overtake others, but not those that have waited for long
// enough, and stay in order among themselves.
func TestCallsThatGoFirst(t *testing.T) {
	now := time.Now()
	var line []*waiter
	join := func(first bool, waited time.Duration) *waiter {
		w := &waiter{first: first, since: now.Add(-waited)}
		line = slices.Insert(line, placeOf(w, line), w)
		return w
	}
	old := join(false, 3*time.Second)
	patient := join(false, overtaken)
	fresh := join(false, overtaken/2)
	one := join(true, 0)
	two := join(true, 0)
	last := join(false, 0)
	if want := []*waiter{old, patient, one, two, fresh, last}; !slices.Equal(line, want) {
		for _, w := range line {
			t.Logf("first %v, since %v", w.first, now.Sub(w.since))
		}
		t.Error("the order is wrong")
	}
}
