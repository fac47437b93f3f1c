package report

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/tgfetch/tgfetch/fetcher/plain"
)

// Lines writes plain lines: for a log, a pipe, a CI job.
type Lines struct {
	quiet bool          // Immutable.
	every time.Duration // Immutable.

	mu sync.Mutex
	w  io.Writer // Guarded by mu.
}

// NewLines returns a reporter that writes to w, with a line of progress every so often, 0 for none.
// Quiet leaves only errors and waits.
func NewLines(w io.Writer, quiet bool, every time.Duration) *Lines {
	if quiet {
		every = 0
	}
	return &Lines{w: w, quiet: quiet, every: every}
}

func (l *Lines) line(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintln(l.w, plain.Text(fmt.Sprintf(format, args...)))
}

func (l *Lines) talk(format string, args ...any) {
	if !l.quiet {
		l.line(format, args...)
	}
}

func (l *Lines) Resolve(Resolve) {}

func (l *Lines) Start(e Start) { l.talk("%s", startLine(e)) }

func (l *Lines) Progress(e Progress) {
	switch {
	case e.Doing != "":
		l.talk("%s", e.Doing)
	case e.Files > 0:
		l.talk("%s", progressLine(e))
	}
}

func (l *Lines) Wait(e Wait) { l.line("%s", WaitLine(e)) }

func (l *Lines) Done(e Done) { l.talk("%s", doneLine(e)) }

func (l *Lines) Skip(e Skip) { l.talk("%s", skipLine(e)) }

func (l *Lines) Error(e Error) { l.line("%s", ErrorLine(e)) }

func (l *Lines) Summary(e Summary) {
	if e.worthALine() {
		l.talk("%s", summaryLine(e))
	}
}

// Interval is what the reporter was made with.
func (l *Lines) Interval() time.Duration { return l.every }

func startLine(e Start) string {
	size := Size(e.Size)
	if e.Size < 0 {
		size = "of unknown size,"
	}
	return fmt.Sprintf("%s: %s from DC %d", e.Path, size, e.DC)
}

func progressLine(e Progress) string {
	var b strings.Builder
	percent := 0
	if e.Total > 0 {
		percent = int(100 * e.Bytes / e.Total)
	}
	fmt.Fprintf(&b, "%3d%%  %s of %s  %s", percent, Size(e.Bytes), Size(e.Total), Speed(e.Speed))
	if e.ETA > 0 {
		fmt.Fprintf(&b, "  %s left", Span(e.ETA))
	}
	if e.Files > 1 {
		fmt.Fprintf(&b, "  %d of %d files", e.Done, e.Files)
	}
	return b.String()
}

// WaitLine is the sentence for a pause that Telegram asked for.
func WaitLine(e Wait) string {
	what := ""
	if e.What != "" {
		what = " (" + e.What + ")"
	}
	return fmt.Sprintf("DC %d: Telegram asks to wait %.0f s, until %s%s", e.DC, e.Seconds, e.Until.Local().Format(time.TimeOnly), what)
}

func doneLine(e Done) string {
	line := fmt.Sprintf("%s: done, %s in %s, %s, DC %s", e.Path, Size(e.Size), Span(e.Seconds), Speed(e.Speed), e.DCPath)
	if e.Stated != 0 {
		line += fmt.Sprintf("; the server has %d bytes, the message says %d", e.Size, e.Stated)
	}
	return line
}

func skipLine(e Skip) string {
	name := e.Path
	switch {
	case name != "":
	case e.File != "":
		name = fmt.Sprintf("%s (%s)", e.Link, e.File)
	default:
		name = e.Link
	}
	return fmt.Sprintf("%s: skipped, %s", name, e.Reason)
}

// ErrorLine is the one line for a failed item: which one, what happened, what to do.
func ErrorLine(e Error) string { return plain.Text(errorLine(e)) }

func errorLine(e Error) string {
	switch {
	case e.Link == "" && !strings.Contains(e.Error, e.File):
		return fmt.Sprintf("tgfetch: %s: %s", e.File, e.Error)
	case strings.Contains(e.Error, e.Link): // No link at all is the same case.
		return "tgfetch: " + e.Error
	case e.File != "" && !strings.Contains(e.Error, e.File):
		return fmt.Sprintf("tgfetch: %s (%s): %s", e.Link, e.File, e.Error)
	default:
		return fmt.Sprintf("tgfetch: %s: %s", e.Link, e.Error)
	}
}

// worthALine says whether the summary adds anything to the lines before it.
func (e Summary) worthALine() bool {
	return e.Done+e.Skipped+e.Failed > 1 || e.stopped() || e.Limit != "" || e.DryRun
}

func (e Summary) stopped() bool { return e.Cause == "interrupted" }

func summaryLine(e Summary) string {
	if e.stopped() {
		return fmt.Sprintf("stopped: %d of %d files done; %s", e.Done+e.Skipped, e.Files, e.GoOn)
	}
	parts := []string{fmt.Sprintf("%d of %d files done", e.Done, e.Files)}
	if e.DryRun {
		parts[0] = fmt.Sprintf("files to fetch: %d, %s", e.Files-e.Skipped-e.Failed, Size(e.Bytes))
	}
	if e.Skipped > 0 {
		parts = append(parts, fmt.Sprintf("%d skipped", e.Skipped))
	}
	if e.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed (%s)", e.Failed, e.Cause))
	}
	if e.Limit != "" {
		parts = append(parts, "stopped by "+e.Limit)
	}
	if e.Done > 0 && e.Seconds > 0 {
		parts = append(parts, fmt.Sprintf("%s in %s", Size(e.Bytes), Span(e.Seconds)), Speed(float64(e.Bytes)/e.Seconds))
	}
	if e.Unproven > 0 && !e.DryRun {
		parts = append(parts, Size(e.Unproven)+" not covered by hashes")
	}
	return strings.Join(parts, ", ")
}
