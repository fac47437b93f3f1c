package report

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Terminal draws one bar for all files, with lines above it for what a person wants to keep.
type Terminal struct {
	mu    sync.Mutex
	w     io.Writer                // Guarded by mu.
	bar   *progressbar.ProgressBar // Guarded by mu. Nil until there is something to show.
	last  Progress                 // Guarded by mu.
	until time.Time                // Guarded by mu. The end of the last wait shown.
	wait  string                   // Guarded by mu.
	now   func() time.Time         // Immutable.
}

// NewTerminal returns a reporter that draws on w, which must be a terminal.
func NewTerminal(w io.Writer) *Terminal { return &Terminal{w: w, now: time.Now} }

func (t *Terminal) Resolve(Resolve) {}

func (t *Terminal) Start(Start) {}

func (t *Terminal) Progress(e Progress) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = e
	t.drawLocked()
}

// drawLocked brings the bar up to the last progress. The bar's end is kept one byte away until the
// summary: this bar cannot come back from "finished", and more files may still be found.
func (t *Terminal) drawLocked() {
	e := t.last
	if e.Total == 0 {
		return
	}
	if t.bar == nil {
		t.bar = progressbar.NewOptions64(e.Total,
			progressbar.OptionSetWriter(t.w),
			progressbar.OptionShowBytes(true),
			progressbar.OptionUseIECUnits(true),
			progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionSetWidth(24),
			progressbar.OptionSetTheme(progressbar.ThemeASCII),
			progressbar.OptionClearOnFinish(),
		)
	}
	end := max(e.Total, e.Bytes+1)
	if t.bar.GetMax64() != end {
		t.bar.ChangeMax64(end)
	}
	t.bar.Describe(t.labelLocked())
	_ = t.bar.Set64(e.Bytes)
}

func (t *Terminal) labelLocked() string {
	if left := t.until.Sub(t.now()); left > 0 {
		return fmt.Sprintf("%s, %.0f s left", t.wait, left.Seconds())
	}
	if t.last.Files == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d/%d files", t.last.Done, t.last.Files)
}

// above prints a line where the bar was and draws the bar again below it.
func (t *Terminal) above(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.aboveLocked(line)
}

func (t *Terminal) aboveLocked(line string) {
	if t.bar != nil {
		_ = t.bar.Clear()
	}
	fmt.Fprintln(t.w, Plain(line))
	if t.bar != nil {
		_ = t.bar.RenderBlank()
	}
}

func (t *Terminal) Wait(e Wait) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.aboveLocked(WaitLine(e))
	t.until, t.wait = e.Until, fmt.Sprintf("waiting for DC %d", e.DC)
}

func (t *Terminal) Done(e Done) { t.above(doneLine(e)) }

func (t *Terminal) Skip(e Skip) { t.above(skipLine(e)) }

func (t *Terminal) Error(e Error) { t.above(ErrorLine(e)) }

func (t *Terminal) Summary(e Summary) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bar != nil {
		_ = t.bar.Clear()
		t.bar = nil
	}
	if e.worthALine() {
		fmt.Fprintln(t.w, summaryLine(e))
	}
}

// Interval is fast enough to look alive.
func (t *Terminal) Interval() time.Duration { return 100 * time.Millisecond }
