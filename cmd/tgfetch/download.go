package main

import (
	"context"
	"errors"

	"github.com/spf13/pflag"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/fetcher"
)

type downloadFlags struct{ dir string }

func (f *downloadFlags) register(flags *pflag.FlagSet) {
	flags.StringVarP(&f.dir, "dir", "P", ".", "put files into `DIR`")
}

// download is the command without a subcommand. Errors of single items are in the report; what it
// returns ends the whole run.
func (a *app) download(ctx context.Context, args []string, f downloadFlags) (err error) {
	b := a.newBatch(fetcher.Target{Dir: f.dir, Hash: a.flags.json})
	links := b.parse(args)
	if len(links) == 0 {
		return b.tally.finish(ctx)
	}
	p, store, err := a.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	client, err := fetcher.New(fetcher.Config{
		APIID:   p.app.ID,
		APIHash: p.app.Hash,
		Store:   store,
		Network: p.network,
		DC:      a.flags.dc,
		DCAddr:  a.flags.dcAddr,
		Logger:  a.logger(),
	})
	if err != nil {
		return &exit.UsageError{Text: err.Error()}
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	b.run(ctx, client, links)
	return b.tally.finish(ctx)
}
