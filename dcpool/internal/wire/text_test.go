package wire

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

// Texts of a server in errors are short, and stay text.
func TestLongTextsAreCut(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"FILE_MIGRATE_4", "FILE_MIGRATE_4"},
		{strings.Repeat("A", maxText), strings.Repeat("A", maxText)},
		{strings.Repeat("A", 10<<20), strings.Repeat("A", maxText) + "…"},
		{"A" + strings.Repeat("д", maxText), "A" + strings.Repeat("д", maxText/2-1) + "…"},
	} {
		got := cut(tt.text)
		if got != tt.want || !utf8.ValidString(got) {
			t.Errorf("%.20q… of %d bytes: %q", tt.text, len(tt.text), got)
		}
		if err := (&DecodeError{Err: errors.New(tt.text)}); err.Error() != "decode answer: "+tt.want {
			t.Errorf("%d bytes: %d of the error", len(tt.text), len(err.Error()))
		}
	}
}
