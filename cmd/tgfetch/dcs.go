package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher/plain"
	"github.com/tgfetch/tgfetch/session"
)

func newDCs(a *app) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "dcs",
		Short: "List the data centers, and which of them hold a key and a login",
		Long: `List the data centers with their addresses. KEY says whether an authorization
key is stored, LOGIN whether the account is logged in there, RTT how long a
round trip takes. It is measured where a key is stored; --all makes a key
everywhere else first, which takes several round trips each.`,
		Example: `  tgfetch dcs
  tgfetch dcs --all --json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.dcs(cmd.Context(), all) },
	}
	cmd.Flags().BoolVar(&all, "all", false, "measure every data center")
	return cmd
}

// dcRow is one data center, as --json prints it. A data center whose file traffic has addresses of
// its own is two rows.
type dcRow struct {
	Event     string   `json:"event"`
	DC        int      `json:"dc"`
	Addresses []string `json:"addresses"`
	Media     bool     `json:"media_only"`
	CDN       bool     `json:"cdn"`
	Home      bool     `json:"home"`
	Key       bool     `json:"key"`
	Login     bool     `json:"login"`
	RTT       float64  `json:"rtt_ms,omitempty"`
	Error     string   `json:"error,omitempty"`
}

func (a *app) dcs(ctx context.Context, all bool) (err error) {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.closeInto(&err)
	options, err := c.pool.Options(ctx)
	if err != nil {
		return err
	}
	keys, err := c.store.Keys()
	if err != nil {
		return err
	}
	rows := dcRows(options)
	var g errgroup.Group
	g.SetLimit(8)
	for _, r := range rows {
		held := keys.DCs
		if r.CDN {
			held = keys.CDN
		}
		_, r.Key = held[r.DC]
		if (r.Key || all) && !r.CDN {
			g.Go(func() error {
				if err := r.measure(ctx, c.pool); err != nil {
					r.Error = err.Error()
				}
				return nil
			})
		}
	}
	_ = g.Wait() // measure keeps its error in the row
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if keys, err = c.store.Keys(); err != nil {
		return err
	}
	for _, r := range rows {
		held := keys.DCs
		if r.CDN {
			held = keys.CDN
		}
		k, ok := held[r.DC]
		r.Key, r.Login, r.Home = ok, ok && k.Imported, keys.UserID != 0 && !r.CDN && r.DC == keys.HomeDC
	}
	return a.showDCs(rows)
}

// dcRows makes one row per data center and kind of endpoint: ordinary ones first, then CDN.
func dcRows(options []session.DCOption) []*dcRow {
	type kind struct {
		id         int
		media, cdn bool
	}
	rows := map[kind]*dcRow{}
	for _, o := range options {
		k := kind{o.ID, o.MediaOnly, o.CDN}
		if rows[k] == nil {
			rows[k] = &dcRow{Event: "dc", DC: o.ID, Media: o.MediaOnly, CDN: o.CDN}
		}
		// Telegram lists an address twice that is for clients behind a proxy, too.
		if addr := net.JoinHostPort(o.IP, strconv.Itoa(o.Port)); !slices.Contains(rows[k].Addresses, addr) {
			rows[k].Addresses = append(rows[k].Addresses, addr)
		}
	}
	return slices.SortedFunc(maps.Values(rows), func(a, b *dcRow) int {
		return cmp.Or(cmp.Compare(a.DC, b.DC), strings.Compare(fmt.Sprint(a.Media), fmt.Sprint(b.Media)))
	})
}

// measure times a round trip to the data center.
func (r *dcRow) measure(ctx context.Context, pool *dcpool.Pool) error {
	target := dcpool.Target{DC: r.DC}
	if r.Media {
		target.Kind = dcpool.Media
	}
	rtt, err := pool.Ping(ctx, target)
	r.RTT = float64(rtt.Microseconds()) / 1000
	return err
}

func (a *app) showDCs(rows []*dcRow) error {
	if a.flags.json {
		for _, r := range rows {
			if err := plain.Encode(a.out, r); err != nil {
				return err
			}
		}
		return nil
	}
	table := make([][]string, len(rows))
	for i, r := range rows {
		table[i] = r.cells()
	}
	return report.Table(a.out, []string{"DC", "KIND", "KEY", "LOGIN", "RTT", "ADDRESSES"}, table...)
}

func (r *dcRow) cells() []string {
	id := strconv.Itoa(r.DC)
	if r.Home {
		id += " (home)"
	}
	kind := "main"
	switch {
	case r.CDN:
		kind = "cdn"
	case r.Media:
		kind = "media"
	}
	rtt := "-"
	switch {
	case r.Error != "":
		rtt = "failed: " + r.Error
	case r.RTT > 0:
		rtt = fmt.Sprintf("%.1f ms", r.RTT)
	}
	return []string{id, kind, yes(r.Key), yes(r.Login), rtt, strings.Join(r.Addresses, " ")}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
