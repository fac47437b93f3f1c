// Package report is what a measurement of Telegram's data centers found, as
// plain data: what bench.Run returns, what tgfetch bench --json writes, and what
// verdicts, tables and pages are made from.
//
// As JSON a Report is one object whose "version" is [Version]. Within a version
// fields are only added. Times are seconds, rates bytes per second, sizes bytes.
// What was not measured is missing.
package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Version is the version of the JSON form.
const Version = 1

// Report is one measurement.
type Report struct {
	Version int       `json:"version"`
	Started time.Time `json:"started"`
	// Seconds is how long it took, Bytes what it read from the sockets.
	Seconds float64 `json:"seconds"`
	Bytes   int64   `json:"bytes"`
	// MaxBytes and MaxSeconds are the budget.
	MaxBytes   int64   `json:"max_bytes"`
	MaxSeconds float64 `json:"max_seconds"`
	Machine    Machine `json:"machine"`
	// Home is the id of the account's home DC.
	Home int `json:"home"`
	// Partial says why the measurement ended early; empty if it did not.
	Partial string `json:"partial,omitempty"`
	// DCs is one entry for each way to a data center: its ordinary addresses, its
	// media-only ones, and CDNs.
	DCs []DC `json:"dcs"`
	// Together is what two data centers delivered at the same time.
	Together *Together `json:"together,omitempty"`
	// Findings are what is true of more than one of the DCs.
	Findings []Finding `json:"findings,omitempty"`
}

// Kinds of ways to a data center.
const (
	Main  = "main"
	Media = "media"
	CDN   = "cdn"
)

// Named is the DC with this DC.Name, a zero one if there is none.
func (r Report) Named(name string) DC {
	for _, d := range r.DCs {
		if d.Name() == name {
			return d
		}
	}
	return DC{}
}

// DC is one way to one data center.
type DC struct {
	DC int `json:"dc"`
	// Kind is Main, Media or CDN.
	Kind string `json:"kind"`
	Home bool   `json:"home,omitempty"`
	// Origin is the data center whose files a CDN serves.
	Origin    int      `json:"origin,omitempty"`
	Addresses []string `json:"addresses,omitempty"`
	// Files and FileBytes are what could be read there.
	Files     int   `json:"files"`
	FileBytes int64 `json:"file_bytes"`

	// Dial is the time of each dial, Exchange of a key exchange without its dial.
	Dial     []float64 `json:"dial_s,omitempty"`
	Exchange float64   `json:"exchange_s,omitempty"`
	// RTT is the time of each small call on a quiet connection.
	RTT []float64 `json:"rtt_s,omitempty"`

	Points []Point `json:"points,omitempty"`
	Floods []Flood `json:"floods,omitempty"`
	// Checked is how many of the bytes were compared with a hash of the data
	// center; the lengths of all were.
	Checked int64 `json:"checked_bytes"`
	// Note says why nothing, or no more, was measured.
	Note    string  `json:"note,omitempty"`
	Verdict Verdict `json:"verdict"`
}

// Name is "DC 4", "DC 4 media" or "CDN 203".
func (d DC) Name() string {
	switch d.Kind {
	case CDN:
		return fmt.Sprintf("CDN %d", d.DC)
	case Media:
		return fmt.Sprintf("DC %d media", d.DC)
	}
	return fmt.Sprintf("DC %d", d.DC)
}

// Setting is a way to ask for a file.
type Setting struct {
	Connections int `json:"connections"`
	// Window is the bytes in flight on each connection.
	Window int `json:"window"`
	// Part is the bytes that one request asks for.
	Part int `json:"part"`
}

// InFlight is the bytes in flight on all connections together.
func (s Setting) InFlight() int { return s.Connections * s.Window }

// Requests is how many requests are under way at the same time.
func (s Setting) Requests() int { return s.Connections * max(s.Window/max(s.Part, 1), 1) }

// Point is what one setting delivered.
type Point struct {
	Setting
	// Windows are the measurements, from all visits to the point.
	Windows []Window `json:"windows,omitempty"`
	// Rate is the median of the windows; Low and High bound its 95 % confidence
	// interval, or the range if there are too few windows for one.
	Rate float64 `json:"rate"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// Flooded says that Telegram asked to wait at this point.
	Flooded bool `json:"flooded,omitempty"`
}

// Rates are the windows' rates.
func (p Point) Rates() []float64 {
	var out []float64
	for _, w := range p.Windows {
		out = append(out, w.Rate())
	}
	return out
}

// Window is one measurement of a point, past its ramp.
type Window struct {
	// At is when it began, from the start of the measurement.
	At      float64 `json:"at_s"`
	Seconds float64 `json:"seconds"`
	Bytes   int64   `json:"bytes"`
	// CPU is this process's CPU time as a share of all cores, Busy that of all
	// processes; both 0 where the system does not tell.
	CPU  float64 `json:"cpu"`
	Busy float64 `json:"busy"`
}

// Rate is bytes per second.
func (w Window) Rate() float64 {
	if w.Seconds <= 0 {
		return 0
	}
	return float64(w.Bytes) / w.Seconds
}

// Flood is a wait that Telegram asked for.
type Flood struct {
	At float64 `json:"at_s"`
	// Name is that of the error, such as FLOOD_PREMIUM_WAIT.
	Name string `json:"name,omitempty"`
	// Setting is the point that was being measured.
	Setting
	// Parallel is how many requests were under way, Sent how many had been
	// answered by the data center since the measurement began or the last flood.
	Parallel int     `json:"parallel"`
	Sent     int64   `json:"sent"`
	Wait     float64 `json:"wait_s"`
}

// Together is what two DCs delivered each alone and both at once, with the
// settings that were best for each.
type Together struct {
	A TogetherDC `json:"a"`
	B TogetherDC `json:"b"`
}

// TogetherDC is one of the two.
type TogetherDC struct {
	// Name is DC.Name of the DC.
	Name   string  `json:"name"`
	Alone  float64 `json:"alone"`
	AtOnce float64 `json:"at_once"`
}

// Limits that a Verdict can name.
const (
	LimitConnection = "connection" // each connection has its own
	LimitDC         = "dc"         // the data center, or what it grants the account
	LimitAccount    = "account"    // the account over all data centers, or the user's own line
	LimitPath       = "path"       // the distance: bytes in flight per round trip
	LimitEndpoint   = "endpoint"   // this address; another of the same data center is faster
	LimitCPU        = "cpu"        // this machine
	LimitFlood      = "flood"      // Telegram asks to wait
	LimitUnknown    = ""           // not enough was measured
)

// Verdict is where the limit of a DC sits and what to do about it.
type Verdict struct {
	// Limit is one of the Limit constants.
	Limit string `json:"limit"`
	// Setting is recommended; zero if nothing was measured. With LimitUnknown it is
	// no more than the best that was seen. Rate is what it delivered.
	Setting Setting `json:"setting"`
	Rate    float64 `json:"rate"`
	// Sentence says it to a person.
	Sentence string `json:"sentence"`
}

// Kinds of findings.
const (
	FindingCDNFaster  = "cdn_faster"
	FindingCDNSlower  = "cdn_slower"
	FindingEndpoint   = "slow_endpoint"
	FindingShared     = "shared"
	FindingApart      = "apart"
	FindingWrongBytes = "wrong_bytes"
)

// Finding is something about more than one DC.
type Finding struct {
	Kind     string `json:"kind"`
	Sentence string `json:"sentence"`
}

// ErrVersion is wrapped by the error of Read for a report of another version.
var ErrVersion = errors.New("a report of another version")

// Read reads a Report from JSON.
//
// Errors: the reader's, encoding/json's, or one that is ErrVersion.
func Read(r io.Reader) (Report, error) {
	var out Report
	if err := json.NewDecoder(r).Decode(&out); err != nil {
		return Report{}, fmt.Errorf("not a report of tgfetch bench: %w", err)
	}
	if out.Version != Version {
		return Report{}, fmt.Errorf("%w: %d, this tgfetch reads %d", ErrVersion, out.Version, Version)
	}
	return out, nil
}
