// Package simtest is what tests of clients need around the simulator.
//
//	cluster := simtest.Start(t, func(s *scenario.Scenario) { s.Faults = faults })
package simtest

import (
	"os"
	"slices"
	"strings"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// Env is the environment variable with the beliefs to turn round, separated
// by commas; "all" is all of them. See package simdc's BELIEFS.md.
const Env = "TGFETCH_TURN"

// Turn turns round the beliefs that the environment names, besides those that
// the scenario turns already, so that a whole suite can be run under both
// readings. A name that is no belief makes [simdc.Start] fail.
//
// What a test does to the scenario afterwards stands: see [Pin].
func Turn(s *scenario.Scenario) {
	for _, b := range beliefs() {
		if !slices.Contains(s.Turned, b) {
			s.Turned = append(slices.Clip(s.Turned), b)
		}
	}
}

// Turned reports whether the environment turns b round, for tests that expect
// something else then.
func Turned(b scenario.Belief) bool { return slices.Contains(beliefs(), b) }

// Pin makes s follow b, or the opposite of it if turned, whatever the environment
// says: for tests that are about b, and for those that assert what one reading alone
// allows, which say why. It is called after [Turn].
func Pin(s *scenario.Scenario, b scenario.Belief, turned bool) {
	s.Turned = slices.DeleteFunc(slices.Clone(s.Turned), func(have scenario.Belief) bool { return have == b })
	if turned {
		s.Turned = append(s.Turned, b)
	}
}

// beliefs are those that the environment names.
func beliefs() []scenario.Belief {
	var list []scenario.Belief
	for _, name := range strings.FieldsFunc(os.Getenv(Env), func(r rune) bool { return r == ',' }) {
		if name == "all" {
			list = append(list, scenario.Beliefs()...)
		} else {
			list = append(list, scenario.Belief(name))
		}
	}
	return list
}
