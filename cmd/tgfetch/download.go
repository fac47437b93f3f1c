package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/archive"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/hook"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/linklist"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/pick"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher"
)

type downloadFlags struct {
	dir, output                string
	batch                      []string
	dryRun, single, noMtime    bool
	info, caption              bool
	verify                     fetcher.VerifyMode
	checksums                  string
	rate                       pick.Size
	rps                        float64
	ext, print                 []string
	min, max                   pick.Size
	since, until               pick.Moment
	limit                      int
	archive, failed, exec      string
	connections                int
	files, largeFiles          int
	floodWaitMax, stallTimeout time.Duration
	continueFlags
}

func (f *downloadFlags) register(flags *pflag.FlagSet) {
	flags.StringVarP(&f.dir, "dir", "P", ".", "put files into `DIR`")
	flags.StringArrayVarP(&f.batch, "batch-file", "a", nil, "read links from `FILE`, one per line; - is stdin")
	flags.BoolVarP(&f.dryRun, "dry-run", "n", false, "only list what would be downloaded")
	inGroup(flags, groupSelect, func(flags *pflag.FlagSet) {
		f.until.EndOfDay = true
		flags.BoolVar(&f.single, "single", false, "of an album, only the item that the link names")
		flags.StringSliceVar(&f.ext, "ext", nil, "only files with these extensions: a `LIST` such as mp4,mkv")
		flags.Var(&f.min, "min-size", "only files of at least `SIZE`, as in 500k, 5M or 1GiB")
		flags.Var(&f.max, "max-size", "only files of at most `SIZE`")
		flags.Var(&f.since, "since", "only messages since `WHEN`: 2026-01-31, or 7d for seven days ago")
		flags.Var(&f.until, "until", "only messages until `WHEN`, that day included")
		flags.IntVar(&f.limit, "limit", 0, "stop after `N` files, with exit code 8 if there are more")
		flags.StringVar(&f.archive, "download-archive", "", "skip what `FILE` lists, and add what is downloaded")
	})
	inGroup(flags, groupOutput, func(flags *pflag.FlagSet) {
		flags.StringVarP(&f.output, "output", "o", "", "with `-`, write one file to stdout, in order")
		flags.StringVar(&f.failed, "failed-file", "", "write the links that failed to `FILE`, for -a to read")
		flags.StringVar(&f.exec, "exec", "", "run `COMMAND` for each new file; {} is its path; there is no shell")
		flags.StringSliceVar(&f.print, "print", nil, "print `FIELDS` of each file, with tabs between:\n"+strings.Join(fieldNames(), ", "))
		flags.TextVar(&f.verify, "verify", fetcher.VerifyServer, "check against Telegram's hashes: `MODE` is server (a sample, behind the download), full (every byte) or off")
		flags.StringVar(&f.checksums, "checksum-file", "", "add each file's SHA-256 to `FILE`, for sha256sum -c")
		flags.BoolVar(&f.info, "write-info-json", false, "write what is known of a file to NAME.info.json")
		flags.BoolVar(&f.caption, "write-caption", false, "write the message's text to NAME.caption.txt")
		flags.BoolVar(&f.noMtime, "no-mtime", false, "do not give files the time of their message")
		f.continueFlags.register(flags)
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
	filter := pick.Filter{Ext: f.ext, Min: f.min, Max: f.max, Since: f.since.Time, Until: f.until.Time}
	if why := filter.Check(); why != "" {
		return wish{}, &exit.UsageError{Text: why}
	}
	if json && len(f.print) > 0 {
		return wish{}, &exit.UsageError{Text: "--print and --json both write to stdout; the fields are in the events of --json, too"}
	}
	if f.output != "" && f.output != toStdout {
		return wish{}, &exit.UsageError{Text: "--output takes only -, which is stdout; --dir says where files go"}
	}
	if f.output == toStdout && (json || len(f.print) > 0 || f.exec != "" || f.info || f.caption || f.checksums != "") {
		return wish{}, &exit.UsageError{Text: "--output - leaves no stdout for --json and --print, and no path for --exec, --write-… and --checksum-file"}
	}
	print, err := findFields(f.print)
	if err != nil {
		return wish{}, err
	}
	w := wish{
		target: fetcher.Target{
			Dir: f.dir, Hash: json || slices.Contains(f.print, "sha256"), NoTime: f.noMtime,
			Verify: f.verify, InfoJSON: f.info,
		},
		single: f.single,
		filter: filter,
		limit:  f.limit,
		print:  print,

		caption: f.caption,
		goOn:    f.goOn(f.output == toStdout),
	}
	f.apply(&w.target)
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
func (a *app) download(ctx context.Context, args []string, f downloadFlags, limits fetcher.Limits) (err error) {
	w, err := f.wish(a.flags.json)
	if err != nil {
		return err
	}
	if f.output == toStdout && !f.dryRun && a.shown {
		return &exit.UsageError{Text: "--output - would write the file's bytes to the terminal; send stdout to a file or a program"}
	}
	args, err = a.withBatchFiles(args, f.batch)
	if err != nil {
		return err
	}
	if f.archive != "" {
		if w.archive, err = archive.Open(f.archive); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, w.archive.Close()) }()
	}
	if f.checksums != "" {
		if w.target.Checksums, err = fetcher.OpenChecksums(f.checksums); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, w.target.Checksums.Close()) }()
	}
	b := a.newBatch(w)
	links := b.parse(args)
	if len(links) == 0 {
		return b.finish(ctx, f.failed)
	}
	client, closeClient, err := a.newClient(ctx, limits)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeClient()) }()
	switch {
	case f.dryRun:
		err = b.list(ctx, client, links)
	case f.output == toStdout:
		err = b.stream(ctx, client, links)
	default:
		b.run(ctx, client, links)
	}
	return errors.Join(b.finish(ctx, f.failed), err)
}

// newClient opens the session and returns a client on it, without network I/O.
func (a *app) newClient(ctx context.Context, limits fetcher.Limits) (_ *fetcher.Client, closeAll func() error, err error) {
	p, store, err := a.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	client, err := fetcher.New(fetcher.Config{
		APIID:     p.app.ID,
		APIHash:   p.app.Hash,
		Store:     store,
		Network:   p.network,
		Proxy:     p.proxy,
		Transport: p.transport,
		IPv6:      a.flags.ipv6,
		DC:        a.flags.dc,
		DCAddr:    a.flags.dcAddr,
		Limits:    limits,
		Logger:    a.logger(),
	})
	if err != nil {
		return nil, nil, errors.Join(&exit.UsageError{Text: err.Error()}, store.Close())
	}
	return client, func() error { return errors.Join(client.Close(), store.Close()) }, nil
}

// withBatchFiles adds the links of lists to those of the command line.
func (a *app) withBatchFiles(args, files []string) ([]string, error) {
	for _, name := range files {
		links, err := a.readList(name)
		if err != nil {
			return nil, &exit.UsageError{Text: fmt.Sprintf("--batch-file: %v", err)}
		}
		args = append(args, links...)
	}
	return args, nil
}

func (a *app) readList(name string) ([]string, error) {
	var in io.Reader = a.in
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	return linklist.Read(in)
}
