package fetcher

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/tgfetch/tgfetch/dcpool"
)

// Stats is a snapshot of what a Client does. Taking it costs no I/O.
type Stats struct {
	// Active are the files being fetched, in order of their start.
	Active []Progress
	// Done and Failed count the fetches and Streams that ended, files that were there already
	// among the done ones; Queued are the files that FetchAll has taken and that wait
	// for their turn.
	Done, Failed, Queued int64
	// Bytes is what was written since the Client was made, over all files, and what
	// Readers handed on.
	Bytes int64
	// InFlight is the bytes asked for and not yet written.
	InFlight int64
	// Hedges counts the parts that were asked for twice because they were late.
	Hedges int64
	// CDNsLeft counts the files whose CDN was ruled out before they were complete: it
	// was too slow, out of reach, or sent what did not match.
	CDNsLeft int64
	// Pool is the connections; zero with a Doer of the caller's.
	Pool dcpool.Stats
}

// Progress is how far a file is.
type Progress struct {
	File File
	// Done is the bytes written. The file's size is File.Size.
	Done int64
	// Started is when its fetch began.
	Started time.Time
	// Route is as in Result.
	Route string
}

// Stats is a snapshot, cheap enough to take ten times a second.
func (c *Client) Stats() Stats {
	s := Stats{
		Active:   c.active.snapshot(),
		Done:     c.active.done.Load(),
		Failed:   c.active.failed.Load(),
		Queued:   c.active.queued.Load(),
		Bytes:    c.active.bytes.Load(),
		InFlight: c.budget.inUse(),
		Hedges:   c.pace.hedges(),
		CDNsLeft: c.active.leftCDN.Load(),
	}
	if c.pool != nil {
		s.Pool = c.pool.Stats()
	}
	return s
}

// active is the fetches that run.
type active struct {
	bytes        atomic.Int64
	done, failed atomic.Int64 // Fetches.
	queued       atomic.Int64 // Files of FetchAll.
	leftCDN      atomic.Int64 // Files.

	mu   sync.Mutex
	runs []progresser // Guarded by mu.
}

// progresser is a fetch that runs.
type progresser interface{ progress() Progress }

func (a *active) add(t progresser) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.runs = append(a.runs, t)
}

// ended counts a fetch.
func (a *active) ended(err error) {
	if err != nil {
		a.failed.Add(1)
	} else {
		a.done.Add(1)
	}
}

func (a *active) remove(t progresser) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, run := range a.runs {
		if run == t {
			a.runs = append(a.runs[:i:i], a.runs[i+1:]...)
			return
		}
	}
}

func (a *active) snapshot() []Progress {
	a.mu.Lock()
	runs := append([]progresser(nil), a.runs...)
	a.mu.Unlock()
	out := make([]Progress, 0, len(runs))
	for _, t := range runs {
		out = append(out, t.progress())
	}
	return out
}
