package template

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// toASCII keeps letters, digits, dots and dashes of ASCII. Letters lose their accents; all else is an
// underscore, one for several.
func toASCII(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(name) {
		switch {
		case unicode.Is(unicode.Mn, r):
			continue
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)), r == '.', r == '-':
			if gap {
				b.WriteByte('_')
			}
			gap = false
			b.WriteRune(r)
		default:
			gap = true
		}
	}
	if gap {
		b.WriteByte('_')
	}
	return b.String()
}
