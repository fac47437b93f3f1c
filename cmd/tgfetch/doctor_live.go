package main

import (
	"context"
	"errors"

	"github.com/tgfetch/tgfetch/bench/live"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
	"github.com/tgfetch/tgfetch/fetcher"
)

// liveArgs refuses what does not go together.
func (a *app) liveArgs(asked bool, args []string) error {
	switch {
	case !asked && len(args) > 0:
		return &exit.UsageError{Text: "tgfetch doctor takes links only with --live: the files to ask Telegram about"}
	case asked && a.flags.takeout:
		return &exit.UsageError{Text: "tgfetch doctor --live takes no --takeout: it asks about what every client meets"}
	}
	return nil
}

// doctorLive asks Telegram what only Telegram can answer, and compares.
func (a *app) doctorLive(ctx context.Context, args []string) (err error) {
	opts := live.Options{Program: version(), Watch: a.watch, Asking: a.showAsking}
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
	a.say("asking Telegram; this reads up to 40 MiB and takes up to 2 minutes")
	found, err := live.Run(ctx, opts)
	a.showNothing()
	if len(found.Rows) == 0 {
		return err
	}
	if shown := a.showLive(found); err == nil {
		err = shown
	}
	a.say("%d agree, %d differ, %d not asked; %s read in %s", found.Count(live.Agrees), found.Count(live.Differs),
		found.Count(live.NotAsked), report.Size(found.Bytes), report.Span(found.Seconds))
	if found.Count(live.Differs) > 0 && !a.flags.json {
		a.say("what differs is worth a bug report: attach what --json writes, which holds nothing personal")
	}
	return err
}

// showAsking says on a terminal what is asked now.
func (a *app) showAsking(row live.Row) {
	if a.screen != nil && !a.flags.quiet && !a.flags.noProgress {
		a.screen.SetFooter("is it so? " + row.Belief)
	}
}

// showNothing ends what showAsking began.
func (a *app) showNothing() {
	if a.screen != nil {
		a.screen.SetFooter()
	}
}

// showLive shows the table, as wide as the terminal, or the report.
func (a *app) showLive(found live.Report) error {
	if a.flags.json {
		return a.encode(found)
	}
	header := []string{"BELIEF", "SEEN", "AGREES"}
	var rows [][]string
	for _, row := range found.Rows {
		switch row.Result {
		case live.Agrees:
			rows = append(rows, []string{row.Belief, row.Seen, "yes"})
		case live.Differs:
			rows = append(rows, []string{row.Belief, row.Seen, "differs"})
		default:
			rows = append(rows, []string{row.Belief, "not asked: " + row.Why, "-"})
		}
	}
	if a.shown && a.screen != nil {
		columns, _ := a.screen.Size()
		return report.WrappedTable(a.out, columns, header, rows...)
	}
	return report.Table(a.out, header, rows...)
}
