package soak

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// rounds is how many rounds the tests of the planner look at.
const rounds = 3000

func TestPlanFollowsFromItsSeed(t *testing.T) {
	text := func(seed uint64, n int) string {
		data, err := json.Marshal(Plan(seed, n))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	seen := map[string]string{}
	for seed := range uint64(3) {
		for n := range 20 {
			first := text(seed, n)
			if first != text(seed, n) {
				t.Fatalf("round %d:%d is not the same twice", seed, n)
			}
			name := fmt.Sprintf("%d:%d", seed, n)
			if same := seen[first]; same != "" {
				t.Errorf("rounds %s and %s are the same", same, name)
			}
			seen[first] = name
		}
	}
}

// TestPlansAreSound checks that every round can be simulated and has what the
// checks rely on.
func TestPlansAreSound(t *testing.T) {
	for n := range rounds {
		r := Plan(7, n)
		if err := r.Scenario.Validate(); err != nil {
			t.Fatalf("round %d: %v", n, err)
		}
		var bytes int64
		for _, i := range r.Items {
			bytes += i.Size
			if !slices.Contains(r.Links, i.Link) {
				t.Errorf("round %d: no link leads to file %d", n, i.File)
			}
		}
		if bytes > maxRoundBytes+1<<20 {
			t.Errorf("round %d has %d bytes", n, bytes)
		}
		for i, s := range r.Steps {
			if err := (scenario.Scenario{
				APIID: 1, APIHash: "x", DCs: r.Scenario.DCs, Faults: s.Faults,
			}).Validate(); err != nil {
				t.Errorf("round %d, step %d: %v", n, i, err)
			}
			if len(s.Clients) == 0 {
				t.Errorf("round %d, step %d has no client", n, i)
			}
		}
		last := r.Steps[len(r.Steps)-1]
		if len(last.Faults) > 0 || !last.Mild || slices.ContainsFunc(last.Clients, func(c Client) bool { return c.End.Signal != "" || c.FileLimit > 0 }) {
			t.Errorf("round %d does not end in calm weather", n)
		}
	}
}

// TestPlansHoldEverything checks that no hazard, kind of round or fault that
// tgfetch must bear is left out by chance or by mistake.
func TestPlansHoldEverything(t *testing.T) {
	weather, kinds, faults, signals := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	slow := map[scenario.Size]bool{}
	for n := range rounds {
		r := Plan(7, n)
		kinds[r.Kind] = true
		if r.slowCDN() {
			slow[r.Scenario.DCs[0].Link.Rate] = true
		}
		for _, s := range r.Steps {
			for _, name := range s.Weather {
				weather[name] = true
			}
			for _, f := range s.Faults {
				faults[f.Do] = true
			}
			for _, c := range s.Clients {
				signals[c.End.Signal] = true
			}
		}
	}
	for _, h := range slices.Concat(mild, serverHashes, fullHashes, harsh, homeless) {
		if !weather[h.name] {
			t.Errorf("no round has the hazard %q", h.name)
		}
	}
	if !slow[0] || !slow[40] || !slow[2000] {
		t.Errorf("slow CDNs have rates %v only", slow)
	}
	for _, kind := range []string{"mild", "kills", "interrupts", "harsh", "two in one folder", "two folders", "home lost", "full disk"} {
		if !kinds[kind] {
			t.Errorf("no round is of the kind %q", kind)
		}
	}
	for _, signal := range []string{Kill, Interrupt, Insist} {
		if !signals[signal] {
			t.Errorf("nobody gets the signal %q", signal)
		}
	}
	for _, do := range scenario.FaultActions() {
		if excuse := leftOut[do]; (excuse == "") != faults[do] {
			t.Errorf("fault %q: in a round: %v, left out because %q", do, faults[do], excuse)
		}
	}
}

// leftOut are the faults that rounds do not have, and why.
var leftOut = map[string]string{
	scenario.DoDrop:     "a server that answers pings and nothing else is waited for",
	scenario.DoMoveName: "it changes what the links of the round lead to",
}
