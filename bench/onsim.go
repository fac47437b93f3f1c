package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/session"
)

// RunOn is [Run] on a simulator of its own in this process, logged in as the first
// account of the scenario. It reads the files of the chat "simbench", or, where there is
// none, those of Saved Messages. opts.Client and opts.Links are not used, but for
// the Logger.
//
// Errors: those of Run, and of the simulator.
func RunOn(ctx context.Context, scenario simdc.Scenario, opts Options) (_ Report, err error) {
	cluster, err := simdc.Start(ctx, simdc.Options{Scenario: &scenario})
	if err != nil {
		return Report{}, err
	}
	defer func() { err = errors.Join(err, cluster.Close()) }()
	described, err := describe(cluster)
	if err != nil {
		return Report{}, err
	}
	if len(described.Accounts) == 0 {
		return Report{}, errors.New("the scenario has no account")
	}
	opts.Client = fetcher.Config{
		APIID: described.APIID, APIHash: described.APIHash, Network: described.Network,
		Store: session.NewMemory(), Logger: opts.Client.Logger,
	}
	if err := signIn(ctx, opts.Client, described); err != nil {
		return Report{}, fmt.Errorf("login: %w", err)
	}
	opts.Links = nil
	for _, text := range (Profile{Scenario: scenario}).links(measuredChat) {
		link, err := fetcher.ParseLink(text)
		if err != nil {
			return Report{}, err
		}
		opts.Links = append(opts.Links, link)
	}
	return Run(ctx, opts)
}

// describe is what a client must know of a cluster, from its file as any client
// learns it.
func describe(cluster *simdc.Cluster) (dcpool.Cluster, error) {
	dir, err := os.MkdirTemp("", "tgfetch-bench-")
	if err != nil {
		return dcpool.Cluster{}, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "cluster.json")
	if err := cluster.WriteFile(path); err != nil {
		return dcpool.Cluster{}, err
	}
	return dcpool.ReadCluster(path)
}

func signIn(ctx context.Context, cfg fetcher.Config, cluster dcpool.Cluster) (err error) {
	client, err := fetcher.New(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	return logIn(ctx, client.Pool(), cluster, cluster.Accounts[0])
}
