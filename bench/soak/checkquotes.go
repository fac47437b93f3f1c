package soak

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// quoted matches what a text says that a server said: gotd's words for an
// rpc_error, and those for a transport error.
var quoted = regexp.MustCompile(`rpc error code -?\d+: ([A-Z][A-Za-z0-9_]*(?: \(\d+\))?)|transport error (-\d+)`)

// quotes checks that every error of a server that a process told of is one that
// the simulator sent.
func (v *view) quotes(sent map[string]bool) {
	for _, text := range []string{v.seen.Log, v.seen.Stdout} {
		for _, found := range quoted.FindAllStringSubmatch(text, -1) {
			what := found[2]
			if what == "" {
				what = bare(found[1])
			}
			if !sent[what] {
				v.add(RuleInvented, "%q, which no server said", found[0])
				sent[what] = true // Once is enough.
			}
		}
	}
}

// bare leaves the letters of an error: clients take numbers out of it.
func bare(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, text)
}

// errorsSent are the errors that the simulator may have sent in a step. A key
// that it forgot before, or does not know yet, is refused by the server below
// the log of requests.
func (c *checker) errorsSent(n int) map[string]bool {
	sent := map[string]bool{}
	if slices.Contains(c.Round.Scenario.Turned, scenario.FreshKeys) {
		sent["-404"] = true
	}
	for i, s := range c.Steps[:n+1] {
		for _, e := range s.Events {
			if e.Event != simdc.EventRequest {
				continue
			}
			if e.Request.Fault == scenario.DoForgetKey {
				sent["-404"] = true
			}
			if i == n {
				sent[bare(e.Request.Err)] = true
			}
		}
	}
	for _, f := range c.Round.Steps[n].Faults {
		if f.Do == scenario.DoTransport {
			sent[strconv.Itoa(f.Code)] = true
		}
	}
	return sent
}
