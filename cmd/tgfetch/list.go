package main

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
	"github.com/tgfetch/tgfetch/fetcher"
)

// listable is an error for what the command line asks of a dry run and only a download knows. A lasting
// setting may ask for it.
func (f *downloadFlags) listable(changed func(string) bool) error {
	if f.dryRun && changed("print") && slices.Contains(f.print, "sha256") {
		return &exit.UsageError{Text: "--print sha256: a dry run reads no contents"}
	}
	return nil
}

// list shows what run would fetch: as a table in which each file has the link of its own, as the
// fields of --print, or as the events of --json.
func (b *batch) list(ctx context.Context, client *fetcher.Client, links []namedLink) error {
	b.tally.dryRun()
	var rows [][]string
	for f := range b.find(ctx, client, links) {
		link := b.linkOf(f)
		b.tally.found(f.Size)
		if len(b.wish.print) > 0 {
			b.print(fetcher.Result{File: f, Path: b.wish.pathOf(f, link)}, link)
			continue
		}
		size := "?"
		if f.Size != fetcher.UnknownSize {
			size = report.Size(f.Size)
		}
		rows = append(rows, []string{size, strconv.Itoa(f.DC), f.Date.Local().Format(time.DateTime), b.listName(f, link), f.Source.Item().String()})
	}
	if b.app.flags.json || len(b.wish.print) > 0 || len(rows) == 0 {
		return nil
	}
	return report.Table(b.app.out, []string{"SIZE", "DC", "DATE", "NAME", "LINK"}, rows...)
}

// listName is what a list calls a file: its name, or the path that a template gives it.
func (b *batch) listName(f fetcher.File, link string) string {
	if b.wish.names == nil {
		return f.Name
	}
	return b.wish.pathOf(f, link)
}
