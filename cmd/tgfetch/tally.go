package main

import (
	"context"
	"sync"
	"time"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
)

// tally counts how the items of a run ended and tells the reporter, so that exit code, summary and
// events cannot disagree.
type tally struct {
	out     report.Reporter    // Immutable.
	explain func(error) string // Immutable.
	start   time.Time          // Immutable.

	mu    sync.Mutex
	sum   report.Summary // Guarded by mu.
	codes []exit.Code    // Guarded by mu. One per failure.
}

// found counts a file of a dry run, which needs nothing more.
func (t *tally) found(size int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Files++
	t.sum.Bytes += max(size, 0)
}

// dryRun notes that nothing is fetched.
func (t *tally) dryRun() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.DryRun = true
}

// dry reports whether nothing is fetched.
func (t *tally) dry() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sum.DryRun
}

// limit notes that a limit of the user's stopped the run.
func (t *tally) limit(which string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Limit = which
	t.codes = append(t.codes, exit.Limit)
}

func newTally(out report.Reporter, explain func(error) string, goOn string) *tally {
	return &tally{out: out, explain: explain, start: time.Now(), sum: report.Summary{GoOn: goOn}}
}

func (t *tally) done(e report.Done) {
	t.out.Done(e)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Files++
	t.sum.Done++
	t.sum.Bytes += e.Size
	t.sum.Unproven += max(e.Size-e.Proven, 0)
}

func (t *tally) skip(e report.Skip) {
	t.out.Skip(e)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Files++
	t.sum.Skipped++
}

// fail counts a failed item.
func (t *tally) fail(link, file string, err error) {
	t.report(report.Error{Link: link, File: file}, err)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Files++
	t.sum.Failed++
}

// trouble counts an error that is no item's.
func (t *tally) trouble(err error) { t.report(report.Error{}, err) }

// report reports what went wrong, unless it is Ctrl-C, which is no error of anything's own.
func (t *tally) report(e report.Error, err error) {
	code := exit.Of(err)
	if code != exit.Interrupted {
		e.Error, e.Code, e.Cause = t.explain(err), int(code), code.String()
		t.out.Error(e)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.codes = append(t.codes, code)
}

// ended returns how many items need nothing more.
func (t *tally) ended() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sum.Files
}

// finish reports the summary and returns what the command returns. A run whose ctx has ended was
// stopped, even if nothing had begun that could fail of it.
func (t *tally) finish(ctx context.Context) error {
	t.mu.Lock()
	if ctx.Err() != nil {
		t.codes = append(t.codes, exit.Of(context.Cause(ctx)))
	}
	code := exit.Combine(t.codes...)
	t.sum.Seconds = time.Since(t.start).Seconds()
	t.sum.ExitCode, t.sum.Cause = int(code), code.String()
	sum := t.sum
	t.mu.Unlock()
	t.out.Summary(sum)
	if code == exit.OK {
		return nil
	}
	return &exit.Reported{Code: code}
}
