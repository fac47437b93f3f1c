package soak

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc"
)

// Options say what to soak.
type Options struct {
	// Self is the command line of tgfetch, without arguments.
	Self []string
	// Seed chooses the rounds. Round, if not zero, is the only one to run.
	Seed  uint64
	Round int
	// For is how long rounds are begun. Kills, if not zero, goes on until so
	// many clients were killed as well.
	For   time.Duration
	Kills int
	// Dir is where rounds have their folders. Those without a violation are
	// removed.
	Dir string
	// Ran, if not nil, is told about each round.
	Ran func(Round, Result)
}

// Result is what came of one round.
type Result struct {
	Violations []Violation   `json:"violations,omitempty"`
	Dir        string        `json:"dir,omitempty"` // where it is kept if there are any
	Took       time.Duration `json:"-"`
	Totals
}

// Totals counts what happened.
type Totals struct {
	Rounds    int            `json:"rounds"`
	Processes int            `json:"processes"`
	Kills     int            `json:"kills"`
	Stops     int            `json:"interrupts"`
	Files     int            `json:"files"` // complete at the end of their round
	Bytes     int64          `json:"bytes"`
	Requests  int            `json:"requests"`
	Faults    map[string]int `json:"faults"` // by Do
}

// Report is what came of a soak.
type Report struct {
	Seed    uint64   `json:"seed"`
	Seconds float64  `json:"seconds"`
	Failed  []Failed `json:"failed,omitempty"`
	Totals
}

// Failed is a round with violations.
type Failed struct {
	Replay     string      `json:"replay"` // as --chaos takes it
	Kind       string      `json:"kind"`
	Dir        string      `json:"dir"`
	Violations []Violation `json:"violations"`
}

// Run runs round after round until the time is over. The rounds that violated
// a rule are in the report; an error means that a round could not be run.
func Run(ctx context.Context, opts Options) (Report, error) {
	report := Report{Seed: opts.Seed, Totals: Totals{Faults: map[string]int{}}}
	begun := time.Now()
	defer func() { report.Seconds = time.Since(begun).Seconds() }()
	first, last := 1, int(^uint(0)>>1)
	if opts.Round > 0 {
		first, last = opts.Round, opts.Round
	}
	for n := first; n <= last; n++ {
		if n > first && time.Since(begun) >= opts.For && report.Kills >= opts.Kills {
			break
		}
		round := Plan(opts.Seed, n)
		result, err := RunRound(ctx, opts.Self, round, filepath.Join(opts.Dir, fmt.Sprintf("round-%d-%d", opts.Seed, n)))
		if err != nil {
			report.Seconds = time.Since(begun).Seconds()
			return report, fmt.Errorf("round %s: %w", round.Replay(), err)
		}
		report.add(result.Totals)
		if len(result.Violations) > 0 {
			report.Failed = append(report.Failed, Failed{round.Replay(), round.Kind, result.Dir, result.Violations})
		}
		if opts.Ran != nil {
			opts.Ran(round, result)
		}
	}
	report.Seconds = time.Since(begun).Seconds()
	return report, nil
}

// RunRound runs one round in dir, which it makes, and removes again if there
// was no violation or ctx ended.
func RunRound(ctx context.Context, self []string, round Round, dir string) (Result, error) {
	begun := time.Now()
	if err := os.RemoveAll(dir); err != nil {
		return Result{}, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Result{}, err
	}
	evidence, err := run(ctx, self, round, dir)
	if err != nil {
		if ctx.Err() != nil {
			err = errors.Join(context.Cause(ctx), os.RemoveAll(dir))
		}
		return Result{}, err
	}
	result := Result{Violations: Check(evidence), Totals: count(evidence), Took: time.Since(begun)}
	if len(result.Violations) == 0 {
		return result, os.RemoveAll(dir)
	}
	result.Dir = dir
	data, err := json.MarshalIndent(result.Violations, "", "  ")
	if err != nil {
		return result, err
	}
	return result, os.WriteFile(filepath.Join(dir, "violations.json"), data, 0o600)
}

func count(e Evidence) Totals {
	t := Totals{Rounds: 1, Faults: map[string]int{}}
	for i, s := range e.Steps {
		for j, c := range s.Clients {
			t.Processes++
			switch e.Round.Steps[i].Clients[j].End.Signal {
			case Kill:
				if c.Signalled {
					t.Kills++
				}
			case Interrupt, Insist:
				if c.Signalled {
					t.Stops++
				}
			}
		}
		for _, x := range s.Events {
			if x.Event != simdc.EventRequest {
				continue
			}
			t.Requests++
			if x.Request.Fault != "" {
				t.Faults[x.Request.Fault]++
			}
		}
	}
	if len(e.Steps) > 0 {
		for _, f := range e.Steps[len(e.Steps)-1].Files {
			if f.finished() {
				t.Files++
				t.Bytes += f.Size
			}
		}
	}
	return t
}

func (t *Totals) add(o Totals) {
	t.Rounds += o.Rounds
	t.Processes += o.Processes
	t.Kills += o.Kills
	t.Stops += o.Stops
	t.Files += o.Files
	t.Bytes += o.Bytes
	t.Requests += o.Requests
	for do, n := range o.Faults {
		t.Faults[do] += n
	}
}

// String is the totals on one line.
func (t Totals) String() string {
	sum := 0
	var kinds []string
	for _, do := range slices.Sorted(maps.Keys(t.Faults)) {
		sum += t.Faults[do]
		kinds = append(kinds, fmt.Sprintf("%s %d", do, t.Faults[do]))
	}
	line := fmt.Sprintf("%d rounds, %d processes, %d killed, %d interrupted; %d files, %.1f MiB, %d requests; %d faults",
		t.Rounds, t.Processes, t.Kills, t.Stops, t.Files, float64(t.Bytes)/(1<<20), t.Requests, sum)
	if sum > 0 {
		line += " (" + strings.Join(kinds, ", ") + ")"
	}
	return line
}
