package partfile

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNames(t *testing.T) {
	const hash = "~????????????????"
	tests := []struct {
		name, in, want string
	}{
		{"short", "film.mp4", "film.mp4"},
		{"as long as can be", strings.Repeat("a", 242), strings.Repeat("a", 242)},
		{"a byte longer", strings.Repeat("a", 243), strings.Repeat("a", 225) + hash},
		{"no half letters", strings.Repeat("é", 127), strings.Repeat("é", 112) + hash},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			part, journal := names(filepath.Join("dir", tt.in))
			for suffix, got := range map[string]string{partSuffix: part, journalSuffix: journal} {
				if ok, err := filepath.Match(filepath.Join("dir", tt.want+suffix), got); !ok || err != nil {
					t.Errorf("%q, want %q (%v)", got, tt.want+suffix, err)
				}
				if base := filepath.Base(got); len(base) > maxName || !utf8.ValidString(base) {
					t.Errorf("%q of %d bytes", base, len(base))
				}
			}
		})
	}
	a, _ := names(strings.Repeat("a", 254) + "1")
	b, _ := names(strings.Repeat("a", 254) + "2")
	if a == b {
		t.Error("two long names share a part")
	}
}
