package soak

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// Round is one world and what happens in it, step by step. All of it follows
// from Seed and Number.
type Round struct {
	Seed   uint64 `json:"seed"`
	Number int    `json:"number"`
	Kind   string `json:"kind"`
	// Scenario has no faults; those of each step come on top.
	Scenario scenario.Scenario `json:"scenario"`
	Items    []Item            `json:"items"`
	Links    []string          `json:"links"`
	// Missing are the links, of Links, that lead to nothing.
	Missing []string `json:"missing,omitempty"`
	Home    int      `json:"home"`
	// Flags are given to every client.
	Flags []string `json:"flags"`
	Steps []Step   `json:"steps"`
}

// Step is a time under one weather, in which clients run at the same time.
type Step struct {
	// Weather names the hazards.
	Weather []string         `json:"weather"`
	Faults  []scenario.Fault `json:"faults,omitempty"`
	// Mild says that the client promises to bring everything nevertheless.
	Mild    bool     `json:"mild"`
	Clients []Client `json:"clients"`
}

// Client is one process.
type Client struct {
	// Dir is the number of its target folder.
	Dir int `json:"dir"`
	// Flags come after the round's.
	Flags []string `json:"flags,omitempty"`
	// End is how the process ends, if not by itself.
	End End `json:"end,omitzero"`
	// FileLimit, if not zero, is the largest file, in bytes, that it may write.
	FileLimit int64 `json:"file_limit,omitempty"`
}

// leastLimit is enough for all that a client writes beside the files.
const leastLimit = 128 << 10

// Signals of an End.
const (
	Kill      = "kill"      // SIGKILL
	Interrupt = "interrupt" // SIGINT once
	Insist    = "insist"    // SIGINT twice
)

// End is a signal that a process gets in mid-work.
type End struct {
	Signal string `json:"signal,omitempty"`
	// After is the number of requests of the step that the simulator has
	// handled by then; Done, if not zero, the number of files that the process
	// has called done, instead. The process may end before.
	After int `json:"after,omitempty"`
	Done  int `json:"done,omitempty"`
}

// Replay is how to run the round again, as --chaos takes it.
func (r Round) Replay() string { return fmt.Sprintf("%d:%d", r.Seed, r.Number) }

// Plan makes round number n (from 1) of a seed.
func Plan(seed uint64, n int) Round {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	p := &planner{Rand: r, world: newWorld(r)}
	p.round = Round{Seed: seed, Number: n}
	p.full = r.IntN(5) == 0 && !p.unhashed()
	p.flags()
	p.steps()
	p.calm(p.folders)
	p.round.Scenario, p.round.Items, p.round.Links, p.round.Missing = p.scenario, p.items, p.links, p.missing
	p.round.Home = p.home
	return p.round
}

// planner makes one round.
type planner struct {
	*rand.Rand
	world
	round   Round
	full    bool // Every byte is compared with hashes.
	folders int  // How many target folders there are.
}

// unhashed reports whether there may be a file whose bytes cannot be proven.
func (p *planner) unhashed() bool {
	return slices.Contains(p.scenario.Turned, scenario.PhotoHashes) ||
		slices.ContainsFunc(p.items, func(i Item) bool { return i.NoHashes })
}

func (p *planner) flags() {
	verify := "server"
	if p.full {
		verify = "full"
	}
	p.round.Flags = []string{"--verify", verify, "--stall-timeout", fmt.Sprintf("%ds", 8+p.IntN(8))}
	if p.IntN(3) == 0 {
		p.round.Flags = append(p.round.Flags, "--write-info-json")
	}
	if p.IntN(12) == 0 {
		p.round.Flags = append(p.round.Flags, pick(p.Rand, []string{"--restart", "--no-continue"}))
	}
	if p.IntN(4) == 0 {
		p.round.Flags = append(p.round.Flags, "--connections", fmt.Sprint(1+p.IntN(4)))
	}
	if p.IntN(3) == 0 {
		p.round.Flags = append(p.round.Flags, "--transport", pick(p.Rand, []string{"obfuscated", "padded", "intermediate", "abridged", "full"}))
	}
}

// steps are those before the last one.
func (p *planner) steps() {
	p.folders = 1
	switch n := p.IntN(20); {
	case n < 7:
		p.round.Kind = "mild"
		p.step(p.mild(), true, Client{})
	case n < 11:
		p.round.Kind = "kills"
		for range 1 + p.IntN(5) {
			p.step(p.mild(), true, Client{End: p.end(Kill)})
		}
	case n < 13:
		p.round.Kind = "interrupts"
		for range 1 + p.IntN(2) {
			p.step(p.mild(), true, Client{End: p.end(pick(p.Rand, []string{Interrupt, Interrupt, Insist}))})
		}
	case n < 14 && !p.unhashed():
		p.doubts()
	case n < 17:
		p.round.Kind = "harsh"
		p.step(append(p.some(harsh, 1+p.IntN(2)), p.mild()...), false, Client{})
	case n < 18:
		p.round.Kind = "two in one folder"
		p.step(p.mild(), false, Client{}, Client{})
	case n < 19:
		p.round.Kind = "two folders"
		p.folders = 2
		p.step(p.mild(), false, Client{}, Client{Dir: 1, End: p.end(pick(p.Rand, []string{"", Kill}))})
	default:
		if p.IntN(2) == 0 {
			p.round.Kind = "home lost"
			p.step(p.some(homeless, 1), false, Client{})
			return
		}
		p.round.Kind = "full disk"
		p.step(p.mild(), true, Client{FileLimit: leastLimit + int64(p.IntN(2<<20))})
	}
}

// doubts are full verifications of wrong bytes, which end before they are done;
// who verifies a sample then goes on from what they left.
func (p *planner) doubts() {
	p.round.Kind = "doubts"
	for range 1 + p.IntN(3) {
		client := Client{Flags: []string{"--verify", "full"}, End: p.end(pick(p.Rand, []string{Kill, Kill, Interrupt, ""}))}
		hazards := append(p.some(fullHashes, len(fullHashes)), lateHashes)
		p.step(append(hazards, p.some(mild, 1)...), true, client)
	}
}

// end is a signal at a moment that is early more often than late, or when a
// file has just got its name and others are about to.
func (p *planner) end(signal string) End {
	switch {
	case signal == "":
		return End{}
	case p.IntN(4) == 0:
		return End{Signal: signal, Done: 1 + p.IntN(4)}
	}
	return End{Signal: signal, After: 1 + p.IntN(1<<(1+p.IntN(7)))}
}

// mild mixes mild hazards, as many as one call can bear.
func (p *planner) mild() []hazard {
	list := append([]hazard(nil), mild...)
	if p.full {
		list = append(list, fullHashes...)
	} else {
		list = append(list, serverHashes...)
	}
	cost := 0
	var out []hazard
	for _, h := range p.some(list, 1+p.IntN(5)) {
		if cost += h.cost; cost <= mostRetries {
			out = append(out, h)
		}
	}
	return out
}

// some picks n different hazards.
func (p *planner) some(list []hazard, n int) []hazard {
	var out []hazard
	for _, i := range p.Perm(len(list))[:n] {
		out = append(out, list[i])
	}
	return out
}

func (p *planner) step(hazards []hazard, mild bool, clients ...Client) {
	s := Step{Mild: mild, Clients: clients}
	for _, h := range hazards {
		s.Weather = append(s.Weather, h.name)
		s.Faults = append(s.Faults, h.make(p.Rand, p.world)...)
	}
	p.round.Steps = append(p.round.Steps, s)
}

// calm ends the round: what is missing comes now.
func (p *planner) calm(folders int) {
	clients := make([]Client, folders)
	for i := range clients {
		clients[i].Dir = i
	}
	p.step(nil, true, clients...)
}
