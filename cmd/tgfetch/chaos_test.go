package main

import (
	"os/exec"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/bench/soak"
)

// TestChaos soaks the real command for half a minute and until five processes
// were killed. The rounds are always the same, how many of them fit is not.
func TestChaos(t *testing.T) {
	self, err := exec.LookPath("tgfetch") // TestMain put it there.
	if err != nil {
		t.Fatal(err)
	}
	opts := soak.Options{
		Self: []string{self}, Seed: 4, For: 30 * time.Second, Kills: 5, Dir: t.TempDir(),
		Ran: func(round soak.Round, r soak.Result) {
			for _, v := range r.Violations {
				t.Errorf("tgfetch bench --chaos %s: %s: %s", round.Replay(), round.Kind, v)
			}
		},
	}
	if testing.Short() {
		opts.For, opts.Kills = time.Second, 1
	}
	report, err := soak.Run(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(report.Totals)
}

// TestChaosFlags checks what --chaos takes.
func TestChaosFlags(t *testing.T) {
	for _, c := range []struct {
		f     chaosFlags
		seed  uint64
		round int
		ok    bool
	}{
		{chaosFlags{seed: "7", minutes: 1}, 7, 0, true},
		{chaosFlags{seed: "7:12", minutes: 0.5, kills: 3}, 7, 12, true},
		{chaosFlags{seed: "7:0", minutes: 1}, 0, 0, false},
		{chaosFlags{seed: "7:", minutes: 1}, 0, 0, false},
		{chaosFlags{seed: "x", minutes: 1}, 0, 0, false},
		{chaosFlags{seed: "random:1", minutes: 1}, 0, 0, false},
		{chaosFlags{seed: "-1", minutes: 1}, 0, 0, false},
		{chaosFlags{seed: "7", minutes: 0}, 0, 0, false},
		{chaosFlags{seed: "7", minutes: 1, kills: -1}, 0, 0, false},
	} {
		opts, err := c.f.options()
		if (err == nil) != c.ok || c.ok && (opts.Seed != c.seed || opts.Round != c.round || opts.Kills != c.f.kills) {
			t.Errorf("%+v: seed %d, round %d, %v", c.f, opts.Seed, opts.Round, err)
		}
	}
	f := chaosFlags{seed: "random", minutes: 1}
	if a, err := f.options(); err != nil || a.For != time.Minute {
		t.Errorf("a random seed: %v, %v", a, err)
	}
}

// TestChaosFindsViolations soaks a command that does nothing and says that all
// is well.
func TestChaosFindsViolations(t *testing.T) {
	liar, err := exec.LookPath("true")
	if err != nil {
		t.Fatal(err)
	}
	report, err := soak.Run(t.Context(), soak.Options{Self: []string{liar}, Seed: 4, Round: 1, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Failed) != 1 || report.Failed[0].Replay != "4:1" || len(report.Failed[0].Violations) == 0 {
		t.Errorf("nothing was found: %+v", report)
	}
}
