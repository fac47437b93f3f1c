package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/tgfetch/tgfetch/bench"
	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/dcpool/cluster"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/session"
)

// Measure is [bench.Run] on a simulator of its own in this process, logged in as
// the first account of the scenario. It reads the files of the chat "simbench",
// or, where there is none, those of Saved Messages. opts.Client and opts.Links are
// not used, but for the Logger.
//
// Errors: those of bench.Run, and of the simulator.
func Measure(ctx context.Context, world scenario.Scenario, opts bench.Options) (_ bench.Report, err error) {
	running, err := simdc.Start(ctx, simdc.Options{Scenario: &world})
	if err != nil {
		return bench.Report{}, err
	}
	defer func() { err = errors.Join(err, running.Close()) }()
	access, err := cluster.Parse(bytes.NewReader(running.File().JSON()))
	if err != nil {
		return bench.Report{}, err
	}
	if len(access.Accounts) == 0 {
		return bench.Report{}, errors.New("the scenario has no account")
	}
	opts.Client = fetcher.Config{
		APIID: access.APIID, APIHash: access.APIHash, Network: access.Network,
		Store: session.NewMemory(), Logger: opts.Client.Logger,
	}
	if err := signIn(ctx, opts.Client, access); err != nil {
		return bench.Report{}, fmt.Errorf("login: %w", err)
	}
	opts.Links = nil
	for _, text := range (Profile{Scenario: world}).links(measuredChat) {
		link, err := fetcher.ParseLink(text)
		if err != nil {
			return bench.Report{}, err
		}
		opts.Links = append(opts.Links, link)
	}
	return bench.Run(ctx, opts)
}

func signIn(ctx context.Context, cfg fetcher.Config, access cluster.Cluster) (err error) {
	client, err := fetcher.New(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	return logIn(ctx, client.Pool(), access, access.Accounts[0])
}
