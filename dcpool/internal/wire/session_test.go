package wire

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestMsgIDs(t *testing.T) {
	var ids msgIDs
	now := time.Unix(1700000000, 999999999)
	first := ids.next(now)
	if first>>32 != 1700000000 || first&3 != 0 {
		t.Errorf("first id %#x", first)
	}
	if d := msgTime(first).Sub(now).Abs(); d > 10*time.Nanosecond {
		t.Errorf("msgTime is off by %v", d)
	}
	if second := ids.next(now); second != first+4 {
		t.Errorf("second id in one instant %#x, want %#x", second, first+4)
	}
	if third := ids.next(now.Add(-time.Hour)); third != first+8 {
		t.Errorf("id after the clock was set back %#x, want %#x", third, first+8)
	}
}

func TestReplaySet(t *testing.T) {
	var set replaySet
	ids := rand.New(rand.NewPCG(1, 1)).Perm(replayWindow)
	for _, id := range ids {
		if !set.add(int64(id) + 1) {
			t.Fatalf("%d is new, but was refused", id+1)
		}
	}
	for _, id := range ids {
		if set.add(int64(id) + 1) {
			t.Fatalf("%d was accepted twice", id+1)
		}
	}
	for id := int64(replayWindow + 1); id <= 10*replayWindow; id++ {
		if !set.add(id) {
			t.Fatalf("%d is new, but was refused", id)
		}
	}
	for id := int64(1); id <= 10*replayWindow; id++ {
		if !set.has(id) {
			t.Fatalf("%d was forgotten and would be accepted again", id)
		}
	}
	if n := len(set.young) + len(set.old); n > 2*replayWindow {
		t.Errorf("%d ids are kept", n)
	}
}

func TestSalts(t *testing.T) {
	now := time.Unix(1700000000, 0)
	at := func(m int) time.Time { return now.Add(time.Duration(m) * time.Minute) }
	var s salts
	if s.pick(now) != 0 || !s.low(now) {
		t.Error("an empty set has no salt and needs some")
	}
	s.store([]Salt{
		{Value: 9},
		{Value: 1, Since: at(-30), Until: at(30)},
		{Value: 2, Since: at(0), Until: at(60)},
		{Value: 3, Since: at(30), Until: at(90)},
	})
	for _, tt := range []struct {
		minute int
		want   int64
		low    bool
	}{
		{-31, 9, false}, {-1, 1, false}, {0, 2, false}, {29, 2, false}, {30, 3, true}, {89, 3, true}, {90, 9, true},
	} {
		if got, low := s.pick(at(tt.minute)), s.low(at(tt.minute)); got != tt.want || low != tt.low {
			t.Errorf("minute %d: salt %d, low %t; want %d, %t", tt.minute, got, low, tt.want, tt.low)
		}
	}
	s.correct(5)
	if s.pick(now) != 5 || !s.low(now) {
		t.Error("after a correction the demanded salt counts and no other")
	}
}

func TestSessionClock(t *testing.T) {
	now := time.Unix(1700000000, 0)
	var ids msgIDs
	idAt := func(d time.Duration) int64 { return ids.next(now.Add(d)) | 1 }
	s := session{offset: time.Hour, reported: time.Hour}
	s.observe(idAt(-3*time.Second), now)
	if (s.offset+3*time.Second).Abs() > time.Microsecond || !s.moved() || s.moved() {
		t.Errorf("offset %v after the first message; want -3 s, reported once", s.offset)
	}
	s.observe(idAt(-2500*time.Millisecond), now)
	if (s.offset+2500*time.Millisecond).Abs() > time.Microsecond || s.moved() {
		t.Errorf("offset %v; want -2.5 s, not worth a report", s.offset)
	}
	s.observe(msgIDAt(now.Add(-time.Minute)), now) // A late message teaches nothing.
	if (s.offset + 2500*time.Millisecond).Abs() > time.Microsecond {
		t.Errorf("offset %v after a late message", s.offset)
	}
	s.observe(msgIDAt(now.Add(time.Hour)), now) // Neither does one from the future.
	if (s.offset + 2500*time.Millisecond).Abs() > time.Microsecond {
		t.Errorf("offset %v after a message from the future", s.offset)
	}
	s.correct(msgIDAt(now.Add(-time.Minute)), now) // A correction does.
	if (s.offset+time.Minute).Abs() > time.Microsecond || !s.moved() {
		t.Errorf("offset %v after a correction", s.offset)
	}
}

func msgIDAt(t time.Time) int64 {
	var ids msgIDs
	return ids.next(t) | 1
}
