package bench

import (
	"os"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc"
)

// shrink makes every file of a profile at most limit bytes, so that a test
// takes a share of a profile's time.
func shrink(p Profile, limit simdc.Size, files int) Profile {
	s := p.Scenario
	s.Files = append([]simdc.File(nil), s.Files...)
	for i := range s.Files {
		f := &s.Files[i]
		if f.Size > limit {
			f.Size, f.SHA256 = limit, ""
		}
		f.Count = min(f.Count, files)
	}
	s.Chats = append([]simdc.Chat(nil), s.Chats...)
	for i := range s.Chats {
		c := &s.Chats[i]
		c.Messages = append([]simdc.Message(nil), c.Messages...)
		for j := range c.Messages {
			c.Messages[j].Count = min(c.Messages[j].Count, files)
		}
	}
	p.Scenario = s
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

func simulate(t *testing.T, opts SimOptions) SimReport {
	t.Helper()
	opts.Dir = t.TempDir()
	opts.Self = []string{os.Args[0]}
	report, err := Simulate(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestBaseline(t *testing.T) {
	b := shrink(find(t, "wan100")[0], 4<<20, 0)
	dir := t.TempDir()
	opts := SimOptions{Profiles: []Profile{b}, Dir: dir, Self: []string{os.Args[0]}}
	if err := opts.setDefaults(); err != nil {
		t.Fatal(err)
	}
	x, err := newBed(t.Context(), opts, b, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := x.sim.close(); err != nil {
			t.Error(err)
		}
	}()
	c := client{name: "gotd/4", role: roleBaseline, threads: 4}
	if err := x.prepare(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	run, err := x.run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", run)
	if run.Error != "" || run.FileBytes != 4<<20 || run.TwiceBytes != 0 {
		t.Errorf("%+v", run)
	}
}
