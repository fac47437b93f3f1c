package main

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/tgfetch/tgfetch/fetcher"
)

// drainTime is how long the first Ctrl-C waits for what was asked for. A second one waits for nothing.
const drainTime = 2 * time.Second

// continueFlags say what becomes of downloads that are not complete: those an earlier run left, and
// those this run leaves.
type continueFlags struct{ restart, noContinue, keepPart bool }

func (f *continueFlags) register(flags *pflag.FlagSet) {
	flags.BoolVar(&f.restart, "restart", false, "begin anew, whatever is there as NAME.part")
	flags.BoolVar(&f.noContinue, "no-continue", false, "begin anew where an earlier run left off; NAME.part of another file is not touched")
	flags.BoolVar(&f.keepPart, "keep-part", false, "keep NAME.part even if nothing can go on from it")
}

func (f *continueFlags) apply(t *fetcher.Target) {
	t.Restart, t.NoContinue, t.KeepPart = f.restart, f.noContinue, f.keepPart
}

// goOn is how a run that was stopped is gone on with.
func (f *continueFlags) goOn(toStdout bool) string {
	switch {
	case toStdout:
		return "the same command begins anew"
	case f.restart:
		return "the same command without --restart goes on from there"
	case f.noContinue:
		return "the same command without --no-continue goes on from there"
	}
	return "the same command goes on from there"
}
