package lab

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc"
)

func TestProfiles(t *testing.T) {
	digests := map[string]string{} // by file
	for _, p := range Profiles() {
		if len(p.links(measuredChat)) == 0 {
			t.Errorf("%s: nothing to measure", p.Name)
		}
		for id, size := range p.measured() {
			if size == 0 {
				t.Errorf("%s: file %d is empty or missing", p.Name, id)
			}
		}
		warm := p.links(warmChat)
		for _, f := range p.Scenario.Files {
			if link := fmt.Sprintf("https://t.me/%s/%d", warmChat, f.DC); !slices.Contains(warm, link) {
				t.Errorf("%s: %s: nothing warms DC %d up", p.Name, f.Name, f.DC)
			}
			// The digests of these are too slow to compute at every start. A
			// run would notice a wrong one.
			key := fmt.Sprint(f.ID, " ", f.Size)
			if f.Size >= 256<<20 && len(f.SHA256) != 64 {
				t.Errorf("%s: %s has no sha256", p.Name, f.Name)
			}
			if other, ok := digests[key]; ok && other != f.SHA256 {
				t.Errorf("%s: %s is the same file with another sha256 elsewhere", p.Name, f.Name)
			}
			digests[key] = f.SHA256
		}
	}
}

func TestDigestOfFar300(t *testing.T) {
	f := find(t, "far300")[0].Scenario.Files[0]
	digest, err := simdc.Digest(t.Context(), f.ID, int64(f.Size))
	if err != nil || digest != f.SHA256 {
		t.Errorf("the file's SHA-256 is %s (%v), the profile says %s", digest, err, f.SHA256)
	}
}

func TestFind(t *testing.T) {
	tests := []struct {
		names, want string
	}{
		{"wan100", "wan100"},
		{"stall", "stall wan100"},
		{"wan100 stall wan100", "wan100 stall"},
		{"mixed", "mixed alone wan100"},
		{"eight50", "eight50"},
	}
	for _, test := range tests {
		got := strings.Join(profileNames(find(t, strings.Fields(test.names)...)), " ")
		if got != test.want {
			t.Errorf("%s: found %s, want %s", test.names, got, test.want)
		}
	}
	all := find(t, "all")
	if len(all) != len(Profiles()) {
		t.Errorf("all: %d of %d profiles; the references belong to it", len(all), len(Profiles()))
	}
	for _, name := range []string{"", "wan", "nothere.json", "profiles"} {
		if _, err := Find(name); err == nil {
			t.Errorf("%q: no error", name)
		}
	}
}

func TestScenarioFile(t *testing.T) {
	p, err := Find("profiles/small.json")
	if err != nil {
		t.Fatal(err)
	}
	if got := p[0].links(measuredChat); !slices.Equal(got, []string{"https://t.me/simbench/1-2000"}) {
		t.Errorf("links %q", got)
	}
	if n := len(p[0].measured()); n != 2000 {
		t.Errorf("%d files", n)
	}
}
