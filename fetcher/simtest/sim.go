// Package simtest is for tests of programs that use package fetcher: a client that has
// logged in to a simulated Telegram, in one line.
//
//	func TestArchive(t *testing.T) {
//		client := simtest.Client(t, nil)
//		...
//	}
//
// [Start] gives the simulator too, for faults and its log, and as many clients as are
// wanted. [Doers] checks a fetcher.Doer of one's own.
package simtest

import (
	"bytes"
	"context"
	"log/slog"
	"testing"

	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/bench/simdc/simtest"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/cluster"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/session"
)

// Sim is a simulated Telegram that runs until the end of the test.
type Sim struct {
	*simdc.Cluster
	// Access is how clients reach it, with the accounts they may log in to.
	Access cluster.Cluster

	t     testing.TB
	store session.Store
}

// Start starts a simulator; without a scenario it is scenario.Default's. Beliefs
// that the environment turns round are turned, see simdc's package simtest.
func Start(t testing.TB, world *scenario.Scenario) *Sim {
	t.Helper()
	running := simtest.Start(t, func(s *scenario.Scenario) {
		if world != nil {
			*s = *world
			simtest.Turn(s)
		}
	})
	access, err := cluster.Parse(bytes.NewReader(running.File().JSON()))
	if err != nil {
		t.Fatalf("simtest: %v", err)
	}
	return &Sim{Cluster: running, Access: access, t: t, store: session.NewMemory()}
}

// Client is a client that has logged in to a simulator of its own. The end of the test
// closes both.
func Client(t testing.TB, world *scenario.Scenario) *fetcher.Client {
	t.Helper()
	return Start(t, world).Client(nil)
}

// Client is another client, logged in to the first account that has no password. edit,
// which may be nil, changes its configuration; clients share a session unless it gives
// them another. The end of the test closes it.
func (s *Sim) Client(edit func(*fetcher.Config)) *fetcher.Client {
	s.t.Helper()
	cfg := fetcher.Config{
		APIID: s.Access.APIID, APIHash: s.Access.APIHash, Network: s.Access.Network, Store: s.store,
		Logger: slog.New(slog.NewTextHandler(s.t.Output(), nil)),
	}
	if edit != nil {
		edit(&cfg)
	}
	client, err := fetcher.New(cfg)
	if err != nil {
		s.t.Fatalf("simtest: %v", err)
	}
	s.t.Cleanup(func() {
		if err := client.Close(); err != nil {
			s.t.Errorf("simtest: %v", err)
		}
	})
	if pool := client.Pool(); pool != nil {
		s.logIn(pool)
	}
	return client
}

// logIn logs in, unless that was done in the same session.
func (s *Sim) logIn(pool *dcpool.Pool) {
	s.t.Helper()
	if user, _, err := pool.User(); err != nil || user != 0 {
		if err != nil {
			s.t.Fatalf("simtest: %v", err)
		}
		return
	}
	for _, account := range s.Access.Accounts {
		var err error
		switch {
		case account.Password != "":
			continue
		case account.BotToken != "":
			_, err = pool.LogInBot(s.t.Context(), account.BotToken)
		default:
			_, err = pool.LogIn(s.t.Context(), Flow(account.Phone, account.Code))
		}
		if err != nil {
			s.t.Fatalf("simtest: %v", err)
		}
		return
	}
	s.t.Fatal("simtest: the scenario has no account without a password")
}

// Flow logs in by phone and code.
func Flow(phone, code string) auth.Flow {
	given := auth.CodeAuthenticatorFunc(func(context.Context, *tg.AuthSentCode) (string, error) { return code, nil })
	return auth.NewFlow(auth.Constant(phone, "", given), auth.SendCodeOptions{})
}
