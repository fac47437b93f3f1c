package ladder

import (
	"testing"

	"github.com/tgfetch/tgfetch/bench/report"
)

const kib, mib = 1 << 10, 1 << 20

// network is what a path delivers, without noise.
type network struct {
	rtt       float64
	conn, all float64 // Bytes per second; 0 is without a bound.
	flood     int     // From so many requests on.
}

func (n network) result(s report.Setting) Result {
	if n.flood > 0 && s.Requests() >= n.flood {
		return Result{Flooded: s.Requests()}
	}
	rate := float64(s.Window) / n.rtt
	if n.conn > 0 {
		rate = min(rate, n.conn)
	}
	rate *= float64(s.Connections)
	if n.all > 0 {
		rate = min(rate, n.all)
	}
	return Result{Rate: rate}
}

// climb runs a plan to its end and returns the visits and the best rate seen.
func climb(t *testing.T, cfg Config, n network) (visits []report.Setting, best float64) {
	t.Helper()
	p := New(cfg)
	for s, ok := p.Next(); ok; s, ok = p.Next() {
		r := n.result(s)
		visits = append(visits, s)
		best = max(best, r.Rate)
		p.Record(r)
		if len(visits) > 500 {
			t.Fatal("the plan does not end")
		}
	}
	return visits, best
}

// gridBest is the best rate of every combination.
func gridBest(n network) (best float64) {
	for _, s := range Grid(8) {
		best = max(best, n.result(s).Rate)
	}
	return best
}

func TestPlanFindsTheBest(t *testing.T) {
	for _, c := range []struct {
		name string
		network
		most int // Visits.
	}{
		{"limit on the connection", network{rtt: 0.05, conn: 1e6}, 26},
		{"limit on all connections", network{rtt: 0.05, conn: 1e6, all: 4e6}, 24},
		{"one connection is enough", network{rtt: 0.05, all: 1e6}, 20},
		{"long way", network{rtt: 0.3, all: 40e6}, 40},
		{"flood from 9 requests on", network{rtt: 0.1, conn: 2e6, flood: 9}, 40},
		{"flood from 3 requests on", network{rtt: 0.1, conn: 2e6, flood: 3}, 40},
	} {
		t.Run(c.name, func(t *testing.T) {
			visits, best := climb(t, Config{}, c.network)
			if want := gridBest(c.network); best < 0.95*want {
				t.Errorf("best %.0f of the grid's %.0f", best, want)
			}
			if len(visits) > c.most || len(visits) > Most(Config{})+8 {
				t.Errorf("%d visits, want at most %d", len(visits), c.most)
			}
		})
	}
}

func TestLadderStopsWhenItStopsGrowing(t *testing.T) {
	visits, _ := climb(t, Config{}, network{rtt: 0.01, conn: 1e6, all: 2e6})
	for _, s := range visits {
		if s.Connections == 1 && s.Window > 512*kib {
			t.Errorf("visited %+v although one step less was enough", s)
		}
		if s.Connections > 4 {
			t.Errorf("visited %+v although 4 connections brought no more than 2", s)
		}
	}
}

func TestFloodRulesOutAsManyRequests(t *testing.T) {
	n := network{rtt: 0.1, conn: 1e6, flood: 5}
	p := New(Config{})
	floods, ban := 0, 0
	for s, ok := p.Next(); ok; s, ok = p.Next() {
		if ban > 0 && s.Requests() >= ban {
			t.Errorf("visited %+v with %d requests after %d were too many", s, s.Requests(), ban)
		}
		r := n.result(s)
		if r.Flooded > 0 {
			floods++
			ban = r.Flooded
		}
		p.Record(r)
	}
	if floods == 0 || floods > 4 {
		t.Errorf("%d floods to find out", floods)
	}
}

func TestFloodAtTheFirstRequest(t *testing.T) {
	p := New(Config{})
	visits := 0
	for s, ok := p.Next(); ok; s, ok = p.Next() {
		visits++
		p.Record(Result{Flooded: s.Requests()})
	}
	if visits > 3 {
		t.Errorf("%d visits although every one is answered with a flood", visits)
	}
}

// A flood with fewer requests than went well before, as of one that counts requests
// and not how many are under way, ends the plan, whenever it comes.
func TestFloodsThatComeLate(t *testing.T) {
	n := network{rtt: 0.05, conn: 1e6}
	for first := 1; first < 20; first++ {
		p := New(Config{})
		visits := 0
		for s, ok := p.Next(); ok; s, ok = p.Next() {
			if visits++; visits > 100 {
				t.Fatalf("floods from visit %d on: the plan does not end", first)
			}
			if visits >= first {
				p.Record(Result{Flooded: s.Requests()})
			} else {
				p.Record(n.result(s))
			}
		}
	}
}

// Every point is visited in each round, and no two rounds in the same order.
func TestRounds(t *testing.T) {
	visits, _ := climb(t, Config{Rounds: 3}, network{rtt: 0.05, conn: 1e6})
	n := len(visits) / 3
	if n*3 != len(visits) {
		t.Fatalf("%d visits in 3 rounds", len(visits))
	}
	for round := 1; round < 3; round++ {
		seen := map[report.Setting]bool{}
		for _, s := range visits[round*n : (round+1)*n] {
			seen[s] = true
		}
		if len(seen) != n {
			t.Errorf("round %d visits %d of %d points", round, len(seen), n)
		}
		if visits[round*n] == visits[0] || visits[round*n] == visits[(3-round)*n] {
			t.Errorf("round %d begins with %+v like another one", round, visits[round*n])
		}
	}
}

func TestPointsGivenAreVisitedOnce(t *testing.T) {
	visits, _ := climb(t, Config{Points: Grid(8), Rounds: 1}, network{rtt: 0.05, conn: 1e6, all: 2e6})
	seen := map[report.Setting]int{}
	for _, s := range visits {
		seen[s]++
	}
	if len(visits) != Most(Config{Points: Grid(8), Rounds: 1}) || len(seen) != len(visits) {
		t.Errorf("%d visits to %d points, want %d", len(visits), len(seen), Most(Config{Points: Grid(8), Rounds: 1}))
	}
	if seen[report.Setting{Connections: 8, Window: 4 * mib, Part: 1 * mib}] != 1 {
		t.Error("a corner is missing")
	}
}
