package soak

import (
	"slices"
	"strings"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// The exit codes, as the README and the man page have them.
const (
	codeOK          = 0
	codeMixed       = 1
	codeLogin       = 3
	codeMissing     = 4
	codeTemporary   = 5
	codeVerify      = 6
	codeDisk        = 7
	codeInterrupted = 130
)

// code checks the exit code against the events, and the events against what
// the simulator did.
func (v *view) code(plan Step, excused map[int]bool) {
	sum, ok := v.summary()
	if !ok || v.seen.Hung {
		if v.seen.Signalled && v.plan.End.Signal == Insist && v.seen.Code != codeInterrupted {
			v.add(RuleCode, "%d after two interrupts", v.seen.Code)
		}
		return
	}
	if v.seen.Code >= 0 && v.seen.Code != sum.ExitCode {
		v.add(RuleCode, "%d, the summary says %d", v.seen.Code, sum.ExitCode)
	}
	var codes []int
	for _, e := range v.of(eventError) {
		codes = append(codes, e.Code)
		if !excused[e.Code] {
			v.add(RuleCause, "%s %s: code %d without a cause: %s", e.Link, e.File, e.Code, e.Error)
		}
	}
	want := combine(codes)
	switch {
	case sum.ExitCode == codeInterrupted && v.seen.Signalled:
		want = codeInterrupted
	case sum.Failed > len(codes) && v.seen.Signalled:
		want = codeInterrupted
	}
	if sum.ExitCode != want {
		v.add(RuleCode, "%d, the failures make %d", sum.ExitCode, want)
	}
	v.promised(plan, codes)
}

// promised checks that nothing failed in mild weather but what is not there.
func (v *view) promised(plan Step, codes []int) {
	if !plan.Mild || v.seen.Signalled {
		return
	}
	tooLarge := v.tooLarge()
	for _, e := range v.of(eventError) {
		switch {
		case e.Code == codeMissing && slices.Contains(v.Round.Missing, e.Link):
		case e.Code == codeDisk && tooLarge[e.Link] > 0:
			tooLarge[e.Link]--
		default:
			v.add(RuleMild, "%s %s: %s", e.Link, e.File, e.Error)
		}
	}
	for link, n := range tooLarge {
		if n > 0 {
			v.add(RuleItems, "%s: %d files that are too large did not fail", link, n)
		}
	}
	if len(codes) < len(v.Round.Missing) {
		v.add(RuleItems, "%d failures, and %d links lead to nothing", len(codes), len(v.Round.Missing))
	}
}

// tooLarge counts, by link, the items that the process cannot write.
func (v *view) tooLarge() map[string]int {
	out := map[string]int{}
	for _, i := range v.Round.Items {
		if v.plan.FileLimit > 0 && i.Size > v.plan.FileLimit {
			out[i.Link]++
		}
	}
	return out
}

// combine is the exit code of a run with these failures.
func combine(codes []int) int {
	all := codeOK
	for _, c := range codes {
		switch {
		case all == codeOK:
			all = c
		case c != all:
			return codeMixed
		}
	}
	return all
}

// excuses are the codes that failures of a step may have, by what the simulator
// did and what the plan did to the client. Code 1 for a single failure is
// never among them: every failure has a cause.
func excuses(r Round, plan Step, seen StepEvidence) map[int]bool {
	out := map[int]bool{codeMissing: len(r.Missing) > 0}
	folders := map[int]int{}
	for _, c := range plan.Clients {
		folders[c.Dir]++
		out[codeTemporary] = out[codeTemporary] || folders[c.Dir] > 1
		out[codeDisk] = out[codeDisk] || c.FileLimit > 0
	}
	for _, e := range seen.Events {
		if e.Request == nil {
			continue
		}
		for _, code := range excusedBy(r, e) {
			out[code] = true
		}
	}
	return out
}

// excusedBy are the codes that one request explains.
func excusedBy(r Round, e simdc.Event) []int {
	q := e.Request
	switch q.Fault {
	case scenario.DoShort, scenario.DoLong, scenario.DoEmpty, scenario.DoFlip:
		return []int{codeVerify}
	case scenario.DoSize:
		return []int{codeVerify, codeTemporary}
	case scenario.DoForgetKey, scenario.DoLogOut:
		if e.DC == r.Home {
			return []int{codeLogin}
		}
		return []int{codeTemporary}
	case scenario.DoCut, scenario.DoStall, scenario.DoDrop, scenario.DoTransport, scenario.DoExpire, scenario.DoStop, scenario.DoStart, scenario.DoMove,
		scenario.DoRotate, scenario.DoFrame, scenario.DoNest, scenario.DoEndless, scenario.DoBomb, scenario.DoOptions:
		return []int{codeTemporary}
	case scenario.DoError:
		for _, prefix := range []string{"FILE_ID_INVALID", "LOCATION_INVALID"} {
			if strings.HasPrefix(q.Err, prefix) {
				return []int{codeMissing}
			}
		}
		return []int{codeTemporary}
	}
	return nil
}
