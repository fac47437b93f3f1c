package soak

import (
	"strings"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// noticing finds what a client must have noticed: an answer went out to it on a
// connection that did not break, and what it asked later shows that it
// understood. A call that is not wanted any more may be answered unheard, so
// one line is enough for all of a kind.
type noticing struct {
	home   int           // what the clients take for home, -1 if that is not known
	alone  bool          // one client
	broken map[conn]bool // connections whose last answers may not have arrived

	pending []consequence
	least   tally
}

// mustNotice returns what the clients of a step must have logged.
func mustNotice(events []simdc.Event, home int, alone bool) tally {
	n := noticing{home: home, alone: alone, broken: brokenConns(events), least: tally{}}
	for _, e := range events {
		n.event(e)
	}
	return n.least
}

// brokenConns are the connections that closed while something else went on.
func brokenConns(events []simdc.Event) map[conn]bool {
	last := 0
	for i, e := range events {
		if e.Event == simdc.EventRequest {
			last = i
		}
	}
	out := map[conn]bool{}
	for _, e := range events[:last] {
		if e.Event == simdc.EventClose {
			out[connOf(e)] = true
		}
	}
	return out
}

// consequence is what a client does when it has noticed something.
type consequence struct {
	event  string
	dc     int
	method string // empty is any
	file   int64  // 0 is any
	what   string // that it must have logged then
}

// event takes in the next event: it completes what was noticed before, and may
// be something to notice.
func (n *noticing) event(e simdc.Event) {
	n.settle(e)
	if e.Event == simdc.EventAnswer && !n.broken[connOf(e)] {
		n.answered(e)
	}
	if e.Event == simdc.EventRequest && e.Request.Fault == scenario.DoForgetKey && n.alone {
		n.pending = append(n.pending, consequence{event: simdc.EventHandshake, dc: e.DC, what: describe(msgLostKey, e.DC)})
	}
}

func (n *noticing) answered(e simdc.Event) {
	q := e.Request
	then := consequence{event: simdc.EventRequest, dc: e.DC, method: q.Method, file: q.File}
	switch name, number, _ := cutNumber(q.Err); {
	case name == "FLOOD_WAIT" || name == "FLOOD_PREMIUM_WAIT":
		then.file = 0
		then.what = describe(msgFlood, e.DC, q.Method, time.Duration(number)*time.Second)
	case name == "FILE_MIGRATE" && q.Method == getFile:
		then.dc, then.what = number, describe(msgFileMoved, number)
	case strings.HasPrefix(q.Err, "FILE_REFERENCE_") && q.Method == getFile:
		then.what = msgReference
	case (name == "USER_MIGRATE" || name == "PHONE_MIGRATE" || name == "NETWORK_MIGRATE") && e.DC == n.home:
		then.dc, then.file, then.what = number, 0, describe(msgHome, number)
		n.home = number
	default:
		return
	}
	n.pending = append(n.pending, then)
}

// settle moves what e is the consequence of to what must be logged.
func (n *noticing) settle(e simdc.Event) {
	kept := n.pending[:0]
	for _, p := range n.pending {
		if p.follows(e) {
			n.least[p.what] = 1
		} else {
			kept = append(kept, p)
		}
	}
	n.pending = kept
}

func (p consequence) follows(e simdc.Event) bool {
	if e.Event != p.event || e.DC != p.dc {
		return false
	}
	if e.Event == simdc.EventHandshake {
		return e.Handshake.Err == ""
	}
	return (p.method == "" || p.method == e.Request.Method) && (p.file == 0 || p.file == e.Request.File)
}
