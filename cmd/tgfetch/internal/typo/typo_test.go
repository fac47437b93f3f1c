package typo

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	words := []string{"dir", "cluster", "quiet", "verbose", "json", "dc-addr"}
	for typed, want := range map[string]string{
		"dirr": "dir", "clutser": "cluster", "quite": "quiet", "verb": "verbose", "j": "json", "dcaddr": "dc-addr",
		"frobnicate": "", "": "",
	} {
		if got := Nearest(typed, words); got != want {
			t.Errorf("%q: suggests %q, want %q", typed, got, want)
		}
	}
	if got := Hint("dri", words); got != "; did you mean dir?" {
		t.Errorf("hint %q", got)
	}
	if got := Hint("x-ray", nil); got != "" {
		t.Errorf("hint %q without words", got)
	}
}

// A word of a file may be as long as the file.
func TestLongWordsTakeNoTime(t *testing.T) {
	long := strings.Repeat("x", 10<<20)
	for _, words := range [][]string{{"dir"}, {long}} {
		if got := Nearest("y"+long, words); got != "" {
			t.Errorf("suggests a word of %d letters", len(got))
		}
	}
}
