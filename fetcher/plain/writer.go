package plain

import (
	"io"
	"strings"
	"sync"
	"unicode/utf8"
)

// Writer makes everything plain that is written to it, on its way to another writer. Line ends and
// tabs stay, since it cannot know whose they are. A carriage return becomes a line end: it would let a
// text write over what is before it. It may be used by several goroutines at once.
type Writer struct {
	colours bool // Immutable.

	mu       sync.Mutex
	w        io.Writer // Guarded by mu.
	part     string    // Guarded by mu. The beginning of a character whose rest is not here yet.
	returned bool      // Guarded by mu. The last character was a carriage return.
}

// NewWriter returns a Writer in front of w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// NewColourWriter returns a Writer in front of w that lets colours through, which the log of a
// terminal has. Values in it are made plain before, by [Attr].
func NewColourWriter(w io.Writer) *Writer { return &Writer{w: w, colours: true} }

// Write writes p, made plain, in one call of the other writer's Write.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.part + string(p)
	whole := len(s) - incomplete(s)
	s, w.part = s[:whole], s[whole:]
	out := w.plainLocked(make([]byte, 0, len(s)), s)
	if len(out) == 0 {
		return len(p), nil
	}
	if _, err := w.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (w *Writer) plainLocked(out []byte, s string) []byte {
	var c scanner
	for len(s) > 0 {
		if w.colours && s[0] == escape {
			if n := colour(s); n > 0 {
				out, s = append(out, s[:n]...), s[n:]
				continue
			}
		}
		r, size, ok := c.next(s)
		switch {
		case r == '\r', r == '\n' && !w.returned:
			out = append(out, '\n')
		case r == '\n': // the second half of a line end
		case r == '\t':
			out = append(out, '\t')
		default:
			out = appendRune(out, r, ok)
		}
		w.returned = r == '\r'
		s = s[size:]
	}
	return out
}

// incomplete is how many bytes at the end of s are the beginning of a character.
func incomplete(s string) int {
	for n := 1; n < utf8.UTFMax && n <= len(s); n++ {
		if last := s[len(s)-n:]; utf8.RuneStart(last[0]) {
			if utf8.FullRuneInString(last) {
				return 0
			}
			return n
		}
	}
	return 0
}

// colour is the length of the sequence that s begins with if that sets colours, else 0.
func colour(s string) int {
	rest, ok := strings.CutPrefix(s, "\x1b[")
	if !ok {
		return 0
	}
	rest = strings.TrimLeft(rest, "0123456789;")
	if !strings.HasPrefix(rest, "m") {
		return 0
	}
	return len(s) - len(rest) + 1
}
