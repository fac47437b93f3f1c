package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/prompt"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/settings"
	"github.com/tgfetch/tgfetch/dcpool/cluster"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/fetcher/plain"
	"github.com/tgfetch/tgfetch/session"
)

// demoDir is where the demo puts its files.
const demoDir = "tgfetch-demo"

// demoLinks are an album on the account's home DC, a video whose message names a DC that it has left,
// and a document that comes through the CDN.
var demoLinks = []string{"https://t.me/simfiles/2", "https://t.me/simfiles/7", "https://t.me/simfiles/8"}

func newDemo(a *app) *cobra.Command {
	return withoutFlags(&cobra.Command{
		Use:   "demo",
		Short: "See it work, without an account",
		Long: `Start a simulated Telegram in this process, log in to it, and download an album
from the home data center, a 96 MiB video from a foreign one and a 48 MiB
document through the CDN, over links with a round trip of 40 ms, into
./` + demoDir + `.

What an earlier demo left there is removed first, and only that: files whose
contents are the demo's, byte for byte.`,
		Example: `  tgfetch demo`,
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context()) },
	}, networkFlags...)
}

func (a *app) demo(ctx context.Context) (err error) {
	world := scenario.Demo()
	cluster, err := simdc.Start(ctx, simdc.Options{Scenario: &world})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cluster.Close()) }()
	file := cluster.File()
	if err := removeEarlier(demoDir, file.Links); err != nil {
		return err
	}
	client, app, err := demoClient(a, cluster)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	a.say("A simulated Telegram: %d endpoints, round trip %v, %s a connection.",
		len(file.DCs), world.Link.RTT.Std().Round(time.Millisecond), report.Speed(float64(world.Link.Rate)))

	account := file.Accounts[0]
	start := time.Now()
	user, err := newSignIn(a, newConnection(app, nil, client.Pool()),
		loginFlags{phone: account.Phone, code: account.Code}, prompt.New(a.in, a.talk)).run(ctx)
	if err != nil {
		return err
	}
	a.say("Logged in as %s: started at DC 2, moved to the home DC %d, in %s.",
		fullName(user), client.Pool().Home(), report.Span(time.Since(start).Seconds()))

	b := a.newBatch(wish{target: fetcher.Target{Dir: demoDir, Hash: true}})
	b.run(ctx, client, b.parse(demoLinks))
	if err := b.finish(ctx, ""); err != nil {
		return err
	}
	return a.showDemo(b.results, file.Links)
}

// demoClient returns a client of the cluster whose session is forgotten at the end. It learns of the
// cluster as any other command would: from what its file says.
func demoClient(a *app, running *simdc.Cluster) (*fetcher.Client, settings.App, error) {
	c, err := cluster.Parse(bytes.NewReader(running.File().JSON()))
	if err != nil {
		return nil, settings.App{}, err
	}
	client, err := fetcher.New(fetcher.Config{
		APIID:   c.APIID,
		APIHash: c.APIHash,
		Store:   session.NewMemory(),
		Network: c.Network,
		Logger:  a.logger(),
	})
	return client, settings.App{ID: c.APIID, Hash: c.APIHash}, err
}

// showDemo prints what was downloaded, how, and whether it is right.
func (a *app) showDemo(results []fetcher.Result, links []simdc.ClusterLink) error {
	want := map[string]simdc.ClusterLink{}
	for _, l := range links {
		want[l.URL] = l
	}
	slices.SortFunc(results, func(a, b fetcher.Result) int { return cmp.Compare(a.File.Source.Message, b.File.Source.Message) })
	wrong := 0
	var rows [][]string
	for _, r := range results {
		verdict := "ok"
		source := fmt.Sprintf("https://t.me/%s/%d", r.File.Source.Chat.Username, r.File.Source.Message)
		if hex.EncodeToString(r.SHA256) != want[source].SHA256 {
			verdict = "WRONG"
			wrong++
		}
		rows = append(rows, []string{
			r.Path, report.Size(r.Bytes), r.Route, strconv.Itoa(r.Connections), fmt.Sprintf("%.1f", perSecond(r)/(1<<20)), verdict,
		})
	}
	if !a.flags.json {
		if err := report.Table(a.out, []string{"FILE", "SIZE", "DC PATH", "CONNECTIONS", "MiB/s", "SHA256"}, rows...); err != nil {
			return err
		}
	}
	if wrong > 0 {
		plain.Fprintf(a.talk, "tgfetch: %d files have the wrong contents\n", wrong)
		return &exit.Reported{Code: exit.Verify}
	}
	return nil
}

// removeEarlier removes from dir the files whose contents are those of the links.
func removeEarlier(dir string, links []simdc.ClusterLink) error {
	bySize := map[int64][]string{}
	for _, l := range links {
		bySize[l.Size] = append(bySize[l.Size], l.SHA256)
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		path := filepath.Join(dir, e.Name())
		for _, sum := range bySize[info.Size()] {
			if hasSum(path, sum) {
				if err := os.Remove(path); err != nil {
					return err
				}
				break
			}
		}
	}
	return nil
}

func hasSum(path, want string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return false
	}
	return hex.EncodeToString(h.Sum(nil)) == want
}
