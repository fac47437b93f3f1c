package live

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"
	"go.uber.org/goleak"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/session"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sim is a running simulator with one account logged in.
type sim struct {
	*simdc.Cluster
	scenario simdc.Scenario
	cluster  dcpool.Cluster
	store    *session.Memory
}

// startSim starts a simulator; edit may be nil.
func startSim(t *testing.T, edit func(*simdc.Scenario)) *sim {
	t.Helper()
	s := &sim{scenario: simdc.DefaultScenario(), store: session.NewMemory()}
	if edit != nil {
		edit(&s.scenario)
	}
	var err error
	if s.Cluster, err = simdc.Start(context.Background(), simdc.Options{Scenario: &s.scenario}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	path := filepath.Join(t.TempDir(), "cluster.json")
	if err := s.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	if s.cluster, err = dcpool.ReadCluster(path); err != nil {
		t.Fatal(err)
	}
	return s
}

// config is how to connect.
func (s *sim) config(t *testing.T) fetcher.Config {
	return fetcher.Config{
		APIID: s.cluster.APIID, APIHash: s.cluster.APIHash, Network: s.cluster.Network, Store: s.store,
		Logger: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo})),
	}
}

// logIn logs the first account in.
func (s *sim) logIn(t *testing.T) {
	t.Helper()
	c, err := fetcher.New(s.config(t))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	account := s.scenario.Accounts[0]
	ask := auth.CodeAuthenticatorFunc(func(context.Context, *tg.AuthSentCode) (string, error) { return account.Code, nil })
	flow := auth.NewFlow(auth.Constant(account.Phone, "", ask), auth.SendCodeOptions{})
	api := tg.NewClient(c.Pool().Invoker(dcpool.Target{}))
	if err := flow.Run(t.Context(), auth.NewClient(api, nil, s.cluster.APIID, s.cluster.APIHash)); err != nil {
		t.Fatalf("login: %v", err)
	}
	if err := c.Pool().SetUser(t.Context(), account.ID, false); err != nil {
		t.Fatal(err)
	}
}

// run is a Run on a simulator that edit made.
func run(t *testing.T, edit func(*simdc.Scenario), set func(*Options)) (*sim, Report) {
	t.Helper()
	s := startSim(t, edit)
	s.logIn(t)
	opts := Options{Client: s.config(t)}
	if set != nil {
		set(&opts)
	}
	r, err := Run(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s, r
}

func show(t *testing.T, r Report) {
	for _, row := range r.Rows {
		t.Logf("%-12s %-9s %s%s", row.Name, row.Result, row.Seen, row.Why)
	}
	t.Logf("%.1f s, %d bytes", r.Seconds, r.Bytes)
}

func withPFS(o *Options) { o.Client.PFS = true }

// The simulator is as the beliefs are.
func TestSimulatorAgrees(t *testing.T) {
	_, r := run(t, nil, withPFS)
	show(t, r)
	if n := r.Count(Agrees); n != len(r.Rows) || r.Partial != "" {
		t.Errorf("%d of %d rows agree", n, len(r.Rows))
	}
}
