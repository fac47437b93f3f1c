package bench

import (
	"errors"
	"fmt"
	"time"

	"github.com/tgfetch/tgfetch/bench/internal/ladder"
	"github.com/tgfetch/tgfetch/bench/report"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher"
)

// Report is what [Run] found.
type Report = report.Report

// Options says what [Run] measures. Client.Store, with a login in it, and
// Client.APIID and APIHash are required; every other zero value works.
type Options struct {
	// Client is how to connect, also for what is measured: by its Proxy, with its
	// PFS and within its Takeout. Its limits, cache and Doer are not used.
	Client fetcher.Config
	// Links lead to the files that are read; nil is Saved Messages.
	Links []fetcher.Link
	// Cold measures key exchanges too, with keys that are thrown away. Else keys
	// are only made where files are and none was made before.
	Cold bool
	// MaxBytes bounds what is read from the sockets, but for what is under way at
	// its end; 0 means 512 MiB.
	MaxBytes int64
	// Time bounds how long it takes; 0 means 10 minutes.
	Time time.Duration
	// Connections is the most connections to one data center; 0 means 8.
	Connections int
	// Settings are measured in place of those that climbing finds worth it, if
	// there are any.
	Settings []report.Setting
	// Rounds is how often each setting is visited; 0 means 2.
	Rounds int
	// Only, if set, says which ways get a load; nil is all that files are on.
	Only func(report.DC) bool
	// Plan, if set, is told what will be measured, before the first byte of a file.
	Plan func(Plan)
	// Watch, if set, is told each pool of connections, and calls stop once it is
	// closed.
	Watch func(*dcpool.Pool) (stop func())
	// Measured, if set, is told each visit to a point.
	Measured func(dc report.DC, p report.Point)
}

// Plan is what a measurement is about to do.
type Plan struct {
	// DCs are the ways to data centers; those with Files 0 get no load.
	DCs []report.DC
	// MaxBytes and MaxTime bound what it spends.
	MaxBytes int64
	MaxTime  time.Duration
	// Settings is how many settings are tried at most on each way.
	Settings int
}

const (
	defaultMaxBytes = 512 << 20
	defaultTime     = 10 * time.Minute
	// leastPerWay is what measuring one point of one way takes.
	leastPerWay = 4 << 20
	// windowsPerVisit is how many measurements a visit to a point makes.
	windowsPerVisit = 3
)

// BudgetError reports that Options.MaxBytes does not do for one point of each
// way to be measured.
type BudgetError struct {
	// Ways is how many there are, Need what they take at least, in bytes; 0 is
	// unknown.
	Ways       int
	Need, Have int64
}

func (e *BudgetError) Error() string {
	if e.Need == 0 {
		return fmt.Sprintf("%d MiB were read before a single setting was measured", e.Have>>20)
	}
	return fmt.Sprintf("%d MiB are not enough: measuring %d ways to data centers takes %d MiB at least", e.Have>>20, e.Ways, e.Need>>20)
}

// TimeError reports that Options.Time ended before anything was measured.
type TimeError struct{ Have time.Duration }

func (e *TimeError) Error() string {
	return fmt.Sprintf("%v are over before a single setting was measured", e.Have)
}

// ErrNoFiles means that no file was found to read on any data center. The error
// around it says why.
var ErrNoFiles = errors.New("no media to measure with")

// WrongError reports bytes that are not those of the file.
type WrongError = report.WrongError

func (o *Options) setDefaults() error {
	if o.MaxBytes < 0 || o.Time < 0 || o.Connections < 0 || o.Rounds < 0 {
		return errors.New("bench: a bound is negative")
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = defaultMaxBytes
	}
	if o.Time == 0 {
		o.Time = defaultTime
	}
	if o.Plan == nil {
		o.Plan = func(Plan) {}
	}
	if o.Only == nil {
		o.Only = func(report.DC) bool { return true }
	}
	if o.Watch == nil {
		o.Watch = func(*dcpool.Pool) func() { return func() {} }
	}
	if o.Measured == nil {
		o.Measured = func(report.DC, report.Point) {}
	}
	return nil
}

func (o *Options) ladder() ladder.Config {
	return ladder.Config{Connections: o.Connections, Rounds: o.Rounds, Points: o.Settings}
}
