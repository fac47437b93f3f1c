package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tgfetch/tgfetch/bench"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
)

type benchFlags struct {
	sim      []string
	baseline bool
	runs     int
	chaos    chaosFlags
}

func newBench(a *app) *cobra.Command {
	var f benchFlags
	cmd := &cobra.Command{
		Use:   "bench --sim PROFILE",
		Short: "Measure downloads on simulated networks",
		Long: fmt.Sprintf(`Measure downloads against the simulated Telegram, on networks that are hard in one
way each, and say which of the promised speeds were reached. The simulator and
every client run as processes of their own; clients take turns, and every file
is checked. Files go to a temporary folder ($TMPDIR), up to 1 GiB at a time.

Profiles:
%s
A scenario file of one's own (FILE.json) works too: what its chat "simbench"
holds is fetched, after the files of its chat "simwarm".

With --json, the report is one object on stdout.`, profileHelp()),
		Example: `  tgfetch bench --sim wan100
  tgfetch bench --sim wan100,far300 --baseline
  tgfetch bench --sim all --baseline --json > bench.json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.bench(cmd.Context(), f) },
	}
	cmd.Flags().StringSliceVar(&f.sim, "sim", nil, "measure these `PROFILES`, or all (required)")
	cmd.Flags().BoolVar(&f.baseline, "baseline", false, "measure gotd's own client and downloader too, in turn with tgfetch")
	cmd.Flags().IntVar(&f.runs, "runs", 3, "run each client `N` times")
	f.chaos.register(cmd.Flags())
	cmd = withoutFlags(cmd, networkFlags...)
	cmd.AddCommand(&cobra.Command{
		Use:    bench.WorkerCommand,
		Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return bench.Worker(cmd.Context(), args, a.in, a.out)
		},
	})
	return cmd
}

func profileHelp() string {
	var b strings.Builder
	for _, p := range bench.Profiles() {
		if !p.Auxiliary {
			fmt.Fprintf(&b, "  %-9s %s\n", p.Name, p.About)
		}
	}
	return b.String()
}

// errBench ends the command when a report holds failed runs, which it names.
var errBench = errors.New("some runs failed; the report says why")

func (a *app) bench(ctx context.Context, f benchFlags) error {
	switch {
	case f.chaos.wanted():
		return a.chaos(ctx, f.chaos)
	case len(f.sim) == 0:
		return &exit.UsageError{Text: "say what to measure, as in tgfetch bench --sim wan100; the profiles are in tgfetch bench --help"}
	case f.runs < 1:
		return &exit.UsageError{Text: fmt.Sprintf("--runs %d: give a positive number", f.runs)}
	}
	profiles, err := bench.Find(f.sim...)
	if err != nil {
		return &exit.UsageError{Text: err.Error()}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	report, err := bench.Simulate(ctx, bench.SimOptions{
		Profiles: profiles,
		Runs:     f.runs,
		Baseline: f.baseline,
		Self:     []string{self, "bench"},
		Ran:      a.ranBench,
	})
	// What was measured before an error is shown too.
	if writeErr := a.showBench(report); err == nil {
		err = writeErr
	}
	if err == nil && report.Failed() > 0 {
		err = errBench
	}
	return err
}

// ranBench says how far the measurement is.
func (a *app) ranBench(profile string, r bench.ClientRun) {
	if a.flags.quiet {
		return
	}
	outcome := fmt.Sprintf("%.1f MB/s, %.1f s", r.Speed(), r.Wall)
	if r.Error != "" {
		outcome = "failed: " + r.Error
	}
	fmt.Fprintf(a.talk, "%s, %s: %s\n", profile, r.Client, outcome)
}

func (a *app) showBench(r bench.SimReport) error {
	if a.flags.json {
		return json.NewEncoder(a.out).Encode(r)
	}
	return r.WriteMarkdown(a.out)
}
