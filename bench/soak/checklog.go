package soak

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// Messages of the client's log that are compared with what the simulator did.
const (
	msgFlood     = "Telegram asks to wait"
	msgNewKey    = "new key"
	msgLostKey   = "key is not known any more, making a new one"
	msgImported  = "login imported"
	msgLostLogin = "login is not known any more, importing it again"
	msgHome      = "home moved"
	msgFileMoved = "the file is on another data center"
	msgReference = "the file reference expired and was renewed"
	msgCDNBytes  = "a CDN sent wrong bytes"
	msgBytes     = "bytes that do not match their hash are fetched again"
	msgCDNOut    = "the CDN is left out of this file"
)

// tally counts things by their description.
type tally map[string]int

// logs compares what the clients of a step logged with what the simulator did.
// Clients that ran at once are taken together: the simulator cannot tell them
// apart.
func (c *checker) logs(n int) {
	said, happened := c.said(n), c.happened(n)
	c.warnings(n)
	for what, times := range said {
		most, counted := happened.most[what]
		if !counted {
			most, counted = happened.most[kindOf(what)]
		}
		if counted && times > most || !counted && judged(what) {
			c.add(n+1, 0, RuleInvented, "%q is logged %d times and happened %d times", what, times, most)
		}
	}
	if !c.eloquent(n) {
		return
	}
	for what, least := range happened.least {
		if said[what] < least {
			c.add(n+1, 0, RuleUnlogged, "%q happened and is logged %d times, must be %d", what, said[what], least)
		}
	}
}

// warnings checks that nobody warns of anything in calm weather, but of what is
// compared with the simulator's log anyway.
func (c *checker) warnings(n int) {
	if len(c.Round.Steps[n].Faults) > 0 || n+1 < len(c.Round.Steps) {
		return
	}
	for i, client := range c.Steps[n].Clients {
		for _, l := range lines(client.Log) {
			if (l.level == "WARN" || l.level == "ERROR") && !judged(l.msg) {
				c.add(n+1, i+1, RuleInvented, "%s in calm weather: %s %v", l.level, l.msg, l.attrs)
			}
		}
	}
}

// judged reports whether a description is of a kind that must have happened.
func judged(what string) bool {
	switch kindOf(what) {
	case msgFlood, msgNewKey, msgLostKey, msgImported, msgLostLogin, msgHome, msgFileMoved, msgReference, msgCDNBytes, msgBytes, msgCDNOut:
		return true
	}
	return false
}

// describe names an event the same way for both sides: its message and what
// it is about.
func describe(msg string, about ...any) string {
	return strings.TrimSpace(msg + ": " + strings.TrimSpace(fmt.Sprintln(about...)))
}

func kindOf(what string) string {
	kind, _, _ := strings.Cut(what, ": ")
	return kind
}

// eloquent reports whether the clients of a step came to log all they
// noticed.
func (c *checker) eloquent(n int) bool {
	for i, client := range c.Steps[n].Clients {
		if plan := c.Round.Steps[n].Clients[i]; client.Signalled || client.Hung || plan.FileLimit > 0 {
			return false
		}
	}
	return true
}

func (c *checker) said(n int) tally {
	out := tally{}
	for _, client := range c.Steps[n].Clients {
		for _, l := range lines(client.Log) {
			out[aboutLine(l)]++
		}
	}
	return out
}

// aboutLine describes a line of the log.
func aboutLine(l logLine) string {
	a := l.attrs
	switch l.msg {
	case msgFlood:
		return describe(l.msg, a["dc"], a["method"], a["wait"])
	case msgNewKey, msgLostKey, msgImported, msgLostLogin:
		return describe(l.msg, a["dc"])
	case msgHome:
		return describe(l.msg, a["to"])
	case msgFileMoved:
		return describe(l.msg, a["to"])
	default:
		return l.msg
	}
}

// history is what the simulator did in one step: how often a line may and must
// be logged about it.
type history struct {
	most, least tally
	clients     int // that ran in the step
}

// conn names a connection of the simulator.
type conn struct {
	dc       int
	endpoint string
	n        int
}

func connOf(e simdc.Event) conn { return conn{e.DC, e.Endpoint, e.Conn} }

func (c *checker) happened(n int) history {
	h := history{most: tally{}, clients: len(c.Steps[n].Clients)}
	if c.Round.slowCDN() {
		h.most[msgCDNOut] = math.MaxInt
	}
	for _, before := range c.Steps[:n] {
		for _, e := range before.Events {
			h.earlier(e)
		}
	}
	home := -1
	if n == 0 {
		home = c.Round.Home
	}
	h.least = mustNotice(c.Steps[n].Events, home, h.clients == 1)
	unused := map[conn]bool{} // connections on which a key was made and nothing asked
	for _, e := range c.Steps[n].Events {
		at := connOf(e)
		switch {
		case e.Event == simdc.EventOpen:
			delete(unused, at) // A data center that came back counts anew.
		case e.Event == simdc.EventHandshake && e.Handshake.Err == "":
			h.most[describe(msgNewKey, e.DC)]++
			unused[at] = true
		case e.Event == simdc.EventRequest:
			if unused[at] {
				// Who asks under a key has made it.
				delete(unused, at)
				h.least[describe(msgNewKey, e.DC)]++
			}
			h.request(e)
		}
	}
	return h
}

// request notes what one request may have made the client log.
func (h history) request(e simdc.Event) {
	q := e.Request
	if q.Import != 0 {
		h.most[describe(msgImported, e.DC)]++
	}
	name, number, _ := cutNumber(q.Err)
	switch name {
	case "FLOOD_WAIT", "FLOOD_PREMIUM_WAIT":
		h.most[describe(msgFlood, e.DC, q.Method, time.Duration(number)*time.Second)]++
	case "USER_MIGRATE", "NETWORK_MIGRATE", "PHONE_MIGRATE":
		h.most[describe(msgHome, number)]++
	case "FILE_MIGRATE":
		h.most[describe(msgFileMoved, number)]++
	case "AUTH_KEY_UNREGISTERED":
		h.most[describe(msgLostLogin, e.DC)]++
	}
	if strings.HasPrefix(q.Err, "FILE_REFERENCE_") || q.Err == "FILE_ID_INVALID" || q.Err == "LOCATION_INVALID" {
		h.most[msgReference]++ // The message is asked for again.
	}
	h.lostKey(e)
	h.wrongBytes(e)
	h.lostCDN(e)
	if aboutCDN(e) && h.most[msgCDNOut] < math.MaxInt {
		h.most[msgCDNOut]++
	}
}

// earlier notes what happened in a step before and lasts: a key that was lost
// may be missed by a later process first, a CDN that moved is where nobody looks
// for it, and bytes that were not compared before a signal are compared later.
func (h history) earlier(e simdc.Event) {
	h.lostKey(e)
	h.lostCDN(e)
	if e.DC != cdnDC { // What a CDN sends is compared before it is written.
		h.wrongBytes(e)
	}
}

// wrongBytes notes that the simulator spoiled an answer.
func (h history) wrongBytes(e simdc.Event) {
	switch {
	case e.Event != simdc.EventRequest || e.Request.Fault != scenario.DoFlip:
	case e.Request.Method == getCDNFile:
		h.most[msgCDNBytes]++
	default:
		h.most[msgBytes]++
	}
}

// lostCDN notes that every file may have to do without the CDN.
func (h history) lostCDN(e simdc.Event) {
	if e.Event != simdc.EventRequest {
		return
	}
	switch e.Request.Fault {
	case scenario.DoMove, scenario.DoRotate, scenario.DoStop:
		h.most[msgCDNOut] = math.MaxInt
	}
}

// lostKey notes a key that the simulator forgot, which every client may find out
// for itself.
func (h history) lostKey(e simdc.Event) {
	if e.Event == simdc.EventRequest && e.Request.Fault == scenario.DoForgetKey {
		h.most[describe(msgLostKey, e.DC)] += h.clients
	}
}

// aboutCDN reports whether a request met with trouble that may make a client
// leave the CDN.
func aboutCDN(e simdc.Event) bool {
	q := e.Request
	return (q.Fault != "" || q.Err != "") && (e.DC == cdnDC || q.Method == getFile || q.Method == cdnHashes || q.Method == "upload.reuploadCdnFile")
}

// cutNumber splits an error such as FLOOD_WAIT_3.
func cutNumber(text string) (name string, number int, ok bool) {
	at := strings.LastIndexByte(text, '_')
	if at < 0 {
		return text, 0, false
	}
	if _, err := fmt.Sscanf(text[at+1:], "%d", &number); err != nil {
		return text, 0, false
	}
	return text[:at], number, true
}
