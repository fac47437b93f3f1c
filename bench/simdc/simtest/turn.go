// Package simtest is what tests of clients need around the simulator.
//
//	scenario := simdc.DefaultScenario()
//	simtest.Turn(&scenario)
//	cluster, err := simdc.Start(ctx, simdc.Options{Scenario: &scenario})
package simtest

import (
	"os"
	"slices"
	"strings"

	"github.com/tgfetch/tgfetch/bench/simdc"
)

// Env is the environment variable with the beliefs to turn round, separated
// by commas; "all" is all of them. See package simdc's BELIEFS.md.
const Env = "TGFETCH_TURN"

// Turn turns round the beliefs that the environment names, besides those that
// the scenario turns already, so that a whole suite can be run under both
// readings. A name that is no belief makes [simdc.Start] fail.
func Turn(s *simdc.Scenario) {
	names := strings.FieldsFunc(os.Getenv(Env), func(r rune) bool { return r == ',' })
	for _, name := range names {
		turn := []simdc.Belief{simdc.Belief(name)}
		if name == "all" {
			turn = simdc.Beliefs()
		}
		for _, b := range turn {
			if !slices.Contains(s.Turned, b) {
				s.Turned = append(slices.Clip(s.Turned), b)
			}
		}
	}
}
