package soak

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tgfetch/tgfetch/bench/simdc"
)

// Names of the events that --json writes.
const (
	eventResolve = "resolve"
	eventWait    = "wait"
	eventDone    = "done"
	eventSkip    = "skip"
	eventError   = "error"
	eventSummary = "summary"
)

// event is a line of --json, with the fields that are checked.
type event struct {
	Event  string `json:"event"`
	Link   string `json:"link"`
	File   string `json:"file"`
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	DC     int    `json:"dc"`
	Proven int64  `json:"proven"`
	Error  string `json:"error"`
	Code   int    `json:"code"`
	Cause  string `json:"cause"`
	// Of the summary.
	Files    int   `json:"files"`
	Done     int   `json:"done"`
	Skipped  int   `json:"skipped"`
	Failed   int   `json:"failed"`
	Bytes    int64 `json:"bytes"`
	Unproven int64 `json:"unproven"`
	ExitCode int   `json:"exit_code"`
}

// parse reads the events. The last line of a process that was killed may be
// torn.
func (v *view) parse() []event {
	var out []event
	for line := range strings.Lines(v.seen.Stdout) {
		var e event
		dec := json.NewDecoder(bytes.NewReader([]byte(line)))
		if err := dec.Decode(&e); err != nil {
			if v.torn() && !strings.HasSuffix(line, "\n") {
				continue
			}
			v.add(RuleJSON, "%q: %v", line, err)
			continue
		}
		out = append(out, e)
	}
	return out
}

// torn reports whether the process was ended without a chance to finish.
func (v *view) torn() bool {
	return v.seen.Signalled && v.plan.End.Signal != Interrupt || v.seen.Hung
}

// summary returns the summary, if it is the last event.
func (v *view) summary() (event, bool) {
	if n := len(v.events); n > 0 && v.events[n-1].Event == eventSummary {
		return v.events[n-1], true
	}
	return event{}, false
}

// of returns the events of one kind.
func (v *view) of(kind string) []event {
	return slices.DeleteFunc(slices.Clone(v.events), func(e event) bool { return e.Event != kind })
}

// process checks how the process ended and that its events add up.
func (v *view) process() {
	switch {
	case v.seen.Hung:
		v.add(RuleEnd, "did not end by itself")
		return
	case v.seen.Code < 0 && (!v.seen.Signalled || v.plan.End.Signal != Kill):
		v.add(RuleEnd, "ended by a signal that nobody sent")
		return
	}
	sum, ok := v.summary()
	if !ok {
		if !v.torn() {
			v.add(RuleJSON, "the last event is no summary")
		}
		return
	}
	if n := len(v.of(eventSummary)); n != 1 {
		v.add(RuleJSON, "%d summaries", n)
	}
	done, skipped, failed := v.of(eventDone), v.of(eventSkip), v.of(eventError)
	if sum.Done != len(done) || sum.Skipped != len(skipped) || sum.Files != sum.Done+sum.Skipped+sum.Failed {
		v.add(RuleJSON, "the summary counts %d files, %d done, %d skipped, %d failed; the events are %d done, %d skipped, %d failed",
			sum.Files, sum.Done, sum.Skipped, sum.Failed, len(done), len(skipped), len(failed))
	}
	// What Ctrl-C stopped is counted and has no event.
	if sum.Failed < len(failed) || sum.Failed > len(failed) && !v.seen.Signalled {
		v.add(RuleJSON, "the summary counts %d failures, there are %d", sum.Failed, len(failed))
	}
	var bytes, unproven int64
	for _, e := range done {
		bytes += e.Size
		unproven += e.Size - e.Proven
		if e.Proven < 0 || e.Proven > e.Size {
			v.add(RuleJSON, "%s: %d of %d bytes are proven", e.Path, e.Proven, e.Size)
		}
	}
	if sum.Bytes != bytes || sum.Unproven != unproven {
		v.add(RuleJSON, "the summary counts %d bytes, %d of them unproven; the files done have %d and %d", sum.Bytes, sum.Unproven, bytes, unproven)
	}
}

// resolved checks that what was found behind a link is what is there.
func (v *view) resolved() {
	for _, e := range v.of(eventResolve) {
		// A message that says 0 bytes says nothing.
		if !slices.ContainsFunc(v.Round.Items, func(i Item) bool { return i.Link == e.Link && (i.Size == e.Size || i.Size == 0 && e.Size < 0) }) {
			v.add(RuleClaim, "%s leads to no file of %d bytes", e.Link, e.Size)
		}
	}
}

// waits checks that every wait the process told of was asked for.
func (v *view) waits(seen StepEvidence) {
	for _, e := range v.of(eventWait) {
		if !slices.ContainsFunc(seen.Events, func(x simdc.Event) bool {
			return x.Event == simdc.EventRequest && x.DC == e.DC && strings.Contains(x.Request.Err, "_WAIT_")
		}) {
			v.add(RuleInvented, "DC %d asked nobody to wait", e.DC)
		}
	}
}
