package simdc

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc/internal/mtserve"
)

// note is what the API says about a request, for the log.
type note struct {
	method   string
	err      string
	device   string
	login    int64 // the account that logged in with this request
	imported bool  // by importing the login of another DC
	file     *Range
}

func (n *note) readRange(l located, offset int64, limit, bytes int) {
	n.file = &Range{File: l.file.ID, Thumb: l.variant, Offset: offset, Limit: limit, Bytes: bytes}
}

// event is one line of the log as it is written.
type event struct {
	Event    string    `json:"event"` // open, ready, close, handshake, request
	Time     time.Time `json:"time"`
	DC       int       `json:"dc"`
	Endpoint string    `json:"endpoint"`
	Conn     int       `json:"conn"`

	Remote    string `json:"remote,omitempty"`    // open
	Transport string `json:"transport,omitempty"` // ready
	HeaderDC  int    `json:"header_dc,omitempty"` // ready
	Reason    string `json:"reason,omitempty"`    // close
	*Handshake

	// request
	Method  string `json:"method,omitempty"`
	Device  string `json:"device,omitempty"`
	Login   int64  `json:"login,omitempty"`
	Import  int64  `json:"import,omitempty"`
	Failure string `json:"failure,omitempty"` // the rpc_error
	File    *Range `json:"range,omitempty"`
}

// observer logs what happens on one endpoint.
type observer struct {
	*endpoint
	log *Log
}

// entry returns the log of a connection, made by ConnOpened.
func (o observer) entry(c *mtserve.Conn) *ConnLog {
	return c.Value(func() any {
		return &connState{log: &ConnLog{
			DC: o.dc.ID, Endpoint: o.name, Conn: int(c.ID), Remote: c.Remote.String(), Opened: c.Opened,
		}}
	}).(*connState).log
}

// write appends an event to the written log. It must be called with log.mu held.
func (o observer) writeLocked(c *mtserve.Conn, e event) {
	if o.log.out == nil || o.log.err != nil {
		return
	}
	e.DC, e.Endpoint, e.Conn = o.dc.ID, o.name, int(c.ID)
	line, err := json.Marshal(e)
	if err == nil {
		_, err = o.log.out.Write(append(line, '\n'))
	}
	o.log.err = err
}

// ConnOpened implements mtserve.Observer.
func (o observer) ConnOpened(c *mtserve.Conn) {
	entry := o.entry(c)
	o.log.mu.Lock()
	defer o.log.mu.Unlock()
	o.log.conns = append(o.log.conns, entry)
	o.writeLocked(c, event{Event: "open", Time: c.Opened, Remote: entry.Remote})
}

// ConnReady implements mtserve.Observer.
func (o observer) ConnReady(c *mtserve.Conn) {
	entry := o.entry(c)
	o.log.mu.Lock()
	defer o.log.mu.Unlock()
	entry.Transport, entry.HeaderDC = c.Transport, c.HeaderDC
	o.writeLocked(c, event{Event: "ready", Time: time.Now(), Transport: c.Transport, HeaderDC: c.HeaderDC})
}

// ConnClosed implements mtserve.Observer.
func (o observer) ConnClosed(c *mtserve.Conn, reason error) {
	entry := o.entry(c)
	o.log.mu.Lock()
	defer o.log.mu.Unlock()
	entry.Closed = time.Now()
	if reason != nil {
		entry.Reason = reason.Error()
	}
	o.writeLocked(c, event{Event: "close", Time: entry.Closed, Reason: entry.Reason})
}

// Exchanged implements mtserve.Observer.
func (o observer) Exchanged(c *mtserve.Conn, e mtserve.Exchange) {
	h := Handshake{
		Key: hex.EncodeToString(e.KeyID[:]), InnerDC: e.InnerDC, Temporary: e.Temporary, Started: e.Started, Ended: e.Ended,
	}
	if e.Err != nil {
		h.Err = e.Err.Error()
	}
	entry := o.entry(c)
	o.log.mu.Lock()
	defer o.log.mu.Unlock()
	entry.Handshakes = append(entry.Handshakes, h)
	o.writeLocked(c, event{Event: "handshake", Time: e.Ended, Handshake: &h})
}

// Received implements mtserve.Observer.
func (o observer) Received(*mtserve.Request) {}

// Answered implements mtserve.Observer.
func (o observer) Answered(r *mtserve.Request, a mtserve.Answer) {
	n, ok := r.Note.(*note)
	if !ok {
		return // The query ended before the API saw it.
	}
	e := event{Event: "request", Time: cmp.Or(a.Last, time.Now()), Method: n.method, Device: n.device, Failure: n.err}
	if n.imported {
		e.Import = n.login
	} else {
		e.Login = n.login
	}
	if n.file != nil {
		answered := *n.file
		answered.Method = n.method
		answered.Read, answered.First, answered.Last, answered.Repeated = r.Received, a.First, a.Last, a.Repeated
		if a.Err != nil {
			answered.Err = a.Err.Error()
		}
		e.File = &answered
	}
	entry := o.entry(r.Conn)
	o.log.mu.Lock()
	defer o.log.mu.Unlock()
	entry.count(e, a.Repeated)
	o.writeLocked(r.Conn, e)
}

// count adds a request to the log of its connection. A repeated answer is no
// new request, but its bytes went out once more.
func (l *ConnLog) count(e event, repeated bool) {
	if e.File != nil {
		l.Ranges = append(l.Ranges, *e.File)
	}
	if repeated {
		return
	}
	if l.Methods == nil {
		l.Methods, l.Errors = map[string]int{}, map[string]int{}
	}
	l.Methods[e.Method]++
	if e.Failure != "" {
		l.Errors[e.Failure]++
	}
	if e.Login != 0 && !slices.Contains(l.Logins, e.Login) {
		l.Logins = append(l.Logins, e.Login)
	}
	if e.Import != 0 {
		l.Imports = append(l.Imports, e.Import)
	}
	l.Device = cmp.Or(e.Device, l.Device)
}
