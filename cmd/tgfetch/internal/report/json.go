package report

import (
	"io"
	"sync"
	"time"

	"github.com/tgfetch/tgfetch/fetcher/plain"
)

// JSON writes one object per line.
type JSON struct {
	now   func() time.Time // Immutable.
	every time.Duration    // Immutable.

	mu sync.Mutex
	w  io.Writer // Guarded by mu.
}

// NewJSON returns a reporter that writes to w, with a progress event every so often, 0 for none.
func NewJSON(w io.Writer, every time.Duration) *JSON {
	return &JSON{w: w, now: time.Now, every: every}
}

type head struct {
	Event string `json:"event"`
	Time  string `json:"time"`
}

func (j *JSON) head(event string) head {
	return head{Event: event, Time: j.now().UTC().Format("2006-01-02T15:04:05.000Z")}
}

// write puts one object on one line. A consumer that has gone away is not this run's failure: the
// files are still worth having.
func (j *JSON) write(v any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	_ = plain.Encode(j.w, v)
}

func (j *JSON) Resolve(e Resolve) {
	e.Date = e.Date.UTC()
	j.write(struct {
		head
		Resolve
	}{j.head("resolve"), e})
}

func (j *JSON) Start(e Start) {
	j.write(struct {
		head
		Start
	}{j.head("start"), e})
}

func (j *JSON) Progress(e Progress) {
	if e.Files == 0 {
		return
	}
	j.write(struct {
		head
		Progress
	}{j.head("progress"), e})
}

func (j *JSON) Wait(e Wait) {
	e.Until = e.Until.UTC().Truncate(time.Millisecond)
	j.write(struct {
		head
		Wait
	}{j.head("wait"), e})
}

func (j *JSON) Done(e Done) {
	j.write(struct {
		head
		Done
	}{j.head("done"), e})
}

func (j *JSON) Skip(e Skip) {
	j.write(struct {
		head
		Skip
	}{j.head("skip"), e})
}

// errorEvent exists because Error has a field of its own name, which embedding would hide.
type errorEvent struct {
	head
	Link  string `json:"link,omitempty"`
	File  string `json:"file,omitempty"`
	Error string `json:"error"`
	Code  int    `json:"code"`
	Cause string `json:"cause"`
}

func (j *JSON) Error(e Error) {
	j.write(errorEvent{j.head("error"), e.Link, e.File, e.Error, e.Code, e.Cause})
}

func (j *JSON) Summary(e Summary) {
	j.write(struct {
		head
		Summary
	}{j.head("summary"), e})
}

// Interval is what the reporter was made with.
func (j *JSON) Interval() time.Duration { return j.every }
