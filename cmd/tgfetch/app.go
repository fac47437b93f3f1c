package main

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/gotd/td/tgerr"
	"github.com/lmittmann/tint"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/metrics"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/settings"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher/plain"
	"github.com/tgfetch/tgfetch/session/ownfile"
)

// app is what the commands share: the streams and the global flags.
type app struct {
	in     io.Reader      // Immutable.
	out    *sink          // Immutable. Data.
	talk   io.Writer      // Immutable. Everything else.
	screen *report.Screen // Immutable. Talk, if that is a terminal, else nil.
	shown  bool           // Immutable. Out is a terminal.

	flags    globalFlags
	telegram settings.App
	appFlags *pflag.FlagSet   // Immutable. Sets telegram.
	values   []settings.Value // Every setting, and where it comes from.
	logFile  *os.File         // Nil without --log-file.
	metrics  *metrics.Server  // Nil without --metrics.
	encoded  bool             // Stdout has the one object that the command prints with --json.
}

// newApp returns an app on these streams. A terminal gets one owner, through which all talk goes.
func newApp(in io.Reader, out, talk io.Writer) *app {
	a := &app{in: in, out: newSink(out), appFlags: pflag.NewFlagSet("", pflag.ContinueOnError)}
	a.telegram.Register(a.appFlags)
	a.talk = plain.NewWriter(talk)
	if isTerminal(talk) {
		fd := int(talk.(*os.File).Fd())
		a.screen = report.NewScreen(talk, func() (columns, rows int) {
			columns, rows, _ = term.GetSize(fd)
			return cmp.Or(columns, 80), cmp.Or(rows, 24)
		})
		a.talk = plain.NewWriter(a.screen)
	}
	if a.shown = isTerminal(out); a.shown && a.screen != nil {
		a.out = newSink(a.screen) // Most likely the same terminal, which has one owner.
	}
	return a
}

// encode prints the one object of a command with --json. An error after it is told
// on stderr alone.
func (a *app) encode(report any) error {
	a.encoded = true
	return plain.Encode(a.out, report)
}

// commandOutput is where the output of a command of the user's goes, line by line. A terminal gets its
// colours.
func (a *app) commandOutput() io.Writer {
	if a.screen != nil {
		return colourEnds{plain.NewColourWriter(a.screen)}
	}
	return plain.NewWriter(a.talk)
}

// colourEnds ends colours with the lines that have them: the command may have printed a file's text, which
// could hide what is said after it.
type colourEnds struct{ w io.Writer }

func (c colourEnds) Write(p []byte) (int, error) {
	text, ended := bytes.CutSuffix(p, []byte("\n"))
	if !ended || !bytes.Contains(p, []byte("\x1b[")) {
		return c.w.Write(p)
	}
	if _, err := c.w.Write(slices.Concat(text, []byte("\x1b[0m\n"))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// openLog opens the file of --log-file, to append to it.
func (a *app) openLog() error {
	if a.flags.logFile == "" {
		return nil
	}
	var err error
	if a.logFile, err = ownfile.Stream(a.flags.logFile); a.logFile == nil && err == nil {
		a.logFile, err = ownfile.Append(ownfile.Log, a.flags.logFile)
	}
	return err
}

// serveMetrics begins to serve what --metrics asks for.
func (a *app) serveMetrics() error {
	if a.flags.metrics == "" {
		if a.flags.pprof {
			return &exit.UsageError{Text: "--pprof: say where with --metrics, such as --metrics 9090"}
		}
		return nil
	}
	s, err := metrics.Serve(a.flags.metrics, a.flags.pprof)
	if err != nil {
		return &exit.UsageError{Text: "--metrics: " + err.Error()}
	}
	a.metrics = s
	a.say("metrics at http://%s/metrics", s.Addr())
	if a.flags.pprof {
		a.say("profiles at http://%s/debug/pprof/", s.Addr())
	}
	if s.Exposed() {
		a.say("warning: whoever reaches %s over the network can read them; without a host, --metrics is for this machine alone", s.Addr())
	}
	return nil
}

// watch adds what a pool counts to the metrics, until stop is called.
func (a *app) watch(pool *dcpool.Pool) (stop func()) {
	if a.metrics == nil {
		return func() {}
	}
	return a.metrics.Watch(pool)
}

// closeMetrics ends what serveMetrics began.
func (a *app) closeMetrics() {
	if a.metrics == nil {
		return
	}
	if err := a.metrics.Close(); err != nil {
		plain.Fprintf(a.talk, "tgfetch: metrics: %v\n", err)
	}
}

// closeLog says if the log is not complete: the run it belongs to has ended already.
func (a *app) closeLog() {
	if a.logFile == nil {
		return
	}
	if err := a.logFile.Close(); err != nil {
		plain.Fprintf(a.talk, "tgfetch: the log is not complete: %v\n", err)
	}
}

// logger is the log of -v, of --log-file, of both or of none.
func (a *app) logger() *slog.Logger {
	var handlers []slog.Handler
	if a.flags.verbose {
		talk := a.talk
		if a.screen != nil {
			talk = plain.NewColourWriter(a.screen)
		}
		handlers = append(handlers, tint.NewTextHandler(talk, &tint.Options{
			Level:       slog.LevelDebug,
			TimeFormat:  "15:04:05.000",
			NoColor:     a.screen == nil || os.Getenv("NO_COLOR") != "",
			ReplaceAttr: plain.Attr,
		}))
	}
	if a.logFile != nil {
		handlers = append(handlers, slog.NewTextHandler(plain.NewWriter(a.logFile), &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: plain.Attr}))
	}
	if len(handlers) == 0 {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewMultiHandler(handlers...))
}

const (
	// jsonEvery is fine enough for a display, cheap enough for a log.
	jsonEvery = time.Second
	// linesEvery is how often a log gets a line.
	linesEvery = 5 * time.Second
)

func (a *app) reporter() report.Reporter {
	progress := !a.flags.noProgress
	every := func(d time.Duration) time.Duration {
		if !progress {
			return 0
		}
		return d
	}
	switch {
	case a.flags.json:
		return report.NewJSON(a.out, every(jsonEvery))
	case a.screen != nil && !a.flags.quiet && progress:
		return report.NewTerminal(a.screen)
	}
	return report.NewLines(a.talk, a.flags.quiet, every(linesEvery))
}

// explain is one line about an error, whose advice works with the flags that were given.
func (a *app) explain(err error) string {
	text := exit.Explain(err, a.command())
	if a.flags.pfs && errors.Is(err, dcpool.ErrLoginNeeded) && tgerr.IsCode(err, 401) {
		text += ", or, if you are logged in, leave --pfs out: there are servers that bind temporary keys and then know no login under them"
	}
	return text
}

// command is how the command line began, up to what says where to go.
func (a *app) command() string {
	s := "tgfetch"
	if a.flags.cluster != "" {
		s += " --cluster " + a.flags.cluster
	}
	if a.flags.testDC {
		s += " --test-dc"
	}
	if a.flags.account != "" {
		s += " --ns " + a.flags.account
	}
	return s
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
