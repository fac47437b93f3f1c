package bench

import "testing"

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
		p.spend(a / 2) // Most visits take less.
	}
	given := purse{bytes: 1000, visits: 2, shares: 1}
	if first := given.allowance(); first != 500 {
		t.Errorf("%d bytes for the first of two, want half", first)
	}
}
