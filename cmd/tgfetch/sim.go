package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/fetcher/plain"
	"github.com/tgfetch/tgfetch/session/ownfile"
)

type simFlags struct {
	out, scenario, listen, log string
	port                       int
}

func newSim(a *app) *cobra.Command {
	var f simFlags
	cmd := &cobra.Command{
		Use:   "sim --out FILE",
		Short: "Run a simulated Telegram until interrupted",
		Long: `Run a simulated Telegram: several data centers that speak real MTProto over TCP,
with accounts, files of any size, a CDN, and the faults that a scenario asks
for. The cluster file says where it listens, who can log in and which links
there are; give it to any other command with --cluster.`,
		Example: `  tgfetch sim --out cluster.json
  tgfetch --cluster cluster.json login --phone PHONE --code CODE
  tgfetch --cluster cluster.json LINK
  tgfetch sim --out cluster.json --scenario slow.json --log requests.json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.sim(cmd.Context(), f) },
	}
	cmd.Flags().StringVar(&f.out, "out", "", "write the cluster file to `FILE` (required)")
	cmd.Flags().StringVar(&f.scenario, "scenario", "", "run the scenario in this JSON `FILE`")
	cmd.Flags().StringVar(&f.listen, "listen", "127.0.0.1", "listen on this `ADDRESS`")
	cmd.Flags().IntVar(&f.port, "port", 0, "listen on the ports from `N` on, one per address, so that the next run has the same")
	cmd.Flags().StringVar(&f.log, "log", "", "write what was asked to `FILE`, as JSON, at the end")
	return withoutFlags(cmd, append(networkFlags, "json")...)
}

func (a *app) sim(ctx context.Context, f simFlags) (err error) {
	if f.out == "" {
		return &exit.UsageError{Text: "tgfetch sim needs --out FILE, where it writes how to reach it"}
	}
	if _, err := netip.ParseAddr(f.listen); err != nil {
		return &exit.UsageError{Text: fmt.Sprintf("--listen %q: give an IP address, without a port", f.listen)}
	}
	if f.port < 0 || f.port > 1<<16-1 {
		return &exit.UsageError{Text: fmt.Sprintf("--port %d: give one between 1 and 65535, or none for ports that are free", f.port)}
	}
	opts := simdc.Options{Listen: f.listen, Port: f.port, Logger: a.logger()}
	if f.scenario != "" {
		s, err := scenario.Read(f.scenario)
		if err != nil {
			return &exit.UsageError{Text: err.Error()}
		}
		opts.Scenario = &s
	}
	cluster, err := simdc.Start(ctx, opts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cluster.Close()) }()
	if err := cluster.WriteFile(f.out); err != nil {
		return err
	}
	a.sayLines(simHint(f.out, cluster.File()))
	select {
	case <-ctx.Done(): // the way it is meant to end
	case <-cluster.Done():
	}
	if f.log != "" {
		return writeLog(f.log, cluster.Log())
	}
	return nil
}

// simHint says what to type next in another shell.
func simHint(path string, c simdc.ClusterFile) string {
	var b strings.Builder
	plain.Fprintf(&b, "Simulated Telegram with %d endpoints; Ctrl-C ends it. In another shell:\n", len(c.DCs))
	for _, account := range c.Accounts {
		if account.Phone != "" && account.Password == "" {
			plain.Fprintf(&b, "  tgfetch --cluster %s login --phone %s --code %s\n", path, account.Phone, account.Code)
			break
		}
	}
	for _, link := range c.Links[:min(1, len(c.Links))] {
		plain.Fprintf(&b, "  tgfetch --cluster %s %s\n", path, link.URL)
	}
	plain.Fprintf(&b, "Its %d accounts and %d links are listed in %s.", len(c.Accounts), len(c.Links), path)
	return b.String()
}

// writeLog writes what the simulator was asked, so that nobody sees half of it.
func writeLog(path string, log *simdc.Log) error {
	data, err := json.MarshalIndent(log, "", "  ")
	if err != nil {
		return err
	}
	return ownfile.Write(ownfile.SimLog, path, append(data, '\n'))
}
