package lab

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// shrink makes a profile that takes a share of the time: files of 2 MiB at
// most, 20 of each kind, a tenth of the round trip, faults sooner.
func shrink(p Profile) Profile {
	const size, count = 2 << 20, 20
	s := &p.Scenario
	s.Link.RTT /= 10
	s.Link.CutAfter /= 40
	s.Link.Conns = slices.Clone(s.Link.Conns)
	for i := range s.Link.Conns {
		s.Link.Conns[i].N = 1 // So few bytes may need no other.
	}
	s.Files = slices.Clone(s.Files)
	for i := range s.Files {
		f := &s.Files[i]
		if f.Size > size {
			f.Size, f.SHA256 = size, ""
		}
		f.Count = min(f.Count, count)
	}
	s.Chats = slices.Clone(s.Chats)
	for i := range s.Chats {
		c := &s.Chats[i]
		c.Messages = slices.Clone(c.Messages)
		for j := range c.Messages {
			c.Messages[j].Count = min(c.Messages[j].Count, count)
		}
	}
	s.Faults = slices.Clone(s.Faults)
	for i := range s.Faults {
		f := &s.Faults[i]
		if f.Code == 420 {
			f.First, f.Every, f.Times, f.Text = 2, 1, 1, "FLOOD_WAIT_1"
		}
	}
	return p
}

func find(t *testing.T, names ...string) []Profile {
	t.Helper()
	profiles, err := Find(names...)
	if err != nil {
		t.Fatal(err)
	}
	return profiles
}

func simulate(t *testing.T, opts Options) Report {
	t.Helper()
	for i := range opts.Profiles {
		opts.Profiles[i] = shrink(opts.Profiles[i])
	}
	opts.Dir = t.TempDir()
	opts.Self = []string{os.Args[0]}
	opts.Runs = 1
	opts.Repeats = -1
	report, err := Simulate(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(opts.Dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	return report
}

// ours returns the last run of tgfetch on a profile.
func ours(t *testing.T, r Report, profile string) ClientRun {
	t.Helper()
	var last ClientRun
	for _, p := range r.Profiles {
		for _, run := range p.Runs {
			if p.Name == profile && run.Client == roleTgfetch {
				last = run
			}
		}
	}
	if last.Error != "" || last.Client == "" {
		t.Fatalf("%s: no run, or it failed: %s", profile, last.Error)
	}
	return last
}

// TestProfilesComplete asserts what noise on the machine cannot break: that
// every file comes whole, and how often things are asked for.
func TestProfilesComplete(t *testing.T) {
	for _, name := range []string{"wan100", "far300", "fat", "eight50", "onebad", "cut", "small", "mixed", "alone", "warm", "cold"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := find(t, name)[:1]
			run := ours(t, simulate(t, Options{Profiles: p}), name)
			if run.AskedBytes-run.TwiceBytes != run.Bytes || run.Files != len(p[0].measured()) {
				t.Errorf("%d bytes asked for, %d of them twice, for %d files of %d bytes", run.AskedBytes, run.TwiceBytes, run.Files, run.Bytes)
			}
			if name != "cold" && run.Handshakes+run.Imports > 0 {
				t.Errorf("%d key exchanges and %d imports though both were known", run.Handshakes, run.Imports)
			}
			if links := p[0].links(measuredChat); run.MessageCalls > len(links) {
				t.Errorf("%d message calls for %q", run.MessageCalls, links)
			}
		})
	}
}

func TestFloodIsWaitedFor(t *testing.T) {
	t.Parallel()
	run := ours(t, simulate(t, Options{Profiles: find(t, "flood")[:1]}), "flood")
	if run.Floods != 1 || seconds(run.FloodTime) != time.Second {
		t.Errorf("%d waits, %v", run.Floods, run.FloodTime)
	}
}

func TestPingpongEnds(t *testing.T) {
	t.Parallel()
	report := simulate(t, Options{Profiles: find(t, "pingpong"), Baseline: true})
	if run := ours(t, report, "pingpong"); run.AskedBytes != 0 {
		t.Errorf("%+v", run)
	}
	for _, target := range report.Profiles[0].Targets {
		if target.Verdict != Reached {
			t.Errorf("%+v", target)
		}
	}
}

// TestBaseline runs gotd on files of the home DC and of another.
func TestBaseline(t *testing.T) {
	t.Parallel()
	report := simulate(t, Options{Profiles: find(t, "fat", "small"), Baseline: true, Threads: []int{3}})
	for _, p := range report.Profiles {
		if got := p.clients(); !slices.Equal(got, []string{"tgfetch", "gotd/3"}) {
			t.Errorf("%s: clients %q", p.Name, got)
		}
		for _, run := range p.Runs {
			if run.Error != "" || run.AskedBytes != run.Bytes || run.TwiceBytes != 0 || run.Span <= 0 || run.Wall < run.Span || run.CPU <= 0 {
				t.Errorf("%s: %+v", p.Name, run)
			}
			if foreign := run.Client != roleTgfetch && p.Name == "small"; (run.Handshakes == 1) != foreign {
				t.Errorf("%s, %s: %d handshakes; gotd keeps no foreign keys", p.Name, run.Client, run.Handshakes)
			}
		}
	}
}

// TestWrongByteFails plants a wrong byte where the client cannot notice it.
func TestWrongByteFails(t *testing.T) {
	t.Parallel()
	p := find(t, "wan100")
	p[0].Scenario.Faults = []scenario.Fault{{Do: scenario.DoFlip, File: 512}}
	p[0].Scenario.Files[0].NoHashes = true
	report := simulate(t, Options{Profiles: p})
	if run := report.Profiles[0].Runs[0]; !strings.Contains(run.Error, "wrong bytes") {
		t.Errorf("%+v", run)
	}
	if report.Failed() != 1 || report.Profiles[0].Targets[0].Verdict != Missed {
		t.Errorf("%d failed, %+v", report.Failed(), report.Profiles[0].Targets)
	}
}

func TestSimulateRefuses(t *testing.T) {
	profiles := find(t, "wan100")
	for _, opts := range []Options{
		{},
		{Profiles: profiles, Runs: -1},
		{Profiles: profiles, Threads: []int{0}},
		{Profiles: profiles, Self: []string{"/nowhere/tgfetch"}},
		{Profiles: profiles, Dir: "/nowhere"},
	} {
		if _, err := Simulate(t.Context(), opts); err == nil {
			t.Errorf("%+v: no error", opts)
		}
	}
}

func TestWorkerRefuses(t *testing.T) {
	for _, args := range [][]string{nil, {"sim"}, {"sim", "/nowhere"}, {"tgfetch", "/nowhere"}, {"cook", "/nowhere"}} {
		if err := Worker(t.Context(), args, nil, nil); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}

func seconds(s float64) time.Duration {
	return time.Duration(s * float64(time.Second)).Round(time.Millisecond)
}
