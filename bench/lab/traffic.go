package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// Traffic is what the simulator saw of one run. Times are seconds.
type Traffic struct {
	// Span is from the first to the last byte of the measured files, both as
	// they leave the simulator.
	Span float64 `json:"span_s"`
	// FirstByte is from the start of the process to the first file byte,
	// DialToByte from the accepted dial of the connection that carried it.
	FirstByte  float64 `json:"first_byte_s"`
	DialToByte float64 `json:"dial_to_byte_s"`
	// SmallSpan is from the first file request to the last byte of the files
	// of at most 1 MiB, 0 if there are none.
	SmallSpan float64 `json:"small_span_s,omitempty"`
	// AskedBytes is what the simulator was asked for of the measured files and
	// did not refuse, TwiceBytes how much of it had been asked for before.
	AskedBytes int64 `json:"asked_bytes"`
	TwiceBytes int64 `json:"twice_bytes"`
	// CutInFlight is what had been asked for and not yet sent whole on
	// connections when they ended.
	CutInFlight int64 `json:"cut_in_flight_bytes,omitempty"`
	// Connections, Handshakes and Imports count on all DCs.
	Connections int `json:"connections"`
	Handshakes  int `json:"handshakes"`
	Imports     int `json:"imports"`
	// Exceptions counts the connections that the scenario treats differently.
	Exceptions int `json:"exceptions,omitempty"`
	// FileRequests counts requests for file ranges, MessageCalls those for
	// messages, Calls all, Failures the rpc_errors that answered them.
	FileRequests int `json:"file_requests"`
	MessageCalls int `json:"message_calls"`
	Calls        int `json:"calls"`
	Failures     int `json:"failures"`
	// Migrations is how often FILE_MIGRATE was the answer, those that requests
	// to one DC got at the same time counted once.
	Migrations int `json:"migrations,omitempty"`
	// Floods is how often a wait was the answer, FloodTime the time during
	// which one was in force.
	Floods    int     `json:"floods,omitempty"`
	FloodTime float64 `json:"flood_time_s,omitempty"`
	// QueueDelay is the median time from reading a file request to the first
	// byte of its answer, of the requests read in the second half of Span.
	QueueDelay float64 `json:"queue_delay_s"`
}

// smallFile is the size up to which a file is fetched in one part.
const smallFile = 1 << 20

type connID struct {
	dc       int
	endpoint string
	conn     int
}

// readTraffic sums up a log. Started is when the client process was started.
func readTraffic(log io.Reader, started time.Time, p Profile) (Traffic, error) {
	m := meter{sizes: p.measured(), exceptions: p.Scenario.Link.Conns, opened: map[connID]time.Time{}}
	dec := json.NewDecoder(log)
	for n := 1; ; n++ {
		var e simdc.Event
		switch err := dec.Decode(&e); {
		case errors.Is(err, io.EOF):
			return m.finish(started), nil
		case err != nil:
			return Traffic{}, fmt.Errorf("event %d of the simulator's log: %w", n, err)
		}
		m.add(e)
	}
}

// meter gathers Traffic from events in the order of the log.
type meter struct {
	sizes      map[int64]int64
	exceptions []scenario.ConnLink
	opened     map[connID]time.Time
	traffic    Traffic
	ranges     []carried
	floods     []interval
	// movedFrom is the DC that answered FILE_MIGRATE last.
	movedFrom int
}

// carried is a measured range and its connection.
type carried struct {
	simdc.Range
	by connID
}

type interval struct{ from, to time.Time }

func (m *meter) add(e simdc.Event) {
	id := connID{e.DC, e.Endpoint, e.Conn}
	t := &m.traffic
	switch e.Event {
	case simdc.EventOpen:
		t.Connections++
		m.opened[id] = e.Time
		if slices.ContainsFunc(m.exceptions, func(x scenario.ConnLink) bool { return x.N == e.Conn }) {
			t.Exceptions++
		}
	case simdc.EventHandshake:
		if e.Handshake.Err == "" {
			t.Handshakes++
		}
	case simdc.EventRequest:
		m.request(e.DC, e.Time, *e.Request)
	case simdc.EventRange:
		if _, measured := m.sizes[e.Range.File]; measured {
			m.ranges = append(m.ranges, carried{*e.Range, id})
		}
	}
}

func (m *meter) request(dc int, at time.Time, r simdc.RequestLog) {
	t := &m.traffic
	t.Calls++
	if r.Import != 0 {
		t.Imports++
	}
	switch r.Method {
	case "upload.getFile", "upload.getCdnFile":
		t.FileRequests++
	case "channels.getMessages", "messages.getMessages", "messages.getHistory":
		t.MessageCalls++
	}
	if r.Err == "" {
		return
	}
	t.Failures++
	if strings.Contains(r.Err, "FILE_MIGRATE_") && m.movedFrom != dc {
		t.Migrations++
		m.movedFrom = dc
	}
	if wait, ok := floodWait(r.Err); ok {
		t.Floods++
		m.floods = append(m.floods, interval{at, at.Add(wait)})
	}
}

// floodWait reads the seconds off FLOOD_WAIT_3 and FLOOD_PREMIUM_WAIT_3, wherever
// in the text.
func floodWait(failure string) (time.Duration, bool) {
	_, after, ok := strings.Cut(failure, "_WAIT_")
	if !ok {
		return 0, false
	}
	end := strings.IndexFunc(after, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(after)
	}
	n, err := strconv.Atoi(after[:end])
	return time.Duration(n) * time.Second, err == nil
}

func (m *meter) finish(started time.Time) Traffic {
	t := &m.traffic
	t.FloodTime = union(m.floods).Seconds()
	var asked, whole []simdc.Range
	var firstRead, first, last, lastSmall time.Time
	var by connID
	for _, r := range m.ranges {
		if firstRead.IsZero() || r.Read.Before(firstRead) {
			firstRead = r.Read
		}
		cut := r.Err != ""
		r.Err = "" // Coverage would leave it out.
		asked = append(asked, r.Range)
		if cut {
			t.CutInFlight += int64(r.Bytes)
			continue
		}
		whole = append(whole, r.Range)
		if first.IsZero() || r.First.Before(first) {
			first, by = r.First, r.by
		}
		last = later(last, r.Last)
		if m.sizes[r.File] <= smallFile {
			lastSmall = later(lastSmall, r.Last)
		}
	}
	t.AskedBytes, t.TwiceBytes = simdc.Coverage(asked)
	if len(whole) == 0 {
		return *t
	}
	t.Span = last.Sub(first).Seconds()
	t.FirstByte = first.Sub(started).Seconds()
	if at, ok := m.opened[by]; ok {
		t.DialToByte = first.Sub(at).Seconds()
	}
	if !lastSmall.IsZero() {
		t.SmallSpan = lastSmall.Sub(firstRead).Seconds()
	}
	t.QueueDelay = queueingDelay(whole, first.Add(last.Sub(first)/2)).Seconds()
	return *t
}

// queueingDelay is the median over the ranges that were read after half.
func queueingDelay(ranges []simdc.Range, half time.Time) time.Duration {
	var delays []time.Duration
	for _, r := range ranges {
		if r.Read.After(half) {
			delays = append(delays, r.First.Sub(r.Read))
		}
	}
	if len(delays) == 0 {
		return 0
	}
	return median(delays)
}

// union is the time that intervals cover together.
func union(list []interval) time.Duration {
	slices.SortFunc(list, func(a, b interval) int { return a.from.Compare(b.from) })
	var sum time.Duration
	var end time.Time
	for _, i := range list {
		from := later(i.from, end)
		if i.to.After(from) {
			sum += i.to.Sub(from)
			end = i.to
		}
	}
	return sum
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
