package live

import (
	"runtime"
	"time"

	"github.com/gotd/td/tg"
)

// Version is the version of the JSON form. Within a version fields are only
// added.
const Version = 1

// Verdict is what came of a question.
type Verdict string

// Verdicts.
const (
	Agrees   Verdict = "agrees"
	Differs  Verdict = "differs"
	NotAsked Verdict = "not asked"
)

// Row is one belief and what was seen of it.
type Row struct {
	// Name is one of the names of [Beliefs].
	Name   string  `json:"name"`
	Belief string  `json:"belief"`
	Seen   string  `json:"seen,omitempty"`
	Result Verdict `json:"verdict"`
	// Why says why the question was not asked.
	Why string `json:"why,omitempty"`
}

// Speed is what a number of connections brought.
type Speed struct {
	Connections    int     `json:"connections"`
	BytesPerSecond float64 `json:"bytes_per_second"`
}

// Report is what a Run saw. It holds nothing personal.
type Report struct {
	Version int `json:"version"`
	// Program is the version of the program that asked, Layer that of the
	// schema it speaks.
	Program string `json:"program,omitempty"`
	Layer   int    `json:"layer"`
	// Date is the day, in UTC.
	Date string `json:"date"`
	OS   string `json:"os"`
	Arch string `json:"arch"`
	// Route is "direct", "proxy" or "mtproxy".
	Route string `json:"route"`
	PFS   bool   `json:"pfs"`
	IPv6  bool   `json:"ipv6"`
	// Seconds is how long it took, Bytes what was read from the sockets.
	Seconds float64 `json:"seconds"`
	Bytes   int64   `json:"bytes"`
	// Partial says why it ended early; empty if it did not.
	Partial string  `json:"partial,omitempty"`
	Speeds  []Speed `json:"speeds,omitempty"`
	Rows    []Row   `json:"rows"`
}

// Count returns how many rows have this verdict.
func (r Report) Count(v Verdict) (n int) {
	for _, row := range r.Rows {
		if row.Result == v {
			n++
		}
	}
	return n
}

func newReport(o Options) Report {
	r := Report{
		Version: Version, Program: o.Program, Layer: tg.Layer, Date: time.Now().UTC().Format(time.DateOnly),
		OS: runtime.GOOS, Arch: runtime.GOARCH, Route: "direct", PFS: o.Client.PFS, IPv6: o.Client.IPv6, Rows: Beliefs(),
	}
	if _, ok := o.Client.Proxy.MTProxy(); ok {
		r.Route = "mtproxy"
	} else if o.Client.Proxy != nil {
		r.Route = "proxy"
	}
	return r
}
