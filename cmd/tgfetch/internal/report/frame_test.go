package report

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// scenes are moments of a run, in the order of their coming.
var scenes = []struct {
	name  string
	p     Progress
	waits []Wait
}{
	{name: "looking up", p: Progress{Doing: "looking up https://t.me/a_channel_with_a_name/123456"}},
	{name: "one file", p: Progress{
		Bytes: 1 << 20, Total: 96 << 20, Speed: 900 << 10, ETA: 108, Files: 1,
		Active: []Active{{File: "v.mp4", Bytes: 1 << 20, Size: 96 << 20, Speed: 900 << 10}},
	}},
	{name: "six files", p: Progress{
		Bytes: 624 << 20, Total: 5 << 30, Speed: 83.4 * (1 << 20), ETA: 54, Files: 12, Done: 6,
		Active: []Active{
			{File: "holiday.mp4", Bytes: 600 << 20, Size: 4 << 30, Speed: 70 << 20},
			{File: "a rather long name of a document that goes on and on, part 2 of 3.tar.gz", Bytes: 20 << 20, Size: 48 << 20, Speed: 10 << 20},
			{File: "Отчёт за год — 日本の写真と動画をすべて集めたもの 🎬.pdf", Bytes: 4 << 20, Size: 5 << 20, Speed: 3.4 * (1 << 20)},
			{File: "live\x1b[2J.bin", Bytes: 12345, Size: -1},
			{File: "fifth.bin", Size: 100},
			{File: "sixth.bin", Size: 100},
		},
	}},
	{name: "waiting", p: Progress{Bytes: 24 << 20, Total: 96 << 20, Files: 3, Done: 1},
		waits: []Wait{{DC: 4, What: "file reads", Until: moment.Add(23 * time.Second)}}},
	{name: "no data", p: Progress{Bytes: 24 << 20, Total: 96 << 20, Files: 1, Doing: "no data for 7 s"}},
	{name: "all there", p: Progress{Bytes: 96 << 20, Total: 96 << 20, Files: 3, Done: 2, Speed: 12 << 20}},
	{name: "empty file", p: Progress{Files: 1, Done: 0, Active: []Active{{File: "empty.bin"}}}},
}

var moment = time.Date(2026, 1, 2, 14, 2, 47, 0, time.Local)

func TestFrameGolden(t *testing.T) {
	for _, columns := range []int{80, 40} {
		var b strings.Builder
		for _, s := range scenes {
			fmt.Fprintf(&b, "--- %s\n", s.name)
			for _, line := range frame(s.p, s.waits, moment, columns) {
				if n := width(line); n > columns-margin {
					t.Errorf("%s: %d columns on a terminal of %d: %s", s.name, n, columns, line)
				}
				b.WriteString(strings.TrimRight(line, " ") + "\n")
			}
		}
		golden(t, fmt.Sprintf("frame%d.golden", columns), []byte(b.String()))
	}
}

func TestNoTerminalIsTooNarrow(t *testing.T) {
	for columns := range 100 {
		for _, s := range scenes {
			for _, line := range frame(s.p, s.waits, moment, columns) {
				if n := width(line); n > max(columns-margin, 0) {
					t.Errorf("%s: %d columns on a terminal of %d: %q", s.name, n, columns, line)
				}
			}
		}
	}
}

func TestMiddleKeepsTheExtension(t *testing.T) {
	for _, c := range []struct {
		name    string
		columns int
		want    string
	}{
		{"short.txt", 9, "short.txt"},
		{"longer name.txt", 12, "longer …" + ".txt"},
		{"x.anextensionoflength", 12, "x.anextensi…"},
		{"日本語の名前.mp4", 10, "日本…" + ".mp4"},
	} {
		if got := middle(c.name, c.columns); got != c.want {
			t.Errorf("middle(%q, %d) = %q, want %q", c.name, c.columns, got, c.want)
		}
	}
}
