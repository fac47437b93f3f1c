package soak

import "testing"

// TestTriggers checks that signals come at their counts, once, however what is
// counted comes in.
func TestTriggers(t *testing.T) {
	var pulled []int
	at := func(n int) trigger { return trigger{n, func() { pulled = append(pulled, n) }} }
	d := doneCounter{counts: []trigger{at(1), at(3)}}
	for _, text := range []string{
		`{"event":"start"}` + "\n" + `{"event":"do`, `ne","path":"x"}`, "\n", `{"event":"done"}` + "\n" + `{"event":"done"}` + "\n", `{"event":"done"}` + "\n",
	} {
		if n, err := d.Write([]byte(text)); n != len(text) || err != nil {
			t.Fatal(n, err)
		}
	}
	if len(pulled) != 2 || pulled[0] != 1 || pulled[1] != 3 || d.done != 4 {
		t.Errorf("pulled %v at %d", pulled, d.done)
	}

	pulled = nil
	var l simLog
	l.when(at(2))
	for range 3 {
		if _, err := l.Write([]byte(`{"event":"request","request":{"method":"x"}}` + "\n")); err != nil {
			t.Fatal(err)
		}
	}
	l.when(at(1)) // That many are there already.
	if len(pulled) != 2 || pulled[0] != 2 || pulled[1] != 1 {
		t.Errorf("pulled %v", pulled)
	}
	if n := len(l.take()); n != 3 || l.requests != 0 {
		t.Errorf("%d events, then %d requests", n, l.requests)
	}
}
