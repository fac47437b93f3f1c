package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/field"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/hook"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/linklist"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/pick"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher"
)

type downloadFlags struct {
	batch, exports             []string
	dryRun                     bool
	print                      []string
	failed, exec               string
	rate                       pick.Size
	rps                        float64
	connections                int
	files, largeFiles          int
	floodWaitMax, stallTimeout time.Duration
	selectFlags
	fileFlags
}

func (f *downloadFlags) register(flags *pflag.FlagSet) {
	flags.StringVarP(&f.dir, "dir", "P", ".", "put files into `DIR`")
	flags.StringArrayVarP(&f.batch, "batch-file", "a", nil, "read links from `FILE`, one per line; - is stdin")
	flags.StringArrayVarP(&f.exports, "from-export", "f", nil, "take what Telegram Desktop exported: the `FILE` result.json")
	flags.BoolVarP(&f.dryRun, "dry-run", "n", false, "only list what would be downloaded")
	inGroup(flags, groupSelect, f.selectFlags.register)
	inGroup(flags, groupFiles, f.fileFlags.register)
	inGroup(flags, groupOutput, func(flags *pflag.FlagSet) {
		flags.StringVar(&f.failed, "failed-file", "", "write the links that failed to `FILE`, for -a to read")
		flags.StringVar(&f.exec, "exec", "", "run `COMMAND` for each file, one after another, also for what is there already unless --download-archive lists it; {} is the path; there is no shell, and no {} in the code of one: that goes by a list of programs and is no wall")
		flags.StringSliceVar(&f.print, "print", nil, "print `FIELDS` of each file, with tabs between: see help fields")
	})
	inGroup(flags, groupNetwork, func(flags *pflag.FlagSet) {
		flags.IntVar(&f.connections, "connections", 0, "at most `N` connections to a data center (default 8)")
		flags.IntVar(&f.files, "files", 0, "at most `N` files at once (default: what Telegram asks for)")
		flags.IntVar(&f.largeFiles, "large-files", 0, "at most `N` files of 20 MiB or more at once (default: as above)")
		flags.Var(&f.rate, "limit-rate", "ask for at most `SIZE` a second, as in 5M")
		flags.Float64Var(&f.rps, "max-rps", 0, "send at most `N` requests a second")
		flags.DurationVar(&f.floodWaitMax, "flood-wait-max", 0, "fail rather than wait longer than `TIME` when Telegram asks (default 5m)")
		flags.DurationVar(&f.stallTimeout, "stall-timeout", 0, "replace a connection that brings nothing for `TIME` (default 30s)")
	})
}

// limits are what the flags say about how much is taken. Zero is what nobody gave; changed says what was
// given on the command line.
func (f *downloadFlags) limits(changed func(string) bool) (fetcher.Limits, error) {
	for _, flag := range []struct {
		name  string
		value float64
	}{
		{"limit", float64(f.limit)},
		{"connections", float64(f.connections)},
		{"files", float64(f.files)},
		{"large-files", float64(f.largeFiles)},
		{"limit-rate", float64(f.rate.Bytes)},
		{"max-rps", f.rps},
		{"flood-wait-max", float64(f.floodWaitMax)},
		{"stall-timeout", float64(f.stallTimeout)},
	} {
		if unset := flag.value == 0 && !changed(flag.name); !unset && !(flag.value > 0) { // Not a number is not either.
			return fetcher.Limits{}, &exit.UsageError{Text: fmt.Sprintf("--%s: give more than zero", flag.name)}
		}
	}
	pool := dcpool.Limits{
		Connections: f.connections, FloodWaitMax: f.floodWaitMax, StallTimeout: f.stallTimeout,
		BytesPerSecond: f.rate.Bytes, RequestsPerSecond: f.rps,
	}
	return fetcher.Limits{Files: f.files, LargeFiles: f.largeFiles, Pool: pool}, nil
}

// wish turns the flags into what the run is to do. The archive is not opened yet.
func (f *downloadFlags) wish(json bool) (wish, error) {
	if json && len(f.print) > 0 {
		return wish{}, &exit.UsageError{Text: "--print and --json both write to stdout; the fields are in the events of --json, too"}
	}
	if f.output == toStdout && json {
		return wish{}, errOnlyStdout
	}
	w := wish{caption: f.caption, goOn: f.goOn(f.output == toStdout)}
	var err error
	if w.choice, err = f.choice(); err != nil {
		return wish{}, err
	}
	if w.target, err = f.target(); err != nil {
		return wish{}, err
	}
	w.target.Hash = json || slices.Contains(f.print, "sha256")
	if w.names, err = f.names(); err != nil {
		return wish{}, err
	}
	for _, name := range f.print {
		known, err := field.Find(field.All(), name)
		if err != nil {
			return wish{}, &exit.UsageError{Text: fmt.Sprintf("--print %s: %v", name, err)}
		}
		w.print = append(w.print, known)
	}
	if f.exec != "" {
		command, err := hook.Parse(f.exec)
		if err != nil {
			return wish{}, &exit.UsageError{Text: fmt.Sprintf("--exec %s: %v", f.exec, err)}
		}
		w.command = &command
	}
	return w, nil
}

// download is the command without a subcommand. Errors of single items are in the report; what it
// returns ends the whole run.
func (a *app) download(ctx context.Context, args []string, f downloadFlags, limits fetcher.Limits) error {
	w, err := f.wish(a.flags.json)
	if err != nil {
		return err
	}
	if f.output == toStdout && !f.dryRun && a.shown {
		return &exit.UsageError{Text: "--output - would write the file's bytes to the terminal; send stdout to a file or a program"}
	}
	if f.failed != "" {
		if err := linklist.Check(f.failed); err != nil {
			return fmt.Errorf("--failed-file: %w", err)
		}
	}
	lists, err := a.readLists(ctx, f.batch, f.exports)
	if err != nil {
		return err
	}
	if err := w.open(f.archive, f.checksums, f.dryRun); err != nil {
		return errors.Join(err, w.close())
	}
	b := a.newBatch(w)
	links := b.parse(append(args, lists.links...))
	for _, skip := range lists.skips {
		b.skipItem(skip)
	}
	if len(links) > 0 {
		client, closeClient, err := a.newClient(ctx, limits)
		if err != nil {
			return errors.Join(err, w.close())
		}
		b.trouble(b.get(ctx, client, links, f))
		b.trouble(closeClient())
	}
	b.trouble(w.close())
	return b.finish(ctx, f.failed)
}

// get does with the files behind links what the flags say. The error is none of a file's.
func (b *batch) get(ctx context.Context, client *fetcher.Client, links []namedLink, f downloadFlags) error {
	switch {
	case f.dryRun:
		return b.list(ctx, client, links)
	case f.output == toStdout:
		return b.stream(ctx, client, links)
	}
	b.run(ctx, client, links)
	return nil
}

// newClient opens the session and returns a client on it, without network I/O.
func (a *app) newClient(ctx context.Context, limits fetcher.Limits) (_ *fetcher.Client, closeAll func() error, err error) {
	p, store, err := a.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	cfg := a.clientConfig(p, store)
	cfg.Limits, cfg.Drain = limits, drainTime
	client, err := fetcher.New(cfg)
	if err != nil {
		return nil, nil, errors.Join(&exit.UsageError{Text: err.Error()}, store.Close())
	}
	a.watch(client.Pool())
	return client, func() error { return a.closeSession(client, store) }, nil
}
