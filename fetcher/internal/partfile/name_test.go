package partfile

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNames(t *testing.T) {
	tests := []struct {
		name, in, part string
	}{
		{"short", "film.mp4", "film.mp4.part"},
		{"as long as can be", strings.Repeat("a", 242), strings.Repeat("a", 242) + ".part"},
		{"a byte longer", strings.Repeat("a", 243), strings.Repeat("a", 225) + "~c8b0a2e1a5b5b5c5.part"},
		{"no half letters", strings.Repeat("é", 127), strings.Repeat("é", 112) + "~.part"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			part, journal := names(filepath.Join("dir", tt.in))
			if filepath.Dir(part) != "dir" || filepath.Dir(journal) != "dir" {
				t.Fatalf("%s, %s: not beside the file", part, journal)
			}
			part, journal = filepath.Base(part), filepath.Base(journal)
			if before, hash, found := strings.Cut(part, "~"); found {
				// The hash is checked by what it is for.
				part = before + "~" + strings.TrimLeft(hash, "0123456789abcdef")
				tt.part, _, _ = strings.Cut(tt.part, "~")
				tt.part += "~.part"
			}
			if part != tt.part {
				t.Errorf("part %q, want %q", part, tt.part)
			}
			if len(journal) > maxName || !utf8.ValidString(journal) {
				t.Errorf("journal %q of %d bytes", journal, len(journal))
			}
		})
	}
	a, _ := names(strings.Repeat("a", 254) + "1")
	b, _ := names(strings.Repeat("a", 254) + "2")
	if a == b {
		t.Error("two long names share a part")
	}
}
