package bench

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/bench/internal/gauge"
	"github.com/tgfetch/tgfetch/bench/report"
	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/session"
)

// planted is one of the planted limits.
func planted(t *testing.T, name string) Planted {
	t.Helper()
	plants := Plants()
	i := slices.IndexFunc(plants, func(p Planted) bool { return p.Name == name })
	if i < 0 {
		t.Fatalf("no scenario %q", name)
	}
	return plants[i]
}

func dcOf(t *testing.T, r Report, name string) report.DC {
	t.Helper()
	i := slices.IndexFunc(r.DCs, func(d report.DC) bool { return d.Name() == name })
	if i < 0 {
		t.Fatalf("no %s in the report", name)
	}
	return r.DCs[i]
}

// The verdict names what was planted. These two are the cheap ones; tgfetch bench
// --sim verdicts runs all of them.
func TestVerdictNamesWhatWasPlanted(t *testing.T) {
	for _, c := range []struct {
		name        string
		connections int
	}{{"connection", 2}, {"flood9", 4}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := planted(t, c.name)
			// What is in flight takes half a second, so that a machine that others use
			// as well does not let it run dry.
			p.Scenario.Link.Rate = 500e3
			r, err := RunOn(t.Context(), p.Scenario, Options{
				Connections: c.connections, Rounds: 1, Cold: true,
			})
			if err != nil {
				t.Fatal(err)
			}
			if wrong := p.check(r); wrong != "" {
				t.Error(wrong)
			}
			d := dcOf(t, r, p.DC)
			if len(d.Dial) == 0 || len(d.RTT) == 0 || d.Exchange <= 0 || d.Checked == 0 || d.Note != "" {
				t.Errorf("%d dials, %d round trips, exchange %v s, %d bytes checked, note %q", len(d.Dial), len(d.RTT), d.Exchange, d.Checked, d.Note)
			}
			if r.Bytes == 0 || r.Bytes > r.MaxBytes || r.Partial != "" {
				t.Errorf("%d bytes of %d read; partial: %q", r.Bytes, r.MaxBytes, r.Partial)
			}
		})
	}
}

// small is a network without bounds, with files on DC 4 and in Saved Messages.
func small() simdc.Scenario {
	return simdc.Scenario{
		APIID: 1, APIHash: "x", DCs: []simdc.DC{{ID: 2}, {ID: 4}},
		Accounts: []simdc.Account{{ID: 7, HomeDC: 2, Phone: "+9996620001", Code: "22222", Saved: []simdc.Message{{ID: 1, File: 2}, {ID: 2, File: 3}}}},
		Chats:    []simdc.Chat{{ID: 1, Title: "x", Username: measuredChat, Messages: []simdc.Message{{ID: 1, File: 1}}}},
		Files:    []simdc.File{{ID: 1, DC: 4, Size: 8 << 20}, {ID: 2, DC: 2, Size: 4 << 20}, {ID: 3, DC: 4, Size: 100}},
	}
}

// few are the options of a measurement that is over soon.
func few() Options {
	return Options{MaxBytes: 32 << 20, Rounds: 1, Settings: []report.Setting{
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
	r, err := RunOn(t.Context(), s, o)
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
	fault := func(f simdc.Fault) func(*simdc.Scenario, *Options) {
		return func(s *simdc.Scenario, _ *Options) { s.Faults = []simdc.Fault{f} }
	}
	for _, c := range []struct {
		name string
		edit func(*simdc.Scenario, *Options)
		note string // Of DC 4.
		err  func(error) bool
	}{
		{"nothing is saved", func(s *simdc.Scenario, _ *Options) { s.Chats, s.Accounts[0].Saved = nil, nil }, "",
			func(err error) bool { return errors.Is(err, ErrNoFiles) }},
		{"a budget that is too small", func(_ *simdc.Scenario, o *Options) { o.MaxBytes = leastPerWay - 1 }, "",
			func(err error) bool {
				e, ok := errors.AsType[*BudgetError](err)
				return ok && e.Ways == 1 && e.Need == leastPerWay
			}},
		{"a named file that is too small", func(s *simdc.Scenario, _ *Options) { s.Files[0].Size = leastFile - 1 }, "",
			func(err error) bool {
				return errors.Is(err, ErrNoFiles) && strings.Contains(err.Error(), "has 1048575 bytes")
			}},
		{"a time that is too short", func(_ *simdc.Scenario, o *Options) { o.Time = 1 }, "the time ended",
			func(err error) bool { _, ok := errors.AsType[*TimeError](err); return ok }},
		{"a data center that refuses", fault(simdc.Fault{Do: simdc.DoError, Method: "upload.getFile", Code: 400, Text: "LOCATION_INVALID"}),
			"it refuses: rpc error code 400: LOCATION_INVALID", func(err error) bool { return tgerr.Is(err, "LOCATION_INVALID") }},
		{"a flood at the first request", fault(simdc.Fault{Do: simdc.DoError, Method: "upload.getFile", Code: 420, Text: "FLOOD_WAIT_900"}),
			"Telegram asks to wait 15m0s before the first byte", isFlood},
		{"a flood in the first second", fault(simdc.Fault{Do: simdc.DoError, Method: "upload.getFile", First: 3, Code: 420, Text: "FLOOD_WAIT_900"}),
			"Telegram asks to wait 15m0s; try again then", isFlood},
		{"wrong bytes", fault(simdc.Fault{Do: simdc.DoFlip, Method: "upload.getFile", First: 2}), "it sent wrong bytes", isWrong},
		{"short answers", fault(simdc.Fault{Do: simdc.DoShort, Method: "upload.getFile", First: 2}), "it sent wrong bytes", isWrong},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, o := small(), few()
			c.edit(&s, &o)
			r, err := RunOn(t.Context(), s, o)
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
	_, ok := errors.AsType[*gauge.WrongError](err)
	return ok
}

// Ctrl-C in the middle leaves what was measured until then.
func TestRunStopped(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	stop := errors.New("the user said so")
	o := few()
	o.Measured = func(report.DC, report.Point) { cancel(stop) }
	r, err := RunOn(ctx, small(), o)
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
		if _, err := Run(t.Context(), Options{Client: fetcher.Config{APIID: 1, APIHash: "x", Store: store}}); !errors.Is(err, dcpool.ErrLoginNeeded) {
			t.Errorf("error %v", err)
		}
	}
}

// Measuring leaves no advice of its own, and takes none.
func TestRunLeavesNoAdvice(t *testing.T) {
	cluster, o := strange(t, small(), nil)
	if _, err := Run(t.Context(), o); err != nil {
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
