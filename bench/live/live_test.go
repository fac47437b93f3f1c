package live

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"
	"go.uber.org/goleak"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/cluster"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/session"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sim is a running simulator with one account logged in.
type sim struct {
	*simdc.Cluster
	scenario scenario.Scenario
	cluster  cluster.Cluster
	store    *session.Memory
}

// startSim starts a simulator; edit may be nil.
func startSim(t *testing.T, edit func(*scenario.Scenario)) *sim {
	t.Helper()
	s := &sim{scenario: scenario.Default(), store: session.NewMemory()}
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
	if s.cluster, err = cluster.Parse(bytes.NewReader(s.File().JSON())); err != nil {
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
func run(t *testing.T, edit func(*scenario.Scenario), set func(*Options)) (*sim, Report) {
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

func withPFS(o *Options) { o.Client.PFS = true }

// cheap is a run whose bytes do not do for measuring speeds.
func cheap(o *Options) { o.MaxBytes = leastRate + slack }

// rowsThat returns the names of the rows with this verdict, and shows all.
func rowsThat(t *testing.T, r Report, v Verdict) []string {
	t.Helper()
	var names []string
	for _, row := range r.Rows {
		t.Logf("%-12s %-9s %s%s", row.Name, row.Result, row.Seen, row.Why)
		if row.Result == v {
			names = append(names, row.Name)
		}
	}
	return names
}

func rowOf(r Report, name string) Row {
	return r.Rows[slices.IndexFunc(r.Rows, func(r Row) bool { return r.Name == name })]
}

// The simulator is as the beliefs are, and what it costs to learn that is bounded.
func TestSimulatorAgrees(t *testing.T) {
	s, r := run(t, nil, withPFS)
	if agreed := rowsThat(t, r, Agrees); len(agreed) != len(r.Rows) || r.Partial != "" {
		t.Errorf("%d of %d rows agree; partial: %q", len(agreed), len(r.Rows), r.Partial)
	}
	if len(r.Speeds) != len(rateConnections) {
		t.Errorf("speeds: %v", r.Speeds)
	}
	sent := int64(0)
	for _, c := range s.Log().Conns() {
		for _, part := range c.Ranges {
			sent += int64(part.Bytes)
		}
	}
	if most := int64(40 << 20); sent > most || r.Bytes > most || sent < leastRate {
		t.Errorf("%d bytes of files were sent and %d bytes read in all; 40 MiB may be", sent, r.Bytes)
	}
}

// Each belief that is turned round shows in its row and in no other.
func TestTurned(t *testing.T) {
	turned := func(b scenario.Belief) func(*scenario.Scenario) {
		return func(s *scenario.Scenario) { s.Turned = append(s.Turned, b) }
	}
	// addressed gives every data center these addresses.
	addressed := func(list ...scenario.Address) func(*scenario.Scenario) {
		return func(s *scenario.Scenario) {
			for i := range s.DCs {
				if !s.DCs[i].CDN {
					s.DCs[i].Media, s.DCs[i].Addresses = false, list
				}
			}
		}
	}
	for _, c := range []struct {
		row  string
		how  string
		edit func(*scenario.Scenario)
		set  func(*Options)
	}{
		{lastWindow, "the length that is left", turned(scenario.FullLastWindow), cheap},
		{hashBatch, "three windows", func(s *scenario.Scenario) { s.HashBatch = 3 }, cheap},
		{photoHashes, "none", turned(scenario.PhotoHashes), cheap},
		{mediaOnly, "none", func(s *scenario.Scenario) {
			for i := range s.DCs {
				s.DCs[i].Media = false
			}
		}, cheap},
		{static, "none", addressed(scenario.Address{}, scenario.Address{Media: true}), cheap},
		{static, "alone", func(s *scenario.Scenario) {
			s.DCs[4].Addresses = []scenario.Address{{Static: true}}
		}, cheap},
		{tcpoOnly, "one", func(s *scenario.Scenario) {
			s.DCs[3] = scenario.DC{ID: 4, Addresses: []scenario.Address{{}, {Media: true}, {Media: true, TCPOOnly: true}}}
		}, cheap},
		{redirect, "no hashes", func(s *scenario.Scenario) {
			for i := range s.Files {
				if s.Files[i].CDN {
					s.Files[i].CDNHashes = scenario.HashesNone
				}
			}
		}, cheap},
		{cdnReach, "out of reach", func(s *scenario.Scenario) {
			s.DCs[slices.IndexFunc(s.DCs, func(d scenario.DC) bool { return d.CDN })].Away = true
		}, cheap},
		{cdnReach, "gone", func(s *scenario.Scenario) {
			s.Faults = []scenario.Fault{{Do: scenario.DoStop, To: 203, Method: "help.getCdnConfig", Times: 1}}
		}, cheap},
		{cdnReach, "wrong bytes", func(s *scenario.Scenario) {
			s.Faults = []scenario.Fault{{Do: scenario.DoFlip, DC: 203}}
		}, cheap},
		{tempKey, "one at a time", turned(scenario.ManyTempKeys), cheap},
		{freshKey, "unknown at first", turned(scenario.FreshKeys), cheap},
		{rate, "a flood", func(s *scenario.Scenario) {
			s.Faults = []scenario.Fault{{Do: scenario.DoError, Code: 420, Text: "FLOOD_PREMIUM_WAIT_1", Method: "files", First: 60}}
		}, nil},
		{clock, "two hours behind", func(s *scenario.Scenario) { s.DCs[0].Clock = scenario.Offset(-2 * time.Hour) }, cheap},
		{queues, "one more", func(s *scenario.Scenario) {
			s.AppConfig = map[string]float64{"small_queue_max_active_operations_count": 6}
		}, cheap},
		{premium, "five times", func(s *scenario.Scenario) {
			s.AppConfig = map[string]float64{"upload_premium_speedup_download": 5}
		}, cheap},
	} {
		t.Run(c.row+"/"+c.how, func(t *testing.T) {
			t.Parallel()
			_, r := run(t, c.edit, func(o *Options) {
				withPFS(o)
				if c.set != nil {
					c.set(o)
				}
			})
			if differ := rowsThat(t, r, Differs); !slices.Equal(differ, []string{c.row}) {
				t.Errorf("rows that differ: %v, want %s alone", differ, c.row)
			}
			if seen := rowOf(r, rate).Seen; c.row == rate && !strings.Contains(seen, "FLOOD_PREMIUM_WAIT of 1 s with ") {
				t.Errorf("the row does not name the flood: %s", seen)
			}
		})
	}
}

// A secret that no client can use is listed by a server alone.
func TestOddSecret(t *testing.T) {
	s := startSim(t, func(s *scenario.Scenario) {
		s.DCs[4].Addresses = []scenario.Address{{}, {Secret: "dd000102030405060708090a0b0c0d0e0f"}}
	})
	s.logIn(t)
	for _, odd := range []bool{false, true} {
		if odd {
			s.SetOptions(func(list []tg.DCOption) []tg.DCOption {
				last := list[len(list)-1]
				last.Secret = []byte("short")
				return append(slices.Clip(list), last)
			})
		}
		opts := Options{Client: s.config(t)}
		cheap(&opts)
		r, err := Run(t.Context(), opts)
		if err != nil {
			t.Fatal(err)
		}
		want := []string(nil)
		if odd {
			want = []string{secret}
		}
		if differ := rowsThat(t, r, Differs); !slices.Equal(differ, want) {
			t.Errorf("rows that differ: %v, want %v", differ, want)
		}
	}
}

// What else may be turned round is no question here, and changes no answer.
func TestOtherBeliefs(t *testing.T) {
	_, r := run(t, func(s *scenario.Scenario) {
		for _, b := range scenario.Beliefs() {
			if !slices.Contains([]scenario.Belief{scenario.FullLastWindow, scenario.PhotoHashes, scenario.ManyTempKeys, scenario.FreshKeys}, b) {
				s.Turned = append(s.Turned, b)
			}
		}
	}, func(o *Options) {
		withPFS(o)
		cheap(o)
	})
	if differ := rowsThat(t, r, Differs); len(differ) > 0 || r.Count(Agrees) != len(r.Rows)-1 {
		t.Errorf("rows that differ: %v; %d of %d agree", differ, r.Count(Agrees), len(r.Rows))
	}
}
