package main

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
	"github.com/tgfetch/tgfetch/fetcher"
)

// TestExitCodeSummaryAndEventsAgree runs the ends of items through a tally.
func TestExitCodeSummaryAndEventsAgree(t *testing.T) {
	noMedia := func(t *tally) { t.fail("a", "", fetcher.ErrNoMedia) }
	disk := func(t *tally) { t.fail("b", "v.mp4", &fetcher.DiskError{Op: "write", Path: "v.mp4"}) }
	done := func(t *tally) { t.done(report.Done{Link: "c", Size: 10, Proven: 10}) }
	skip := func(t *tally) { t.skip(report.Skip{Link: "d"}) }
	stopped := func(t *tally) { t.fail("e", "w.mp4", exit.ErrInterrupted) }

	for _, c := range []struct {
		name      string
		items     []func(*tally)
		cancelled bool
		want      report.Summary
		errors    int // error events
	}{
		{"all done", []func(*tally){done, skip}, false, report.Summary{Files: 2, Done: 1, Skipped: 1, Bytes: 10, Cause: "ok"}, 0},
		{"one cause", []func(*tally){noMedia, done, noMedia}, false,
			report.Summary{Files: 3, Done: 1, Failed: 2, Bytes: 10, ExitCode: 4, Cause: "not_found"}, 2},
		{"two causes", []func(*tally){noMedia, disk}, false, report.Summary{Files: 2, Failed: 2, ExitCode: 1, Cause: "mixed"}, 2},
		{"stopped in the middle", []func(*tally){done, stopped, disk}, true,
			report.Summary{Files: 3, Done: 1, Failed: 2, Bytes: 10, ExitCode: 130, Cause: "interrupted"}, 1},
		{"stopped between two", []func(*tally){done}, true,
			report.Summary{Files: 1, Done: 1, Bytes: 10, ExitCode: 130, Cause: "interrupted"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			if c.cancelled {
				cancel(exit.ErrInterrupted)
			}
			defer cancel(nil)
			var out bytes.Buffer
			tally := newTally(report.NewJSON(&out, 0), func(err error) string { return exit.Explain(err, "tgfetch") }, "")
			for _, item := range c.items {
				item(tally)
			}
			if got := exit.Of(tally.finish(ctx)); int(got) != c.want.ExitCode {
				t.Errorf("exit code %d, want %d", got, c.want.ExitCode)
			}
			if got := bytes.Count(out.Bytes(), []byte(`"event":"error"`)); got != c.errors {
				t.Errorf("%d error events, want %d", got, c.errors)
			}
			lines := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
			var got report.Summary
			if err := json.Unmarshal(lines[len(lines)-1], &got); err != nil {
				t.Fatal(err)
			}
			got.Seconds = 0
			if got != c.want {
				t.Errorf("summary %+v, want %+v", got, c.want)
			}
		})
	}
}
