package bench_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/bench"
	"github.com/tgfetch/tgfetch/bench/lab"
	"github.com/tgfetch/tgfetch/bench/report"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/session"
)

func dcOf(t *testing.T, r bench.Report, name string) report.DC {
	t.Helper()
	i := slices.IndexFunc(r.DCs, func(d report.DC) bool { return d.Name() == name })
	if i < 0 {
		t.Fatalf("no %s in the report", name)
	}
	return r.DCs[i]
}

// small is a network without bounds, with files on DC 4 and in Saved Messages.
func small() scenario.Scenario {
	return scenario.Scenario{
		APIID: 1, APIHash: "x", DCs: []scenario.DC{{ID: 2}, {ID: 4}},
		Accounts: []scenario.Account{{ID: 7, HomeDC: 2, Phone: "+9996620001", Code: "22222", Saved: []scenario.Message{{ID: 1, File: 2}, {ID: 2, File: 3}}}},
		Chats:    []scenario.Chat{{ID: 1, Title: "x", Username: "simbench", Messages: []scenario.Message{{ID: 1, File: 1}}}},
		Files:    []scenario.File{{ID: 1, DC: 4, Size: 8 << 20}, {ID: 2, DC: 2, Size: 4 << 20}, {ID: 3, DC: 4, Size: 100}},
	}
}

// few are the options of a measurement that is over soon.
func few() bench.Options {
	return bench.Options{MaxBytes: 32 << 20, Rounds: 1, Settings: []report.Setting{
		{Connections: 1, Window: 256 << 10, Part: 128 << 10}, {Connections: 2, Window: 256 << 10, Part: 256 << 10},
	}}
}

func TestRunReadsWhatIsSaved(t *testing.T) {
	s := small()
	s.Chats = nil
	o := few()
	begun, ended, loaded := 0, 0, 0
	o.Watch = func(p *dcpool.Pool) func() {
		begun++
		return func() {
			ended++
			for _, d := range p.Stats().DCs {
				if d.BytesIn >= 128<<10 {
					loaded++
				}
			}
		}
	}
	r, err := lab.Measure(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	// The client's own, that of the round trips, and one for each visit.
	if begun != 4 || ended != begun || loaded != 2 {
		t.Errorf("%d pools were watched, %d of them to their end, %d under load", begun, ended, loaded)
	}
	if home := dcOf(t, r, "DC 2"); home.Files != 1 || len(home.Points) != 2 || !home.Home || len(home.RTT) == 0 {
		t.Errorf("home: %+v", home)
	}
	// Its only file is too small to measure with.
	if far := dcOf(t, r, "DC 4"); far.Files != 0 || len(far.RTT) != 0 || !strings.Contains(far.Note, "the media there is too small") {
		t.Errorf("DC 4: %+v", far)
	}
}

func TestRunOnBadGround(t *testing.T) {
	fault := func(f scenario.Fault) func(*scenario.Scenario, *bench.Options) {
		return func(s *scenario.Scenario, _ *bench.Options) { s.Faults = []scenario.Fault{f} }
	}
	for _, c := range []struct {
		name string
		edit func(*scenario.Scenario, *bench.Options)
		note string // Of DC 4.
		err  func(error) bool
	}{
		{"nothing is saved", func(s *scenario.Scenario, _ *bench.Options) { s.Chats, s.Accounts[0].Saved = nil, nil }, "",
			func(err error) bool { return errors.Is(err, bench.ErrNoFiles) }},
		{"a budget that is too small", func(_ *scenario.Scenario, o *bench.Options) { o.MaxBytes = 4<<20 - 1 }, "",
			func(err error) bool {
				e, ok := errors.AsType[*bench.BudgetError](err)
				return ok && e.Ways == 1 && e.Need == 4<<20
			}},
		{"a named file that is too small", func(s *scenario.Scenario, _ *bench.Options) { s.Files[0].Size = 1<<20 - 1 }, "",
			func(err error) bool {
				return errors.Is(err, bench.ErrNoFiles) && strings.Contains(err.Error(), "has 1048575 bytes")
			}},
		{"a time that is too short", func(_ *scenario.Scenario, o *bench.Options) { o.Time = 1 }, "the time ended",
			func(err error) bool { _, ok := errors.AsType[*bench.TimeError](err); return ok }},
		{"a data center that refuses", fault(scenario.Fault{Do: scenario.DoError, Method: "upload.getFile", Code: 400, Text: "LOCATION_INVALID"}),
			"it refuses: rpc error code 400: LOCATION_INVALID", func(err error) bool { return tgerr.Is(err, "LOCATION_INVALID") }},
		{"a flood at the first request", fault(scenario.Fault{Do: scenario.DoError, Method: "upload.getFile", Code: 420, Text: "FLOOD_WAIT_900"}),
			"Telegram asks to wait 15m0s before the first byte", isFlood},
		{"a flood in the first second", fault(scenario.Fault{Do: scenario.DoError, Method: "upload.getFile", First: 3, Code: 420, Text: "FLOOD_WAIT_900"}),
			"Telegram asks to wait 15m0s; try again then", isFlood},
		{"wrong bytes", fault(scenario.Fault{Do: scenario.DoFlip, Method: "upload.getFile", First: 2}), "it sent wrong bytes", isWrong},
		{"short answers", fault(scenario.Fault{Do: scenario.DoShort, Method: "upload.getFile", First: 2}), "it sent wrong bytes", isWrong},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, o := small(), few()
			c.edit(&s, &o)
			r, err := lab.Measure(t.Context(), s, o)
			if !c.err(err) {
				t.Fatalf("error %v", err)
			}
			if c.note == "" {
				return
			}
			if d := dcOf(t, r, "DC 4"); !strings.Contains(d.Note, c.note) || d.Verdict.Rate != 0 && !strings.Contains(c.name, "second") {
				t.Errorf("note %q, verdict %+v, want %q", d.Note, d.Verdict, c.note)
			}
			if r.Partial == "" {
				t.Error("the report does not say that it is not whole")
			}
		})
	}
}

func isFlood(err error) bool {
	flood, ok := errors.AsType[*dcpool.FloodError](err)
	return ok && flood.DC == 4
}

func isWrong(err error) bool {
	_, ok := errors.AsType[*bench.WrongError](err)
	return ok
}

// Ctrl-C in the middle leaves what was measured until then.
func TestRunStopped(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	stop := errors.New("the user said so")
	o := few()
	o.Measured = func(report.DC, report.Point) { cancel(stop) }
	r, err := lab.Measure(ctx, small(), o)
	if !errors.Is(err, stop) {
		t.Fatalf("error %v", err)
	}
	if home := dcOf(t, r, "DC 2"); len(home.Points) != 0 || len(home.RTT) == 0 {
		t.Errorf("home, which has no files but a key: %+v", home)
	}
	if d := dcOf(t, r, "DC 4"); len(d.Points) != 1 || d.Points[0].Rate == 0 || r.Partial != stop.Error() {
		t.Errorf("%d points, partial %q", len(d.Points), r.Partial)
	}
}

func TestRunNeedsALogin(t *testing.T) {
	for _, store := range []session.Store{nil, session.NewMemory()} {
		if _, err := bench.Run(t.Context(), bench.Options{Client: fetcher.Config{APIID: 1, APIHash: "x", Store: store}}); !errors.Is(err, dcpool.ErrLoginNeeded) {
			t.Errorf("error %v", err)
		}
	}
}

// Measuring leaves no advice of its own, and takes none.
func TestRunLeavesNoAdvice(t *testing.T) {
	cluster, o := strange(t, small(), nil)
	if _, err := bench.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	state, err := o.Client.Store.State()
	if err != nil {
		t.Fatal(err)
	}
	for dc, advice := range state.DCs {
		// The client that finds the files may remember how far away they are.
		if advice.Connections != 0 || advice.Window != 0 {
			t.Errorf("DC %d: advice %+v", dc, advice)
		}
	}
	for _, dc := range cluster.Log().DCs() {
		if dc.Handshakes > 1 {
			t.Errorf("DC %d: %d key exchanges, though --cold was not asked for", dc.DC, dc.Handshakes)
		}
	}
}
