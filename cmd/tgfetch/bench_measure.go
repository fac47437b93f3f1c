package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tgfetch/tgfetch/bench"
	"github.com/tgfetch/tgfetch/bench/lab"
	found "github.com/tgfetch/tgfetch/bench/report"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/fetcher/plain"
	"github.com/tgfetch/tgfetch/session"
)

// benchTelegram measures the data centers that the account can reach.
func (a *app) benchTelegram(ctx context.Context, f benchFlags, args []string) (err error) {
	opts := a.benchOptions(f)
	for _, arg := range args {
		link, err := fetcher.ParseLink(arg)
		if err != nil {
			return err
		}
		opts.Links = append(opts.Links, link)
	}
	p, store, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	opts.Client = a.clientConfig(p, store)
	if err := checkPage(f.html); err != nil {
		return err
	}
	r, err := bench.Run(ctx, opts)
	if err = a.benched(r, f.html, err); err != nil || !f.save {
		return err
	}
	return a.saveAdvice(store, r)
}

// benchSimulated measures the data centers of a simulated network.
func (a *app) benchSimulated(ctx context.Context, f benchFlags) (err error) {
	if len(f.sim) != 1 {
		return &exit.UsageError{Text: "--measure measures one network at a time: give --sim one name"}
	}
	scenario, err := lab.FindScenario(f.sim[0])
	if err != nil {
		return &exit.UsageError{Text: err.Error()}
	}
	opts := a.benchOptions(f)
	opts.Client.Logger = a.logger()
	if err := checkPage(f.html); err != nil {
		return err
	}
	r, err := lab.Measure(ctx, scenario, opts)
	return a.benched(r, f.html, err)
}

// simVerdicts is the network that stands for all on which the limit is known.
const simVerdicts = "verdicts"

// errVerdicts ends the command when a verdict is wrong.
var errVerdicts = errors.New("some verdicts do not hold; the table says which")

// benchVerdicts checks the verdicts on networks where the truth is known: on those
// named, or on all.
func (a *app) benchVerdicts(ctx context.Context, names []string) error {
	plants := lab.KnownLimits()
	for _, name := range names {
		if !slices.ContainsFunc(plants, func(p lab.KnownLimit) bool { return p.Name == name }) {
			return &exit.UsageError{Text: fmt.Sprintf("no network %q whose limit is known; tgfetch bench profiles lists them", name)}
		}
	}
	if len(names) > 0 {
		plants = slices.DeleteFunc(plants, func(p lab.KnownLimit) bool { return !slices.Contains(names, p.Name) })
	}
	r, err := lab.Verdicts(ctx, lab.VerdictOptions{Limits: plants, Logger: a.logger(), Judged: func(row lab.VerdictRow) {
		a.say("%s: planted %s, named %s; %s brings %s, %.0f %% of the grid's best, %s", row.Name, row.Planted, orDash(row.Named),
			row.Setting, found.Rate(row.Rate), 100*row.Share(), row.Best)
	}})
	if a.flags.json {
		err = errors.Join(err, a.encode(r))
	} else {
		err = errors.Join(err, r.WriteMarkdown(a.out))
	}
	if err == nil && r.Failed() > 0 {
		err = errVerdicts
	}
	return err
}

func (a *app) benchOptions(f benchFlags) bench.Options {
	return bench.Options{Cold: f.cold, MaxBytes: f.maxBytes.Bytes, Time: f.time, Plan: a.sayPlan, Measured: a.sayPoint, Watch: a.watch}
}

// sayPlan says what is about to be spent.
func (a *app) sayPlan(p bench.Plan) {
	var loaded []string
	for _, d := range p.DCs {
		if d.Files > 0 {
			loaded = append(loaded, d.Name())
		}
	}
	if len(loaded) == 0 {
		return // All refuse; the report says how.
	}
	a.say("measuring %s: up to %d settings each; this downloads up to %s and takes up to %s",
		strings.Join(loaded, ", "), p.Settings, report.Size(p.MaxBytes), report.Span(p.MaxTime.Seconds()))
}

// sayPoint says what a setting brought.
func (a *app) sayPoint(d found.DC, p found.Point) {
	outcome := found.Rate(p.Rate)
	if p.Flooded {
		outcome = "Telegram asks to wait"
	}
	a.say("%s, %s: %s", d.Name(), p.Setting, outcome)
}

// saveAdvice lets downloads begin with what is recommended.
func (a *app) saveAdvice(store session.Store, r bench.Report) error {
	n, err := bench.SaveAdvice(store, r)
	switch {
	case err != nil:
		return err
	case n == 0:
		a.say("nothing to save: no data center has a recommendation")
	default:
		a.say("saved for %d data centers: downloads of this account begin with it from now on", n)
	}
	return nil
}

// benched shows a report, also one that ended early, and turns err into one for a
// person. A report of nothing is not shown.
func (a *app) benched(r bench.Report, page string, err error) error {
	if slices.ContainsFunc(r.DCs, func(d found.DC) bool { return len(d.Dial) > 0 || d.Note != "" }) {
		err = cmp.Or(err, errors.Join(a.showReport(r), a.writePage(page, r)))
	}
	return benchError(err)
}

// benchError gives what only bench knows its exit code.
func benchError(err error) error {
	_, wrong := errors.AsType[*bench.WrongError](err)
	_, bytes := errors.AsType[*bench.BudgetError](err)
	_, time := errors.AsType[*bench.TimeError](err)
	switch {
	case wrong:
		return &exit.Coded{Code: exit.Verify, Err: err}
	case bytes:
		return &exit.UsageError{Text: "--max-bytes: " + err.Error() + "; give more"}
	case time:
		return &exit.UsageError{Text: "--time: " + err.Error() + "; give more"}
	case errors.Is(err, bench.ErrNoFiles):
		return &exit.Coded{Code: exit.Missing, Err: err}
	}
	return err
}

func (a *app) showReport(r bench.Report) error {
	if a.flags.json {
		return a.encode(r)
	}
	if err := a.showReached(r); err != nil {
		return err
	}
	if err := a.showPoints(r); err != nil {
		return err
	}
	return a.showVerdicts(r)
}

// showReached is the table of how far away each way is.
func (a *app) showReached(r bench.Report) error {
	var rows [][]string
	for _, d := range r.DCs {
		rows = append(rows, []string{
			benchName(d), millis(found.Quantile(d.Dial, 0)), millis(found.Quantile(d.Dial, 0.5)), millis(d.Exchange),
			millis(found.Quantile(d.RTT, 0)), millis(found.Quantile(d.RTT, 0.5)), millis(found.Quantile(d.RTT, 0.95)), orDash(d.Note),
		})
	}
	return report.Table(a.out, []string{"DC", "DIAL MIN", "MEDIAN", "KEY", "RTT MIN", "MEDIAN", "P95", "NOTE"}, rows...)
}

func benchName(d found.DC) string {
	if d.Home {
		return d.Name() + " (home)"
	}
	return d.Name()
}

func millis(seconds float64) string {
	if seconds == 0 {
		return "-"
	}
	return found.Millis(seconds)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// showPoints is the table of what each setting brought.
func (a *app) showPoints(r bench.Report) error {
	var rows [][]string
	for _, d := range r.DCs {
		for _, p := range d.Points {
			mark := ""
			switch {
			case p.Flooded:
				mark = "flood"
			case p.Setting == d.Verdict.Setting && d.Verdict.Limit != found.LimitUnknown:
				mark = "recommended"
			}
			rows = append(rows, []string{
				d.Name(), strconv.Itoa(p.Connections), found.Bytes(p.Window), found.Bytes(p.Part),
				found.Rate(p.Rate), interval(p), strconv.Itoa(len(p.Windows)), mark,
			})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	plain.Fprintf(a.out, "\n")
	return report.Table(a.out, []string{"DC", "CONNECTIONS", "IN FLIGHT EACH", "PART", "SPEED", "95 %", "WINDOWS", ""}, rows...)
}

// interval bounds a point's speed, in MB/s, if it was measured more than once.
func interval(p found.Point) string {
	if len(p.Windows) < 2 {
		return "-"
	}
	return fmt.Sprintf("%.3g–%.3g", p.Low/1e6, p.High/1e6)
}

// showVerdicts is what to conclude.
func (a *app) showVerdicts(r bench.Report) error {
	plain.Fprintf(a.out, "\n")
	for _, d := range r.DCs {
		if d.Verdict.Rate == 0 && len(d.Floods) == 0 {
			continue
		}
		plain.Fprintf(a.out, "%s: %s\n", d.Name(), d.Verdict.Sentence)
		if d.Verdict.Limit != found.LimitUnknown && d.Verdict.Rate > 0 {
			plain.Fprintf(a.out, "  use %s: %s\n", d.Verdict.Setting, found.Rate(d.Verdict.Rate))
		}
	}
	for _, f := range r.Findings {
		plain.Fprintf(a.out, "%s\n", f.Sentence)
	}
	checked := int64(0)
	for _, d := range r.DCs {
		checked += d.Checked
	}
	_, err := plain.Fprintf(a.out, "%s read in %s, %s of it compared with hashes.\n",
		report.Size(r.Bytes), report.Span(time.Duration(r.Seconds*float64(time.Second)).Seconds()), report.Size(checked))
	return err
}
