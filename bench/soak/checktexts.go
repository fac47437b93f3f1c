package soak

import (
	"regexp"
	"strings"
)

// crashes are the beginnings of what the Go runtime says when a process dies of
// itself, and of what the race detector says.
var crashes = []string{"panic: ", "fatal error: ", "unexpected fault address", "SIGSEGV", "WARNING: DATA RACE", "goroutine 1 ["}

// material matches what keys, hashes and tokens look like: long hexadecimal or
// base64 without a space in it.
var material = regexp.MustCompile(`[0-9a-fA-F]{32,}|[0-9A-Za-z+/_-]{43,}={0,2}`)

// texts checks everything that the process said.
func (v *view) texts() {
	for name, text := range map[string]string{"stdout": v.seen.Stdout, "stderr": v.seen.Stderr, "log": v.seen.Log, "list of failures": v.seen.Failed} {
		for _, secret := range v.Secrets {
			if strings.Contains(text, secret) {
				v.add(RuleSecret, "%s holds one of %d characters", name, len(secret))
			}
		}
		if v.seen.Hung {
			continue // It was made to show its goroutines.
		}
		for _, crash := range crashes {
			if at := strings.Index(text, crash); at >= 0 {
				v.add(RulePanic, "%s: %s", name, lineAt(text, at))
				break
			}
		}
	}
	v.talk()
	for _, line := range lines(v.seen.Log) {
		for key, value := range line.attrs {
			if found := material.FindString(value); found != "" && !strings.Contains(value, "/") {
				v.add(RuleSecret, "log: %q: %s looks like a key: %d characters", line.msg, key, len(found))
			}
		}
	}
}

// stopping is what a process says when it is interrupted.
const stopping = "tgfetch: stopping; press Ctrl-C again to stop at once"

// talk checks that stderr has nothing to say: failures are in the events.
func (v *view) talk() {
	if v.seen.Hung {
		return
	}
	for line := range strings.Lines(v.seen.Stderr) {
		line = strings.TrimSuffix(line, "\n")
		if v.seen.Signalled && line == stopping {
			continue
		}
		v.add(RuleTalk, "%q", line)
	}
}

func lineAt(text string, at int) string {
	line, _, _ := strings.Cut(text[at:], "\n")
	return line
}
