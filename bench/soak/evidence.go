package soak

import (
	"fmt"
	"strings"

	"github.com/tgfetch/tgfetch/bench/simdc"
)

// Evidence is everything that can be seen of a round when it is over.
type Evidence struct {
	Round Round
	// Digests are the SHA-256 of the items' files, in hex, by file.
	Digests map[int64]string
	// Secrets may be in no text.
	Secrets []string
	Steps   []StepEvidence
	// Strays are what was found outside the places where things belong.
	Strays []string
}

// StepEvidence is what one step left.
type StepEvidence struct {
	// Events is what the simulator saw, in its order.
	Events  []simdc.Event
	Clients []ClientEvidence // As in Step.Clients.
	// Files is what lies in the target folders afterwards.
	Files []Entry
}

// Entry is a file in a target folder.
type Entry struct {
	Dir    int
	Name   string
	Size   int64
	SHA256 string // In hex; empty for what is not a finished file.
}

// temporary reports whether the entry is what a process was writing when it was
// killed: a file on its way to another name. Nobody takes it for anything.
func (e Entry) temporary() bool { return strings.HasPrefix(e.Name, ".tgfetch-") }

// finished reports whether the entry has a final name.
func (e Entry) finished() bool {
	for _, suffix := range []string{".part", ".part.journal", ".info.json"} {
		if strings.HasSuffix(e.Name, suffix) {
			return false
		}
	}
	return !e.temporary()
}

// ClientEvidence is what one process left.
type ClientEvidence struct {
	// Signalled says that its End came true before it ended.
	Signalled bool
	// Code is its exit code, or -1 if a signal ended it.
	Code int
	// Hung says that it did not end in time and was made to.
	Hung bool

	Stdout, Stderr string
	Log            string // of --log-file
	Failed         string // of --failed-file
}

// Violation is something that must not be.
type Violation struct {
	Rule string `json:"rule"`
	// Step and Client count from 1; 0 is the round as a whole, or a step.
	Step   int    `json:"step,omitempty"`
	Client int    `json:"client,omitempty"`
	Text   string `json:"text"`
}

func (v Violation) String() string {
	where := ""
	if v.Step > 0 {
		where = fmt.Sprintf("step %d: ", v.Step)
	}
	if v.Client > 0 {
		where = fmt.Sprintf("step %d, client %d: ", v.Step, v.Client)
	}
	return fmt.Sprintf("%s%s: %s", where, v.Rule, v.Text)
}
