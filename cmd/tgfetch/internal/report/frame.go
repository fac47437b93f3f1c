package report

import (
	"fmt"
	"io"
	"math"
	"path"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/tgfetch/tgfetch/fetcher/plain"
)

const (
	// filesShown is the most active files that have a line of their own.
	filesShown = 4
	// filesFrom is the narrowest terminal, in columns, that has lines for files.
	filesFrom = 60
	// barMin and barMax bound the bar, in columns.
	barMin, barMax = 10, 30
)

// frame is what the terminal shows below the lines that scroll by: the active files, the waits, and
// the bar of all files together. It depends on nothing but its arguments.
func frame(p Progress, waits []Wait, now time.Time, columns int) []string {
	var lines []string
	room := columns - margin
	if columns >= filesFrom {
		for _, f := range p.Active[:min(len(p.Active), filesShown)] {
			lines = append(lines, fileLine(f, room))
		}
	}
	for _, w := range waits {
		lines = append(lines, cut(plain.Text(countdown(w, now, room)), room))
	}
	switch {
	case p.Doing != "":
		lines = append(lines, cut(plain.Text(p.Doing), room))
	case p.Files == 0:
		return lines
	}
	if p.Files > 0 {
		lines = append(lines, totalLine(p, room))
	}
	return lines
}

// fileLine is one active file: its name and, in columns of their own, how far it is.
func fileLine(f Active, columns int) string {
	size, percent := "?", "   "
	if f.Size >= 0 {
		size = Size(f.Size)
		percent = fmt.Sprintf("%3d%%", share(f.Bytes, f.Size))
	}
	facts := fmt.Sprintf("%7s of %-7s %s %10s", Size(f.Bytes), size, percent, Speed(f.Speed))
	room := columns - width(facts) - 4
	return "  " + pad(middle(plain.Text(f.File), room), room) + "  " + facts
}

// totalLine is the bar and what of speed, time left, files and bytes has room beside it, in the order
// in which they matter.
func totalLine(p Progress, columns int) string {
	facts := []string{Speed(p.Speed)}
	if p.ETA > 0 {
		facts = append(facts, Span(p.ETA)+" left")
	}
	if p.Files > 1 {
		facts = append(facts, fmt.Sprintf("%d/%d files", p.Done, p.Files))
	}
	facts = append(facts, Size(p.Bytes)+" of "+Size(p.Total))
	const around = len("100% [] ")
	for len(facts) > 1 && width(strings.Join(facts, "  "))+around+barMin > columns {
		facts = facts[:len(facts)-1]
	}
	text := strings.Join(facts, "  ")
	return cut(bar(p.Bytes, p.Total, min(barMax, max(barMin, columns-around-width(text))))+" "+text, columns)
}

// bar is a bar of so many columns behind its percentage.
func bar(done, total int64, columns int) string {
	b := progressbar.NewOptions64(max(total, 1),
		progressbar.OptionSetWriter(io.Discard),
		progressbar.OptionSetWidth(columns),
		progressbar.OptionSetTheme(progressbar.ThemeASCII),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetElapsedTime(false),
	)
	_ = b.Set64(min(done, max(total, 1))) // Nothing that can fail: the writer discards.
	_ = b.RenderBlank()
	return fmt.Sprintf("%*s", columns+len("100% []"), strings.Trim(b.String(), "\r "))
}

// countdown is a wait and how much of it is left, as long as there is room.
func countdown(w Wait, now time.Time, columns int) string {
	left := Wait{DC: w.DC, What: w.What, Until: w.Until, Seconds: math.Ceil(max(0, w.Until.Sub(now).Seconds()))}
	if line := WaitLine(left); width(line) <= columns {
		return line
	}
	return fmt.Sprintf("DC %d: wait %.0f s, until %s", w.DC, left.Seconds, w.Until.Local().Format(time.TimeOnly))
}

// middle shortens a name to so many columns and keeps its extension.
func middle(name string, columns int) string {
	if width(name) <= columns {
		return name
	}
	ext := path.Ext(name)
	if width(ext) > columns/2 {
		return cut(name, columns)
	}
	return cut(strings.TrimSuffix(name, ext), columns-width(ext)) + ext
}

// share is done of total in whole percent, 100 only when all is done.
func share(done, total int64) int {
	if total <= 0 {
		return 100
	}
	return int(min(done, total) * 100 / total)
}
