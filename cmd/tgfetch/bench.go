package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tgfetch/tgfetch/bench/lab"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/pick"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
	"github.com/tgfetch/tgfetch/fetcher/plain"
)

type benchFlags struct {
	sim      []string
	measure  bool
	baseline bool
	runs     int
	chaos    chaosFlags

	cold     bool
	maxBytes pick.Size
	time     time.Duration
	html     string
	save     bool
}

func newBench(a *app) *cobra.Command {
	var f benchFlags
	cmd := &cobra.Command{
		Use:   "bench [flags] [LINK...]",
		Short: "Measure how fast each data center is, and what limits it",
		Long: `Measure how fast each data center is that the account can reach: dials, round
trips, and downloads with more and more connections, bytes in flight and part
sizes. It says where the limit of each sits and which setting reaches it.

What it downloads is what the links lead to, or else media in Saved Messages;
the bytes are checked and forgotten, and --max-bytes bounds them.

With --sim it needs no account: see tgfetch help simulate.

With --json, stdout has the report as one object, also when it ends early; an
error after it is on stderr alone.`,
		Example: `  tgfetch bench
  tgfetch bench --max-bytes 2GiB --html report.html --save t.me/name/123
  tgfetch bench --json > today.json; tgfetch bench compare old.json today.json
  tgfetch bench --sim wan100,far300 --baseline
  tgfetch bench --sim account --measure`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.bench(cmd, f, args) },
	}
	cmd.Args, cmd.SuggestionsMinimumDistance = cobra.ArbitraryArgs, suggestWithin
	flags := cmd.Flags()
	flags.Var(&f.maxBytes, "max-bytes", "download `SIZE` at most (default 512MiB)")
	flags.DurationVar(&f.time, "time", 0, "take `DURATION` at most (default 10m0s)")
	flags.BoolVar(&f.cold, "cold", false, "measure key exchanges too, with keys that are thrown away")
	flags.StringVar(&f.html, "html", "", "write the report, with charts, as a page to `FILE`")
	flags.BoolVar(&f.save, "save", false, "let downloads of this account begin with what is recommended")
	inGroup(flags, groupSimulate, f.registerSimulate)
	cmd.AddCommand(newBenchCompare(a), newBenchProfiles(a), &cobra.Command{
		Use:    lab.WorkerCommand,
		Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return lab.Worker(cmd.Context(), args, a.in, a.out)
		},
	})
	return cmd
}

func (f *benchFlags) registerSimulate(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.sim, "sim", nil, "use these simulated `NETWORKS`, not Telegram; all stands for all")
	flags.BoolVar(&f.measure, "measure", false, "with --sim: measure the data centers, not tgfetch")
	flags.BoolVar(&f.baseline, "baseline", false, "with --sim: measure gotd's client and downloader too")
	flags.IntVar(&f.runs, "runs", 3, "with --sim: run each client `N` times")
	f.chaos.register(flags)
}

func newBenchProfiles(a *app) *cobra.Command {
	return withoutFlags(&cobra.Command{
		Use:   "profiles",
		Short: "List the simulated networks of --sim",
		Long: `List the simulated networks that --sim knows. A scenario file of one's own
(FILE.json) works too: what its chat "simbench" holds is fetched, after the files
of its chat "simwarm".`,
		Example: "  tgfetch bench profiles",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return a.benchProfiles() },
	}, networkFlags...)
}

func (a *app) benchProfiles() error {
	var rows [][]string
	for _, p := range lab.Profiles() {
		if !p.Auxiliary {
			rows = append(rows, []string{p.Name, "--sim", p.About})
		}
	}
	rows = append(rows, []string{simVerdicts, "--sim", "whether the verdicts hold on all of the following, or on those named after it"})
	for _, p := range lab.KnownLimits() {
		rows = append(rows, []string{p.Name, "--sim --measure", p.About})
	}
	return report.Table(a.out, []string{"NAME", "FOR", "NETWORK"}, rows...)
}

// bench does what the flags ask for.
func (a *app) bench(cmd *cobra.Command, f benchFlags, args []string) error {
	if err := f.check(cmd, args); err != nil {
		return err
	}
	if len(args) == 1 {
		if err := unknownCommand(cmd, args[0]); err != nil {
			return err
		}
	}
	switch {
	case f.chaos.wanted():
		return a.chaos(cmd.Context(), f.chaos)
	case f.measure:
		return a.benchSimulated(cmd.Context(), f)
	case len(f.sim) > 0 && f.sim[0] == simVerdicts:
		return a.benchVerdicts(cmd.Context(), f.sim[1:])
	case len(f.sim) > 0:
		return a.benchDownloads(cmd.Context(), f)
	}
	return a.benchTelegram(cmd.Context(), f, args)
}

// check refuses flags that do not go together, or make no sense.
func (f benchFlags) check(cmd *cobra.Command, args []string) error {
	given := cmd.Flags().Changed
	only := func(mode string, names ...string) error {
		for _, name := range names {
			if given(name) {
				return &exit.UsageError{Text: fmt.Sprintf("tgfetch bench takes --%s only %s", name, mode)}
			}
		}
		return nil
	}
	var err error
	switch {
	case f.chaos.wanted():
		err = cmp.Or(only("without --chaos", "sim", "measure", "baseline", "runs", "max-bytes", "time", "cold", "html", "save"),
			withoutAccount("--chaos", given, args))
	case len(f.sim) == 0:
		err = cmp.Or(only("with --sim", "measure", "baseline", "runs"), only("with --chaos", "minutes", "kills"))
	case f.measure:
		err = cmp.Or(only("without --measure", "baseline", "runs"), only("with --chaos", "minutes", "kills"),
			only("without --sim: a simulated network has no account to save it for", "save"), withoutAccount("--sim", given, args))
	default:
		err = cmp.Or(only("without --sim, or with --measure", "max-bytes", "time", "cold", "html", "save"),
			only("with --chaos", "minutes", "kills"), withoutAccount("--sim", given, args))
	}
	return cmp.Or(err, f.checkValues(given))
}

// withoutAccount refuses what belongs to an account on Telegram.
func withoutAccount(mode string, given func(string) bool, args []string) error {
	if len(args) > 0 {
		return &exit.UsageError{Text: fmt.Sprintf("tgfetch bench %s takes no links, got %q: a scenario says what is downloaded", mode, args[0])}
	}
	for _, name := range networkFlags {
		if given(name) {
			return &exit.UsageError{Text: fmt.Sprintf("tgfetch bench takes no --%s with --sim or --chaos", name)}
		}
	}
	return nil
}

func (f benchFlags) checkValues(given func(string) bool) error {
	switch {
	case f.runs < 1:
		return &exit.UsageError{Text: fmt.Sprintf("--runs %d: give a positive number", f.runs)}
	case given("time") && f.time <= 0:
		return &exit.UsageError{Text: fmt.Sprintf("--time %v: give a positive time", f.time)}
	case given("max-bytes") && f.maxBytes.Bytes == 0:
		return &exit.UsageError{Text: "--max-bytes 0: give a positive size"}
	}
	return nil
}

// errBench ends the command when a report holds failed runs, which it names.
var errBench = errors.New("some runs failed; the report says why")

// benchDownloads measures tgfetch itself on simulated networks.
func (a *app) benchDownloads(ctx context.Context, f benchFlags) error {
	profiles, err := lab.Find(f.sim...)
	if err != nil {
		return &exit.UsageError{Text: err.Error()}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	found, err := lab.Simulate(ctx, lab.Options{
		Profiles: profiles,
		Runs:     f.runs,
		Baseline: f.baseline,
		Self:     []string{self, "bench"},
		Ran:      a.ranBench,
	})
	// What was measured before an error is shown too.
	if writeErr := a.showBench(found); err == nil {
		err = writeErr
	}
	if err == nil && found.Failed() > 0 {
		err = errBench
	}
	return err
}

// ranBench says how far the measurement is.
func (a *app) ranBench(profile string, r lab.ClientRun) {
	if a.flags.quiet {
		return
	}
	outcome := fmt.Sprintf("%.1f MB/s, %.1f s", r.Speed(), r.Wall)
	if r.Error != "" {
		outcome = "failed: " + r.Error
	}
	plain.Fprintf(a.talk, "%s, %s: %s\n", profile, r.Client, outcome)
}

func (a *app) showBench(r lab.Report) error {
	if a.flags.json {
		return a.encode(r)
	}
	return r.WriteMarkdown(a.out)
}
