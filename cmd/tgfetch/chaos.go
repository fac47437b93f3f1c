package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/tgfetch/tgfetch/bench/soak"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/fetcher/plain"
)

// chaosFlags say how to soak.
type chaosFlags struct {
	seed    string
	minutes float64
	kills   int
}

func (f *chaosFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.seed, "chaos", "", "instead, check every byte, exit code and log line of downloads under random faults; `SEED` is a number or \"random\", SEED:ROUND one round")
	flags.Float64Var(&f.minutes, "minutes", 1, "with --chaos, for `N` minutes")
	flags.IntVar(&f.kills, "kills", 0, "with --chaos, until `N` processes were killed, too")
}

func (f *chaosFlags) wanted() bool { return f.seed != "" }

// options are what the flags say.
func (f *chaosFlags) options() (soak.Options, error) {
	opts := soak.Options{For: time.Duration(f.minutes * float64(time.Minute)), Kills: f.kills}
	seed, round, single := strings.Cut(f.seed, ":")
	if seed == "random" && !single {
		opts.Seed = rand.Uint64N(math.MaxUint32)
		return opts, nil
	}
	var err error
	if opts.Seed, err = strconv.ParseUint(seed, 10, 64); err == nil && single {
		if opts.Round, err = strconv.Atoi(round); err == nil && opts.Round < 1 {
			err = strconv.ErrRange
		}
	}
	if err != nil || f.minutes <= 0 || f.kills < 0 {
		return opts, &exit.UsageError{Text: fmt.Sprintf("--chaos %s: give a number, as in 7, or a number and a round, as in 7:12, and a positive --minutes", f.seed)}
	}
	return opts, nil
}

// errChaos ends a soak that found something.
var errChaos = errors.New("some rounds found violations; their folders are kept")

// chaos soaks. Rounds that found something keep their folder; nothing else stays.
func (a *app) chaos(ctx context.Context, f chaosFlags) (err error) {
	opts, err := f.options()
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	opts.Self = []string{self}
	if opts.Dir, err = os.MkdirTemp("", "tgfetch-chaos-"); err != nil {
		return err
	}
	defer func() {
		// It stays if a round is kept in it.
		_ = os.Remove(opts.Dir)
	}()
	opts.Ran = a.ranChaos
	if !a.flags.quiet {
		plain.Fprintf(a.talk, "chaos %d\n", opts.Seed)
	}
	report, err := soak.Run(ctx, opts)
	if showErr := a.showChaos(report); err == nil {
		err = showErr
	}
	if err == nil && len(report.Failed) > 0 {
		err = errChaos
	}
	return err
}

// ranChaos says what a round found, and with -v that it was run.
func (a *app) ranChaos(round soak.Round, r soak.Result) {
	if a.flags.verbose {
		plain.Fprintf(a.talk, "%s %s: %.1f s, %s\n", round.Replay(), round.Kind, r.Took.Seconds(), r.Totals)
	}
	if len(r.Violations) == 0 {
		return
	}
	plain.Fprintf(a.talk, "round %s, %s, kept in %s; run it again with tgfetch bench --chaos %s\n", round.Replay(), round.Kind, r.Dir, round.Replay())
	for _, v := range r.Violations {
		plain.Fprintf(a.talk, "  %s\n", v)
	}
}

func (a *app) showChaos(r soak.Report) error {
	if a.flags.json {
		return a.encode(r)
	}
	_, err := plain.Fprintf(a.out, "chaos %d: %.0f s, %s; %d rounds with violations\n", r.Seed, r.Seconds, r.Totals, len(r.Failed))
	return err
}
