package main

import (
	"io"
	"log/slog"
	"os"

	"github.com/lmittmann/tint"
	"golang.org/x/term"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
)

// app is what the commands share: the streams and the global flags.
type app struct {
	in   io.Reader // Immutable.
	out  io.Writer // Immutable. Data.
	talk io.Writer // Immutable. Everything else.

	flags struct {
		cluster, dcAddr      string
		dc                   int
		json, quiet, verbose bool
	}
}

func (a *app) logger() *slog.Logger {
	if !a.flags.verbose {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(tint.NewTextHandler(a.talk, &tint.Options{
		Level:      slog.LevelDebug,
		TimeFormat: "15:04:05.000",
		NoColor:    !isTerminal(a.talk),
	}))
}

func (a *app) reporter() report.Reporter {
	switch {
	case a.flags.json:
		return report.NewJSON(a.out, nil)
	case isTerminal(a.talk) && !a.flags.quiet && !a.flags.verbose:
		return report.NewTerminal(a.talk)
	}
	return report.NewLines(a.talk, a.flags.quiet)
}

// explain is one line about an error, whose advice works with the flags that were given.
func (a *app) explain(err error) string {
	return exit.Explain(err, a.command())
}

// command is how the command line began, up to what says where to go.
func (a *app) command() string {
	if a.flags.cluster != "" {
		return "tgfetch --cluster " + a.flags.cluster
	}
	return "tgfetch"
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
