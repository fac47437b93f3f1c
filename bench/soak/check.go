package soak

import (
	"fmt"
)

// Rules that evidence may violate.
const (
	RuleBytes    = "wrong bytes"       // a finished file is none of the round's
	RuleClaim    = "false claim"       // done or skipped, and it is not so
	RuleSilent   = "silent file"       // a finished file that nobody reported
	RuleMissing  = "missing file"      // not there at the end
	RuleRest     = "rest left"         // .part or journal at the end
	RuleStray    = "stray file"        // outside the target folders
	RuleEnd      = "end of process"    // hung, crashed, or a signal nobody sent
	RuleJSON     = "events"            // no JSON, no summary, or one that does not add up
	RuleCode     = "exit code"         // does not agree with the events
	RuleCause    = "cause"             // a failure that nothing the simulator did explains
	RuleMild     = "mild weather"      // a failure where the client promises none
	RuleItems    = "items"             // ended not once
	RuleFailed   = "list of failures"  // is not what failed
	RuleSecret   = "secret"            // in a text
	RulePanic    = "panic"             // of the process
	RuleTalk     = "talk"              // on stderr, where --json leaves nothing to say
	RuleInvented = "invented log line" // about what did not happen
	RuleUnlogged = "unlogged event"    // which the client must have noticed
)

// rules are all of them.
var rules = []string{
	RuleBytes, RuleClaim, RuleSilent, RuleMissing, RuleRest, RuleStray, RuleEnd, RuleJSON, RuleCode, RuleCause, RuleMild, RuleItems,
	RuleFailed, RuleSecret, RulePanic, RuleTalk, RuleInvented, RuleUnlogged,
}

// checker collects the violations of one round.
type checker struct {
	Evidence
	known map[string][]Item // by digest
	out   []Violation
}

// Check returns what must not be in the evidence, nil if all is well.
func Check(e Evidence) []Violation {
	c := &checker{Evidence: e, known: map[string][]Item{}}
	for _, i := range e.Round.Items {
		c.known[e.Digests[i.File]] = append(c.known[e.Digests[i.File]], i)
	}
	for _, path := range e.Strays {
		c.add(0, 0, RuleStray, "%s", path)
	}
	for n := range e.Steps {
		c.step(n)
	}
	c.final()
	return c.out
}

// add notes a violation; step and client count from 1.
func (c *checker) add(step, client int, rule, format string, args ...any) {
	c.out = append(c.out, Violation{Rule: rule, Step: step, Client: client, Text: fmt.Sprintf(format, args...)})
}

func (c *checker) step(n int) {
	step, plan := c.Steps[n], c.Round.Steps[n]
	c.bytes(n+1, step)
	var reported []event
	silenced := false // somebody could not say everything
	for i, client := range step.Clients {
		v := view{checker: c, step: n + 1, client: i + 1, plan: plan.Clients[i], seen: client, files: step.Files}
		v.events = v.parse()
		v.process()
		v.claims()
		v.resolved()
		v.waits(step)
		v.quotes(c.errorsSent(n))
		v.code(plan, excuses(c.Round, plan, step))
		v.items()
		v.failures()
		v.texts()
		reported = append(reported, v.events...)
		silenced = silenced || !v.complete()
	}
	if !silenced {
		c.silent(n, reported)
	}
	c.logs(n)
}

// view is one process as the checks see it.
type view struct {
	*checker
	step, client int
	plan         Client
	seen         ClientEvidence
	files        []Entry
	events       []event
}

func (v *view) add(rule, format string, args ...any) {
	v.checker.add(v.step, v.client, rule, format, args...)
}

// complete reports whether the process came to say all that it had to say.
func (v *view) complete() bool {
	_, ok := v.summary()
	return ok && !v.seen.Hung
}
