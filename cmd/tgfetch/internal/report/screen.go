package report

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/rivo/uniseg"
)

// Screen owns a terminal: everything written to it scrolls by above a footer of a few lines, which
// stays at the bottom. All output goes through it, the log's too, or the footer would be torn.
//
// It is an io.Writer. Its methods may be called by several goroutines at once.
type Screen struct {
	size func() (columns, rows int) // Immutable.

	mu     sync.Mutex
	w      io.Writer // Guarded by mu.
	footer []string  // Guarded by mu. What should be at the bottom.
	drawn  []int     // Guarded by mu. The widths of the lines that are there.
	open   bool      // Guarded by mu. The last write ended in the middle of a line.
}

// NewScreen returns a screen without a footer. Size tells how large the terminal is now.
func NewScreen(w io.Writer, size func() (columns, rows int)) *Screen {
	return &Screen{w: w, size: size}
}

// margin is the columns kept free at the right: a full line would wrap on some terminals, and so would
// the ^C that terminals print behind it.
const margin = 3

// Size is how large the terminal is now.
func (s *Screen) Size() (columns, rows int) { return s.size() }

// Write puts p above the footer. In the middle of a line, such as behind a question, there is no
// footer.
func (s *Screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b bytes.Buffer
	s.eraseLocked(&b)
	b.Write(p)
	if len(p) > 0 {
		s.open = p[len(p)-1] != '\n'
	}
	s.drawLocked(&b)
	if _, err := s.w.Write(b.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// SetFooter replaces the footer; none removes it.
func (s *Screen) SetFooter(lines ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Equal(lines, s.footer) && (len(s.drawn) > 0 || len(lines) == 0) {
		return
	}
	s.footer = slices.Clone(lines)
	var b bytes.Buffer
	s.eraseLocked(&b)
	s.drawLocked(&b)
	_, _ = s.w.Write(b.Bytes()) // A terminal that is gone is not this run's failure.
}

// eraseLocked removes the footer and leaves the cursor where it began. A terminal that was made
// narrower since has wrapped its lines.
func (s *Screen) eraseLocked(b *bytes.Buffer) {
	if len(s.drawn) == 0 {
		return
	}
	columns, _ := s.size()
	rows := 0
	for _, width := range s.drawn {
		rows += max(1, (width+columns-1)/max(columns, 1))
	}
	b.WriteByte('\r')
	if rows > 1 {
		fmt.Fprintf(b, "\x1b[%dA", rows-1)
	}
	b.WriteString("\x1b[J")
	s.drawn = s.drawn[:0]
}

func (s *Screen) drawLocked(b *bytes.Buffer) {
	if s.open {
		return
	}
	columns, rows := s.size()
	lines := s.footer[:min(len(s.footer), max(rows-1, 1))]
	for i, line := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		line = cut(line, columns-margin)
		b.WriteString(line)
		s.drawn = append(s.drawn, width(line))
	}
}

// colour is an escape sequence that sets colours and takes no column.
var colour = regexp.MustCompile("\x1b\\[[0-9;]*m")

// width is how many columns s takes.
func width(s string) int { return uniseg.StringWidth(colour.ReplaceAllString(s, "")) }

// cut shortens s to at most columns, with an ellipsis at the end.
func cut(s string, columns int) string {
	if columns <= 0 {
		return ""
	}
	if width(s) <= columns {
		return s
	}
	s = colour.ReplaceAllString(s, "")
	var b strings.Builder
	used := 0
	for g := uniseg.NewGraphemes(s); g.Next(); {
		if used+g.Width() > columns-1 {
			break
		}
		b.WriteString(g.Str())
		used += g.Width()
	}
	return b.String() + "…"
}

// pad fills s with spaces up to columns.
func pad(s string, columns int) string {
	return s + strings.Repeat(" ", max(0, columns-width(s)))
}
