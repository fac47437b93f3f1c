package bench

import (
	"testing"

	"github.com/tgfetch/tgfetch/bench/report"
)

func TestPurse(t *testing.T) {
	p := purse{bytes: 1000, visits: 30, shares: climbShares}
	for p.visits > 0 {
		a := p.allowance()
		if a <= 0 || a > p.bytes {
			t.Fatalf("%d of %d bytes for one of %d visits", a, p.bytes, p.visits)
		}
		if p.visits == 30 && a != 100 {
			t.Errorf("%d bytes for the first, want three shares", a)
		}
		p.spend(a/2, report.Setting{}) // Most visits take less.
	}
	given := purse{bytes: 1000, visits: 2, shares: 1}
	if first := given.allowance(); first != 500 {
		t.Errorf("%d bytes for the first of two, want half", first)
	}
	// What is in flight at the end of a visit is read beyond its share, the more the
	// more connections there are: the last must not starve of it.
	large := report.Setting{Connections: 3, Window: 100, Part: 100}
	given.flights = 400
	if first := given.allowance(); first != 300 {
		t.Errorf("%d bytes for the first of two that have 400 in flight, want 300", first)
	}
	given.spend(300+100, report.Setting{Connections: 1, Window: 100, Part: 100})
	if second := given.allowance(); second != 300 || given.bytes < second+int64(large.InFlight()) {
		t.Errorf("%d of %d bytes for the second, want 300 and room for what is in flight", second, given.bytes)
	}
}
