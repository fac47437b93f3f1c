package simdc

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc/internal/mtserve"
)

// note is what the API says about a request, for the log.
type note struct {
	method   string
	about    int64  // the file whose bytes are asked for
	err      string // the rpc_error, if that was the answer
	device   string
	login    int64 // the account that logged in with this request
	imported bool  // by importing the login of another DC
	file     *Range
}

func (n *note) readRange(l located, offset int64, limit, bytes int) {
	n.file = &Range{File: l.file.ID, Thumb: l.variant, Offset: offset, Limit: limit, Bytes: bytes}
}

// observer logs what happens on one endpoint.
type observer struct{ *endpoint }

// number is a connection's place in the order of acceptance, from 1. It
// differs from the server's id when connections arrive together.
func number(c *mtserve.Conn) int {
	if nc, ok := c.Net().(*acceptedConn); ok {
		return nc.number
	}
	return int(c.ID)
}

// record adds an event of a connection to the log: change updates what Go
// reads, e is written.
func (e *endpoint) record(c *mtserve.Conn, ev Event, change func(*ConnLog)) {
	entry := c.Value(func() any {
		entry := &ConnLog{DC: e.dc.ID, Endpoint: e.name, Conn: number(c), Opened: c.Opened}
		if c.Remote != nil {
			entry.Remote = c.Remote.String()
		}
		return entry
	}).(*ConnLog)
	ev.DC, ev.Endpoint, ev.Conn = entry.DC, entry.Endpoint, entry.Conn

	log := &e.cluster.log
	log.mu.Lock()
	defer log.mu.Unlock()
	change(entry)
	if ev.Event == EventOpen {
		log.conns = append(log.conns, entry)
	}
	if log.out == nil || log.err != nil {
		return
	}
	line, err := json.Marshal(ev)
	if err == nil {
		_, err = log.out.Write(append(line, '\n'))
	}
	log.err = err
}

// ConnOpened implements mtserve.Observer.
func (o observer) ConnOpened(c *mtserve.Conn) {
	if n := connLink(o.paths.link, number(c)).CutAfter; n > 0 {
		c.CutAfter(int64(n))
	}
	o.record(c, Event{Event: EventOpen, Time: c.Opened, Remote: c.Remote.String()}, func(*ConnLog) {})
}

// ConnReady implements mtserve.Observer.
func (o observer) ConnReady(c *mtserve.Conn) {
	o.record(c, Event{Event: EventReady, Time: time.Now(), Transport: c.Transport, HeaderDC: c.HeaderDC}, func(l *ConnLog) {
		l.Transport, l.HeaderDC = c.Transport, c.HeaderDC
	})
}

// ConnClosed implements mtserve.Observer.
func (o observer) ConnClosed(c *mtserve.Conn, reason error) {
	o.dc.reading.lost(c)
	e := Event{Event: EventClose, Time: time.Now()}
	if reason != nil {
		e.Reason = reason.Error()
	}
	o.record(c, e, func(l *ConnLog) { l.Closed, l.Reason = e.Time, e.Reason })
}

// Exchanged implements mtserve.Observer.
func (o observer) Exchanged(c *mtserve.Conn, e mtserve.Exchange) {
	h := Handshake{
		Key: hex.EncodeToString(e.KeyID[:]), InnerDC: e.InnerDC, Temporary: e.Temporary, Started: e.Started, Ended: e.Ended,
	}
	if e.Err != nil {
		h.Err = e.Err.Error()
	}
	o.record(c, Event{Event: EventHandshake, Time: e.Ended, Handshake: &h}, func(l *ConnLog) {
		l.Handshakes = append(l.Handshakes, h)
	})
}

// Received implements mtserve.Observer. The API logs requests itself, when it
// knows what they ask.
func (o observer) Received(r *mtserve.Request) { o.receive(r) }

// handled logs a request when its answer is known.
func (c *call) handled() {
	said := c.said()
	c.record(c.request.Conn, Event{Event: EventRequest, Time: c.request.Received, Request: said}, func(l *ConnLog) {
		if l.Methods == nil {
			l.Methods, l.Errors = map[string]int{}, map[string]int{}
		}
		l.Methods[said.Method]++
		if c.exporting {
			l.Takeout++
		}
		if !c.request.Key.Temporary {
			l.Permanent++
		}
		if said.Err != "" {
			l.Errors[said.Err]++
		}
		if said.Login != 0 {
			l.Logins = append(l.Logins, said.Login)
		}
		if said.Import != 0 {
			l.Imports = append(l.Imports, said.Import)
		}
		l.Device = cmp.Or(said.Device, l.Device)
	})
}

// said is what the log says about a request.
func (c *call) said() *RequestLog {
	said := &RequestLog{
		Method: c.note.method, Device: c.note.device, File: c.note.about, Fault: c.strike.Do, Err: c.note.err,
	}
	if c.note.imported {
		said.Import = c.note.login
	} else {
		said.Login = c.note.login
	}
	return said
}

// Answered implements mtserve.Observer. Of answers only those are logged that
// hold bytes of files, and the errors that went out whole.
func (o observer) Answered(r *mtserve.Request, a mtserve.Answer) {
	c, ok := r.Note.(*call)
	if !ok {
		return
	}
	o.dc.reading.answered(c)
	if c.note.err != "" && a.Err == nil {
		o.record(r.Conn, Event{Event: EventAnswer, Time: a.Last, Request: c.said()}, func(*ConnLog) {})
	}
	if c.note.file == nil {
		return
	}
	n := c.note
	answered := *n.file
	answered.Method = n.method
	answered.Read, answered.First, answered.Last, answered.Repeated = r.Received, a.First, a.Last, a.Repeated
	if a.Err != nil {
		answered.Err = a.Err.Error()
	}
	o.record(r.Conn, Event{Event: EventRange, Time: a.Last, Range: &answered}, func(l *ConnLog) {
		l.Ranges = append(l.Ranges, answered)
	})
}
