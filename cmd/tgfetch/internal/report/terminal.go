package report

import (
	"slices"
	"sync"
	"time"

	"github.com/tgfetch/tgfetch/fetcher/plain"
)

// Terminal draws the active files and one bar for all, with lines above them for what a person wants
// to keep.
type Terminal struct {
	screen *Screen          // Immutable.
	now    func() time.Time // Immutable.

	mu    sync.Mutex
	last  Progress // Guarded by mu.
	waits []Wait   // Guarded by mu. In order of their coming.
}

// NewTerminal returns a reporter that draws on the screen.
func NewTerminal(s *Screen) *Terminal { return &Terminal{screen: s, now: time.Now} }

func (t *Terminal) Resolve(Resolve) {}

func (t *Terminal) Start(Start) {}

func (t *Terminal) Progress(e Progress) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = e
	t.drawLocked()
}

func (t *Terminal) drawLocked() {
	now := t.now()
	t.waits = slices.DeleteFunc(t.waits, func(w Wait) bool { return !w.Until.After(now) })
	columns, _ := t.screen.Size()
	t.screen.SetFooter(frame(t.last, t.waits, now, columns)...)
}

// Wait shows the pause until it is over.
func (t *Terminal) Wait(e Wait) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waits = slices.DeleteFunc(t.waits, func(w Wait) bool { return w.DC == e.DC && w.What == e.What })
	t.waits = append(t.waits, e)
	t.drawLocked()
}

// above prints a line that stays.
func (t *Terminal) above(line string) { plain.Fprintf(t.screen, "%s\n", line) }

func (t *Terminal) Done(e Done) { t.above(doneLine(e)) }

func (t *Terminal) Skip(e Skip) { t.above(skipLine(e)) }

func (t *Terminal) Error(e Error) { t.above(ErrorLine(e)) }

func (t *Terminal) Summary(e Summary) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.screen.SetFooter()
	if e.worthALine() {
		t.above(summaryLine(e))
	}
}

// Interval is fast enough to look alive.
func (t *Terminal) Interval() time.Duration { return 100 * time.Millisecond }
