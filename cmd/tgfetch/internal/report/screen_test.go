package report

import (
	"bytes"
	"fmt"
	"testing"
	"time"
)

func testScreen(columns, rows int) (*Screen, *bytes.Buffer) {
	var b bytes.Buffer
	return NewScreen(&b, func() (int, int) { return columns, rows }), &b
}

func TestScreenKeepsItsFooterBelow(t *testing.T) {
	s, b := testScreen(80, 24)
	for _, c := range []struct {
		do   func()
		want string
	}{
		{func() { s.SetFooter("one", "two") }, "one\ntwo"},
		{func() { s.SetFooter("one", "two") }, ""}, // the same again
		{func() { fmt.Fprintln(s, "above") }, "\r\x1b[1A\x1b[Jabove\none\ntwo"},
		{func() { s.SetFooter("three") }, "\r\x1b[1A\x1b[Jthree"},
		{func() { fmt.Fprint(s, "Code: ") }, "\r\x1b[JCode: "}, // a question
		{func() { s.SetFooter("four") }, ""},                   // not behind the question
		{func() { fmt.Fprint(s, "12345\n") }, "12345\nfour"},   // answered
		{func() { s.SetFooter() }, "\r\x1b[J"},                 // gone
		{func() { fmt.Fprintln(s, "the end") }, "the end\n"},
	} {
		b.Reset()
		c.do()
		if got := b.String(); got != c.want {
			t.Errorf("wrote %q, want %q", got, c.want)
		}
	}
}

func TestScreenFitsTheTerminal(t *testing.T) {
	s, b := testScreen(10, 3)
	s.SetFooter("a line that is too long", "b", "c", "d")
	if got, want := b.String(), "a line…\nb"; got != want {
		t.Errorf("drew %q, want %q", got, want)
	}
	// The terminal is made narrower: the first line takes two rows then.
	columns := 10
	s.size = func() (int, int) { return columns, 24 }
	s.SetFooter("1234567", "b")
	columns = 5
	b.Reset()
	s.SetFooter("x")
	if got, want := b.String(), "\r\x1b[2A\x1b[Jx"; got != want {
		t.Errorf("drew %q, want %q", got, want)
	}
}

func TestTerminalShowsBarWaitAndResult(t *testing.T) {
	s, b := testScreen(80, 24)
	r := NewTerminal(s)
	now := moment
	r.now = func() time.Time { return now }
	contains := func(want ...string) {
		t.Helper()
		for _, w := range want {
			if !bytes.Contains(b.Bytes(), []byte(w)) {
				t.Errorf("%q is missing in %q", w, b)
			}
		}
		b.Reset()
	}
	r.Progress(Progress{Bytes: 24 << 20, Total: 96 << 20, Files: 3, Done: 1})
	contains(" 25% [", "1/3 files", "24 MiB of 96 MiB")
	r.Wait(Wait{DC: 4, Seconds: 23, Until: now.Add(23 * time.Second)})
	contains("DC 4: Telegram asks to wait 23 s, until 14:03:10")
	now = now.Add(20 * time.Second)
	r.Progress(Progress{Bytes: 24 << 20, Total: 96 << 20, Files: 3, Done: 1})
	contains("to wait 3 s, until 14:03:10")
	now = now.Add(3 * time.Second)
	r.Progress(Progress{Bytes: 24 << 20, Total: 96 << 20, Files: 3, Done: 1})
	if bytes.Contains(b.Bytes(), []byte("wait")) {
		t.Errorf("a wait that is over is shown: %q", b)
	}
	b.Reset()
	r.Done(Done{Path: "out/v.mp4", Size: 96 << 20, Seconds: 8, Speed: 12 << 20, DCPath: "4"})
	r.Summary(Summary{Files: 3, Done: 3, Bytes: 96 << 20, Seconds: 8})
	contains("out/v.mp4: done", "\x1b[J3 of 3 files done, 96 MiB in 8.0 s, 12.0 MiB/s\n")
}
