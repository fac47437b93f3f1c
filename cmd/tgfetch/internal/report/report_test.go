package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// tell calls a reporter with one event of each kind, as a run would.
func tell(r Reporter) {
	r.Resolve(Resolve{Link: "https://t.me/a/1", File: "v.mp4", Size: 96 << 20, DC: 4, Kind: "document"})
	r.Start(Start{Link: "https://t.me/a/1", File: "v.mp4", Path: "out/v.mp4", Size: 96 << 20, DC: 4})
	r.Progress(Progress{Bytes: 24 << 20, Total: 96 << 20, Speed: 12 << 20, ETA: 6, Files: 3, Done: 1})
	r.Wait(Wait{DC: 4, What: "file reads", Seconds: 23, Until: time.Date(2026, 1, 2, 14, 3, 10, 0, time.Local)})
	r.Done(Done{Link: "https://t.me/a/1", File: "v.mp4", Path: "out/v.mp4", Size: 96 << 20, SHA256: strings.Repeat("ab", 32),
		DCPath: "2→4", Connections: 4, Seconds: 8, Speed: 12 << 20})
	r.Skip(Skip{Link: "https://t.me/a/2", File: "p.jpg", Path: "out/p.jpg", Reason: "already there"})
	r.Error(Error{Link: "https://t.me/a/3", Error: "message not found", Code: 4, Cause: "not_found"})
	r.Summary(Summary{Files: 3, Done: 1, Skipped: 1, Failed: 1, Bytes: 96 << 20, Seconds: 8.5, ExitCode: 4, Cause: "not_found"})
}

func TestLinesGolden(t *testing.T) {
	var b bytes.Buffer
	tell(NewLines(&b, false, time.Second))
	golden(t, "lines.golden", b.Bytes())
}

func TestQuietLinesGolden(t *testing.T) {
	var b bytes.Buffer
	r := NewLines(&b, true, time.Second)
	tell(r)
	golden(t, "quiet.golden", b.Bytes())
	if r.Interval() != 0 {
		t.Errorf("a quiet reporter asks for progress every %v", r.Interval())
	}
}

func TestJSONGolden(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.FixedZone("", 3600))
	var b bytes.Buffer
	r := NewJSON(&b, time.Second)
	r.now = func() time.Time { return at }
	tell(r)
	got := strings.Replace(b.String(), time.Date(2026, 1, 2, 14, 3, 10, 0, time.Local).UTC().Format(time.RFC3339), "UNTIL", 1)
	golden(t, "json.golden", []byte(got))
	for line := range strings.Lines(got) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestMeter(t *testing.T) {
	start := time.Unix(1000, 0)
	for _, c := range []struct {
		name  string
		bytes []int64 // one sample a second
		want  float64
	}{
		{"one sample", []int64{50}, 0},
		{"steady", []int64{0, 100, 200, 300}, 100},
		{"resumed from bytes held", []int64{1000, 1100}, 100},
		{"went back", []int64{100, 0}, 0},
		{"stall after a burst leaves the window", []int64{0, 900, 900, 900, 900, 900, 900, 900, 900, 900, 900}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var m Meter
			got := 0.0
			for i, n := range c.bytes {
				got = m.Add(start.Add(time.Duration(i)*time.Second), n)
			}
			if got != c.want {
				t.Errorf("speed %v, want %v", got, c.want)
			}
		})
	}
}

func TestSpan(t *testing.T) {
	for seconds, want := range map[float64]string{0.44: "0.4 s", 9.94: "9.9 s", 12.2: "12 s", 200: "3m20s"} {
		if got := Span(seconds); got != want {
			t.Errorf("Span(%v) = %q, want %q", seconds, got, want)
		}
	}
}

func TestErrorLineNamesEverythingOnce(t *testing.T) {
	for want, e := range map[string]Error{
		"tgfetch: no settings":                      {Error: "no settings"},
		"tgfetch: t.me/a/1: not found":              {Link: "t.me/a/1", Error: "not found"},
		"tgfetch: v.mp4: not there":                 {File: "v.mp4", Error: "not there"},
		"tgfetch: stat v.mp4: denied":               {File: "v.mp4", Error: "stat v.mp4: denied"},
		"tgfetch: t.me/a/1 (v.mp4): too short":      {Link: "t.me/a/1", File: "v.mp4", Error: "too short"},
		"tgfetch: t.me/a/1: write v.mp4.part: full": {Link: "t.me/a/1", File: "v.mp4", Error: "write v.mp4.part: full"},
		`tgfetch: link "t.me": it names no chat`:    {Link: "t.me", Error: `link "t.me": it names no chat`},
	} {
		if got := ErrorLine(e); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; run with -update if that is meant. Got:\n%s", path, got)
	}
}
