package flow

import (
	"testing"
	"time"
)

// Neither answers nor floods move a window that was fixed, nor is it drained to
// learn the round trip.
func TestFixedWindowStays(t *testing.T) {
	w := NewFixedWindow(4 * MinPart)
	now := time.Unix(0, 0)
	for range 200 {
		for w.Fits(MinPart) {
			w.Sent(now, MinPart)
		}
		if got := w.InFlight(); got != 4*MinPart {
			t.Fatalf("%d bytes in flight, want %d", got, 4*MinPart)
		}
		f := Flight{bytes: MinPart, sent: now.Add(-time.Second), deliveredAt: now.Add(-time.Second), full: true}
		now = now.Add(100 * time.Millisecond)
		w.Done(now, f, MinPart)
		w.BackOff()
	}
	if w.Limit() != 4*MinPart || w.Rate() == 0 {
		t.Errorf("limit %d, rate %.0f, want %d and some", w.Limit(), w.Rate(), 4*MinPart)
	}
}
