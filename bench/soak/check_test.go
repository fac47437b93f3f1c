package soak

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// Digests of the files in fine.
var (
	digestA = strings.Repeat("a", 64)
	digestB = strings.Repeat("b", 64)
)

const (
	linkA = "https://t.me/simchaos/1"
	linkB = "https://t.me/simchaos/2"
	linkC = "https://t.me/simchaos/3" // leads to nothing
)

// fine is evidence of a round in which everything went as it must: file A
// comes in the first step, after a flood, and is there in the second, file B
// moves and comes in the second after a new key.
func fine() Evidence {
	return Evidence{
		Round: Round{
			Seed: 1, Number: 1, Home: 2, Links: []string{linkA, linkB, linkC}, Missing: []string{linkC},
			Items: []Item{{Message: 1, Link: linkA, File: 11, Size: 100, DC: 4}, {Message: 2, Link: linkB, File: 12, Size: 200, DC: 4}},
			Steps: []Step{{Clients: []Client{{}}}, {Mild: true, Clients: []Client{{}}}},
		},
		Digests: map[int64]string{11: digestA, 12: digestB},
		Secrets: []string{"api-hash-of-the-round"},
		Steps: []StepEvidence{
			{
				Events: []simdc.Event{
					request(4, 1, simdc.RequestLog{Method: getFile, File: 11, Err: "FLOOD_WAIT_1", Fault: scenario.DoError}),
					answer(4, 1, simdc.RequestLog{Method: getFile, File: 11, Err: "FLOOD_WAIT_1", Fault: scenario.DoError}),
					request(4, 1, simdc.RequestLog{Method: getFile, File: 11}),
					request(4, 1, simdc.RequestLog{Method: getFile, File: 12, Err: "Timeout", Fault: scenario.DoError}),
				},
				Clients: []ClientEvidence{{
					Code: codeMixed,
					Stdout: said(
						`{"event":"resolve","link":"`+linkA+`","file":"a.bin","size":100}`,
						done(linkA, "a.bin", 100, digestA),
						failure(linkB, "b.bin", codeTemporary),
						failure(linkC, "", codeMissing),
						summary(3, 1, 0, 2, 100, codeMixed),
					),
					Failed: said("# busy", linkB, "# not there", linkC),
					Log: said(
						`time=2026-11-23T12:00:00.000Z level=INFO msg="Telegram asks to wait" dc=4 method=upload.getFile wait=1s`,
					),
				}},
				Files: []Entry{{Name: "a.bin", Size: 100, SHA256: digestA}, {Name: "b.bin.part", Size: 200}},
			},
			{
				Events: []simdc.Event{
					{Event: simdc.EventOpen, DC: 5, Conn: 1},
					{Event: simdc.EventHandshake, DC: 5, Conn: 1, Handshake: &simdc.Handshake{Key: "1"}},
					request(5, 1, simdc.RequestLog{Method: getFile, File: 12, Err: "FILE_MIGRATE_4"}),
					answer(5, 1, simdc.RequestLog{Method: getFile, File: 12, Err: "FILE_MIGRATE_4"}),
					request(4, 1, simdc.RequestLog{Method: getFile, File: 12}),
				},
				Clients: []ClientEvidence{{
					Code: codeMissing,
					Stdout: said(
						`{"event":"skip","link":"`+linkA+`","file":"a.bin","path":"/x/a.bin","reason":"already there"}`,
						done(linkB, "b.bin", 200, digestB),
						failure(linkC, "", codeMissing),
						summary(3, 1, 1, 1, 200, codeMissing),
					),
					Failed: said("# not there", linkC),
					Log: said(
						`time=2026-11-23T12:00:00.000Z level=INFO msg="new key" dc=5 cdn=false addr=127.0.0.1:1`,
						`time=2026-11-23T12:00:00.000Z level=INFO msg="the file is on another data center" file=b.bin from=5 to=4`,
					),
				}},
				Files: []Entry{{Name: "a.bin", Size: 100, SHA256: digestA}, {Name: "b.bin", Size: 200, SHA256: digestB}},
			},
		},
	}
}

func request(dc, conn int, q simdc.RequestLog) simdc.Event {
	return simdc.Event{Event: simdc.EventRequest, Time: time.Unix(1, 0), DC: dc, Conn: conn, Request: &q}
}

func answer(dc, conn int, q simdc.RequestLog) simdc.Event {
	e := request(dc, conn, q)
	e.Event = simdc.EventAnswer
	return e
}

func said(lines ...string) string { return strings.Join(lines, "\n") + "\n" }

func done(link, name string, size int64, digest string) string {
	return fmt.Sprintf(`{"event":"done","link":%q,"file":%q,"path":"/x/%s","size":%d,"proven":%d,"sha256":%q}`, link, name, name, size, size, digest)
}

func failure(link, file string, code int) string {
	return fmt.Sprintf(`{"event":"error","link":%q,"file":%q,"error":"why","code":%d}`, link, file, code)
}

func summary(files, done, skipped, failed int, bytes int64, code int) string {
	return fmt.Sprintf(`{"event":"summary","files":%d,"done":%d,"skipped":%d,"failed":%d,"bytes":%d,"exit_code":%d}`, files, done, skipped, failed, bytes, code)
}

// TestCheckDetects spoils fine evidence in one way each.
func TestCheckDetects(t *testing.T) {
	if v := Check(fine()); len(v) > 0 {
		t.Fatalf("fine evidence: %v", v)
	}
	log := func(e *Evidence, step int, line string) {
		e.Steps[step].Clients[0].Log += "time=2026-11-23T12:00:00.000Z level=INFO " + line + "\n"
	}
	replace := func(text *string, old, new string) {
		if !strings.Contains(*text, old) {
			t.Fatalf("%q does not hold %q", *text, old)
		}
		*text = strings.Replace(*text, old, new, 1)
	}
	tried := map[string]bool{}
	for _, tc := range []struct {
		name string
		rule string
		do   func(e *Evidence, s []StepEvidence)
	}{
		{"a byte is wrong", RuleBytes, func(_ *Evidence, s []StepEvidence) { s[0].Files[0].SHA256 = strings.Repeat("c", 64) }},
		{"a partial file under its final name", RuleBytes, func(_ *Evidence, s []StepEvidence) {
			s[0].Files = append(s[0].Files, Entry{Name: "b.bin", Size: 199, SHA256: strings.Repeat("d", 64)})
		}},
		{"a file twice", RuleBytes, func(_ *Evidence, s []StepEvidence) {
			s[1].Files = append(s[1].Files, Entry{Name: "a (2).bin", Size: 100, SHA256: digestA})
		}},
		{"done and not there", RuleClaim, func(_ *Evidence, s []StepEvidence) { s[0].Files = s[0].Files[1:] }},
		{"skipped and not there", RuleClaim, func(_ *Evidence, s []StepEvidence) { s[1].Files = s[1].Files[1:] }},
		{"done with another hash", RuleClaim, func(_ *Evidence, s []StepEvidence) {
			replace(&s[0].Clients[0].Stdout, digestA, digestB)
		}},
		{"done with another size", RuleClaim, func(_ *Evidence, s []StepEvidence) {
			replace(&s[0].Clients[0].Stdout, `"size":100,"proven`, `"size":101,"proven`)
		}},
		{"done by another link", RuleClaim, func(_ *Evidence, s []StepEvidence) {
			replace(&s[0].Clients[0].Stdout, `"done","link":"`+linkA, `"done","link":"`+linkB)
		}},
		{"nobody reported it", RuleSilent, func(_ *Evidence, s []StepEvidence) {
			s[0].Files = append(s[0].Files, Entry{Name: "b.bin", Size: 200, SHA256: digestB})
		}},
		{"missing at the end", RuleMissing, func(_ *Evidence, s []StepEvidence) { s[1].Files = s[1].Files[:1] }},
		{"a rest at the end", RuleRest, func(_ *Evidence, s []StepEvidence) {
			s[1].Files = append(s[1].Files, Entry{Name: "b.bin.part.journal", Size: 256})
		}},
		{"a temporary file that nobody was killed over", RuleRest, func(_ *Evidence, s []StepEvidence) {
			s[0].Files = append(s[0].Files, Entry{Name: ".tgfetch-123", Size: 5})
			s[1].Files = append(s[1].Files, Entry{Name: ".tgfetch-123", Size: 5})
		}},
		{"outside", RuleStray, func(e *Evidence, _ []StepEvidence) { e.Strays = []string{"x"} }},
		{"hung", RuleEnd, func(_ *Evidence, s []StepEvidence) { s[0].Clients[0].Hung = true }},
		{"killed by nobody", RuleEnd, func(_ *Evidence, s []StepEvidence) { s[0].Clients[0].Code = -1 }},
		{"no JSON", RuleJSON, func(_ *Evidence, s []StepEvidence) { s[0].Clients[0].Stdout += "{\n" }},
		{"no summary", RuleJSON, func(_ *Evidence, s []StepEvidence) {
			out := &s[0].Clients[0].Stdout
			*out = (*out)[:strings.Index(*out, `{"event":"summary"`)]
		}},
		{"an event after the summary", RuleJSON, func(_ *Evidence, s []StepEvidence) {
			s[0].Clients[0].Stdout += failure(linkC, "", codeMissing) + "\n"
		}},
		{"done not counted", RuleJSON, func(_ *Evidence, s []StepEvidence) {
			replace(&s[0].Clients[0].Stdout, `"done":1`, `"done":0`)
		}},
		{"a failure not counted", RuleJSON, func(_ *Evidence, s []StepEvidence) {
			replace(&s[1].Clients[0].Stdout, `"files":3,"done":1,"skipped":1,"failed":1`, `"files":2,"done":1,"skipped":1,"failed":0`)
		}},
		{"bytes not counted", RuleJSON, func(_ *Evidence, s []StepEvidence) {
			replace(&s[0].Clients[0].Stdout, `"bytes":100`, `"bytes":99`)
		}},
		{"more proven than there is", RuleJSON, func(_ *Evidence, s []StepEvidence) {
			replace(&s[0].Clients[0].Stdout, `"proven":100`, `"proven":101`)
		}},
		{"unproven bytes not counted", RuleJSON, func(_ *Evidence, s []StepEvidence) {
			replace(&s[0].Clients[0].Stdout, `"proven":100`, `"proven":99`)
		}},
		{"found what is not there", RuleClaim, func(_ *Evidence, s []StepEvidence) {
			replace(&s[0].Clients[0].Stdout, `"file":"a.bin","size":100`, `"file":"a.bin","size":7`)
		}},
		{"a wait that nobody asked for", RuleInvented, func(_ *Evidence, s []StepEvidence) {
			s[0].Clients[0].Stdout = `{"event":"wait","dc":3,"what":"file","seconds":1}` + "\n" + s[0].Clients[0].Stdout
		}},
		{"another exit code than in the summary", RuleCode, func(_ *Evidence, s []StepEvidence) { s[0].Clients[0].Code = codeOK }},
		{"an exit code that the failures do not make", RuleCode, func(_ *Evidence, s []StepEvidence) {
			replace(&s[0].Clients[0].Stdout, `"exit_code":1`, `"exit_code":5`)
			s[0].Clients[0].Code = codeTemporary
		}},
		{"interrupted by nobody", RuleCode, func(_ *Evidence, s []StepEvidence) {
			replace(&s[0].Clients[0].Stdout, `"exit_code":1`, `"exit_code":130`)
			s[0].Clients[0].Code = codeInterrupted
		}},
		{"two interrupts and another code", RuleCode, func(e *Evidence, s []StepEvidence) {
			e.Round.Steps[0].Clients[0].End.Signal = Insist
			s[0].Clients[0] = ClientEvidence{Signalled: true, Code: 2}
		}},
		{"a cause that nothing explains", RuleCause, func(_ *Evidence, s []StepEvidence) { s[0].Events = s[0].Events[:0] }},
		{"disk full and nobody filled it", RuleCause, func(_ *Evidence, s []StepEvidence) {
			replace(&s[0].Clients[0].Stdout, `"code":5`, `"code":7`)
		}},
		{"a failure without a cause of its own", RuleCause, func(_ *Evidence, s []StepEvidence) {
			replace(&s[0].Clients[0].Stdout, `"code":5`, `"code":1`)
		}},
		{"a failure in mild weather", RuleMild, func(e *Evidence, _ []StepEvidence) { e.Round.Steps[0].Mild = true }},
		{"a file that the disk cannot hold and that is done", RuleItems, func(e *Evidence, _ []StepEvidence) {
			e.Round.Steps[1].Clients[0].FileLimit = 150
		}},
		{"a file that the disk can hold and that failed", RuleMild, func(e *Evidence, s []StepEvidence) {
			e.Round.Steps[0].Mild, e.Round.Steps[0].Clients[0].FileLimit = true, 1000
			replace(&s[0].Clients[0].Stdout, `"code":5`, `"code":7`)
		}},
		{"an item that ended twice", RuleItems, func(_ *Evidence, s []StepEvidence) {
			replace(&s[0].Clients[0].Stdout, done(linkA, "a.bin", 100, digestA), said(done(linkA, "a.bin", 100, digestA), failure(linkA, "a.bin", codeTemporary)))
		}},
		{"an item that did not end", RuleItems, func(_ *Evidence, s []StepEvidence) {
			replace(&s[0].Clients[0].Stdout, failure(linkB, "b.bin", codeTemporary)+"\n", "")
		}},
		{"a missing link that did not fail", RuleItems, func(_ *Evidence, s []StepEvidence) {
			replace(&s[1].Clients[0].Stdout, failure(linkC, "", codeMissing)+"\n", "")
		}},
		{"a link nobody asked for", RuleItems, func(_ *Evidence, s []StepEvidence) {
			replace(&s[0].Clients[0].Stdout, failure(linkB, "b.bin", codeTemporary), failure("https://t.me/x/1", "b.bin", codeTemporary))
		}},
		{"a failure that is not listed", RuleFailed, func(_ *Evidence, s []StepEvidence) {
			replace(&s[0].Clients[0].Failed, linkB, "# nothing")
		}},
		{"a missing link that is not listed", RuleFailed, func(_ *Evidence, s []StepEvidence) { s[1].Clients[0].Failed = "" }},
		{"listed and done", RuleFailed, func(_ *Evidence, s []StepEvidence) { s[0].Clients[0].Failed += linkA + "\n" }},
		{"a secret in the log", RuleSecret, func(e *Evidence, _ []StepEvidence) { log(e, 0, `msg=x api=api-hash-of-the-round`) }},
		{"a secret on stderr", RuleSecret, func(_ *Evidence, s []StepEvidence) { s[0].Clients[0].Stderr = "api-hash-of-the-round" }},
		{"something like a key in the log", RuleSecret, func(e *Evidence, _ []StepEvidence) {
			log(e, 0, "msg=x token="+strings.Repeat("0123456789abcdef", 4))
		}},
		{"a panic", RulePanic, func(_ *Evidence, s []StepEvidence) { s[0].Clients[0].Stderr = "panic: x\n\ngoroutine 7 [running]:\n" }},
		{"a data race", RulePanic, func(_ *Evidence, s []StepEvidence) {
			s[0].Clients[0].Stderr = "==================\nWARNING: DATA RACE\n"
		}},
		{"talk that nobody asked for", RuleTalk, func(_ *Evidence, s []StepEvidence) { s[0].Clients[0].Stderr = "tgfetch: hello\n" }},
		{"a flood that was none", RuleInvented, func(e *Evidence, _ []StepEvidence) {
			log(e, 1, `msg="Telegram asks to wait" dc=4 method=upload.getFile wait=1s`)
		}},
		{"a flood too many", RuleInvented, func(e *Evidence, _ []StepEvidence) {
			log(e, 0, `msg="Telegram asks to wait" dc=4 method=upload.getFile wait=1s`)
		}},
		{"a flood of another length", RuleInvented, func(e *Evidence, s []StepEvidence) {
			replace(&s[0].Clients[0].Log, "wait=1s", "wait=2s")
		}},
		{"a key that was not made", RuleInvented, func(e *Evidence, _ []StepEvidence) { log(e, 0, `msg="new key" dc=4`) }},
		{"a key that was not lost", RuleInvented, func(e *Evidence, _ []StepEvidence) {
			log(e, 0, `msg="key is not known any more, making a new one" dc=4`)
		}},
		{"a home that did not move", RuleInvented, func(e *Evidence, _ []StepEvidence) { log(e, 0, `msg="home moved" from=2 to=4`) }},
		{"a file that did not move", RuleInvented, func(e *Evidence, _ []StepEvidence) {
			log(e, 0, `msg="the file is on another data center" file=a.bin from=5 to=4`)
		}},
		{"wrong bytes that were right", RuleInvented, func(e *Evidence, _ []StepEvidence) { log(e, 0, `msg="a CDN sent wrong bytes" file=a.bin`) }},
		{"a CDN that did nothing", RuleInvented, func(e *Evidence, s []StepEvidence) {
			s[1].Events = nil
			log(e, 1, `msg="the CDN is left out of this file" file=a.bin`)
		}},
		{"a warning in calm weather", RuleInvented, func(_ *Evidence, s []StepEvidence) {
			s[1].Clients[0].Log += "time=2026-11-23T12:00:00.000Z level=WARN msg=\"something is wrong\"\n"
		}},
		{"an error that no server sent", RuleInvented, func(e *Evidence, _ []StepEvidence) {
			log(e, 0, `msg="call is repeated" error="rpc error code 500: INTERNAL"`)
		}},
		{"an error of the step before", RuleInvented, func(e *Evidence, _ []StepEvidence) {
			log(e, 1, `msg="call is repeated" error="rpc error code -503: Timeout"`)
		}},
		{"a transport error that no server sent", RuleInvented, func(e *Evidence, _ []StepEvidence) {
			log(e, 0, `msg="connection ended" error="transport error -429: too many connections"`)
		}},
		{"a flood that is not logged", RuleUnlogged, func(_ *Evidence, s []StepEvidence) { s[0].Clients[0].Log = "" }},
		{"a key that is not logged", RuleUnlogged, func(_ *Evidence, s []StepEvidence) {
			replace(&s[1].Clients[0].Log, "new key", "some key")
		}},
		{"a move that is not logged", RuleUnlogged, func(_ *Evidence, s []StepEvidence) {
			replace(&s[1].Clients[0].Log, "the file is", "something is")
		}},
		{"a reference that is not logged", RuleUnlogged, func(_ *Evidence, s []StepEvidence) {
			expired := simdc.RequestLog{Method: getFile, File: 11, Err: "FILE_REFERENCE_EXPIRED"}
			s[0].Events = append(s[0].Events, request(4, 1, expired), answer(4, 1, expired), request(4, 1, simdc.RequestLog{Method: getFile, File: 11}))
		}},
		{"a lost key that is not logged", RuleUnlogged, func(_ *Evidence, s []StepEvidence) {
			s[1].Events = append([]simdc.Event{request(5, 2, simdc.RequestLog{Method: getFile, Fault: scenario.DoForgetKey})}, s[1].Events...)
		}},
		{"a home that moved and is not logged", RuleUnlogged, func(_ *Evidence, s []StepEvidence) {
			moved := simdc.RequestLog{Method: getMessages, Err: "USER_MIGRATE_4"}
			s[0].Events = append(s[0].Events, request(2, 1, moved), answer(2, 1, moved), request(4, 1, simdc.RequestLog{Method: getMessages}))
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tried[tc.rule] = true
			e := fine()
			tc.do(&e, e.Steps)
			found := Check(e)
			if !slices.ContainsFunc(found, func(v Violation) bool { return v.Rule == tc.rule }) {
				t.Errorf("no %q in %v", tc.rule, found)
			}
		})
	}
	for _, rule := range rules {
		if !tried[rule] {
			t.Errorf("nothing violates the rule %q", rule)
		}
	}
}

// TestCheckForgives has what looks wrong and is right.
func TestCheckForgives(t *testing.T) {
	for _, tc := range []struct {
		name string
		do   func(e *Evidence, s []StepEvidence)
	}{
		{"killed in mid-line", func(e *Evidence, s []StepEvidence) {
			e.Round.Steps[0].Clients[0].End.Signal = Kill
			s[0].Clients[0] = ClientEvidence{Signalled: true, Code: -1, Stdout: `{"event":"resol`, Log: "time=2026-11-23T12:0"}
		}},
		{"interrupted", func(e *Evidence, s []StepEvidence) {
			e.Round.Steps[0].Clients[0].End.Signal = Interrupt
			s[0].Clients[0] = ClientEvidence{
				Signalled: true, Code: codeInterrupted, Failed: said(linkA, linkB), Stderr: said(stopping),
				Stdout: said(summary(2, 0, 0, 2, 0, codeInterrupted)),
			}
			s[0].Files = s[0].Files[1:]
			s[0].Events = nil
		}},
		{"errors that the simulator sent", func(e *Evidence, s []StepEvidence) {
			e.Round.Steps[0].Faults = []scenario.Fault{{Do: scenario.DoTransport, Code: -429}}
			s[0].Clients[0].Log += said(`time=2026-11-23T12:00:00.000Z level=DEBUG msg="call is repeated" error="rpc error code -503: Timeout"`,
				`time=2026-11-23T12:00:00.000Z level=DEBUG msg="call is repeated" error="rpc error code 420: FLOOD_WAIT (1)"`,
				`time=2026-11-23T12:00:00.000Z level=DEBUG msg="connection ended" error="transport error -429: too many connections"`)
		}},
		{"killed over a sidecar", func(e *Evidence, s []StepEvidence) {
			e.Round.Steps[0].Clients[0].End.Signal = Kill
			s[0].Clients[0] = ClientEvidence{Signalled: true, Code: -1}
			s[1].Files = append(s[1].Files, Entry{Name: ".tgfetch-123", Size: 5}, Entry{Name: "a.bin.info.json", Size: 5})
		}},
		{"a full disk", func(e *Evidence, s []StepEvidence) {
			e.Round.Steps[0].Clients[0].FileLimit = 10
			s[0].Clients[0].Stdout = strings.Replace(s[0].Clients[0].Stdout, `"code":5`, `"code":7`, 1)
		}},
		{"wrong bytes that were not compared before", func(_ *Evidence, s []StepEvidence) {
			s[0].Events = append(s[0].Events, request(4, 1, simdc.RequestLog{Method: getFile, File: 12, Fault: scenario.DoFlip}))
			s[1].Clients[0].Log += "time=2026-11-23T12:00:00.000Z level=WARN msg=\"bytes that do not match their hash are fetched again\" file=b.bin\n"
		}},
		{"a flood on a connection that broke", func(_ *Evidence, s []StepEvidence) {
			s[0].Clients[0].Log = ""
			last := len(s[0].Events) - 1
			s[0].Events = append(s[0].Events[:last:last], simdc.Event{Event: simdc.EventClose, DC: 4, Conn: 1}, s[0].Events[last])
		}},
		{"a reference nobody waited for", func(_ *Evidence, s []StepEvidence) {
			expired := simdc.RequestLog{Method: getFile, File: 11, Err: "FILE_REFERENCE_EXPIRED"}
			s[0].Events = append(s[0].Events, request(4, 1, expired), answer(4, 1, expired))
		}},
		{"a key that a process before did not miss", func(_ *Evidence, s []StepEvidence) {
			s[0].Events = append(s[0].Events, request(5, 1, simdc.RequestLog{Method: getFile, Fault: scenario.DoForgetKey}))
			s[1].Clients[0].Log += "time=2026-11-23T12:00:00.000Z level=INFO msg=\"key is not known any more, making a new one\" dc=5\n"
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := fine()
			tc.do(&e, e.Steps)
			if v := Check(e); len(v) > 0 {
				t.Errorf("%v", v)
			}
		})
	}
}
