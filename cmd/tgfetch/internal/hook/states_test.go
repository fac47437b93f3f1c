package hook

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// Progress that is written over leaves one line, however the output is cut into pieces.
func TestProgressLeavesItsLastState(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"":                                     "",
		"one\ntwo\r\nthree\r\r\nlast":          "one\ntwo\nthree\nlast\n",
		strings.Repeat("frame=1\r", 1000):      "frame=1\n",
		"0%\r 50%\r100%\nDone\n":               "100%\nDone\n",
		"a\n\nb\n":                             "a\n\nb\n",
		"10%\r20%\r":                           "20%\n",
		"\r1%\r2%\r\n\r":                       "2%\n",
		strings.Repeat("é", maxState/2) + "xy": strings.Repeat("é", maxState/2) + "xy\n",
		"\x1b[32mgreen\x1b[0m\n":               "\x1b[32mgreen\x1b[0m\n",
	} {
		for _, in := range []io.Reader{strings.NewReader(given), iotest.OneByteReader(strings.NewReader(given))} {
			var out bytes.Buffer
			s := &states{out: &out}
			if _, err := io.Copy(s, in); err != nil {
				t.Fatal(err)
			}
			s.end()
			if out.String() != want {
				t.Errorf("%.40q: %.80q, want %.80q", given, out.String(), want)
			}
		}
	}
	s := &states{out: iotest.TruncateWriter(io.Discard, 0)}
	var line []byte
	for range 100 {
		line = append(line, strings.Repeat("x", maxState/10)...)
	}
	if _, err := s.Write(line); err != nil || len(s.line) > maxState {
		t.Errorf("%d bytes are held back, error %v", len(s.line), err)
	}
}
