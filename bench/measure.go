package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/tgfetch/tgfetch/bench/internal/gauge"
	"github.com/tgfetch/tgfetch/bench/internal/ladder"
	"github.com/tgfetch/tgfetch/bench/internal/stat"
	"github.com/tgfetch/tgfetch/bench/internal/verdict"
	"github.com/tgfetch/tgfetch/bench/report"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher"
)

// Run measures how fast the data centers are that the account can reach, and
// concludes where their limits sit. What it downloads is checked and forgotten.
// A data center that refuses has a Note in the report and does not end the others.
//
// Errors: those of fetcher.Client.Resolve; one that is [dcpool.ErrLoginNeeded];
// [ErrNoFiles], or the [*fetcher.SkipError] of the first link, where none leads to a
// file; [*BudgetError] and [*TimeError]; where nothing at all could be measured, what
// the first data center refused with, among it [*dcpool.FloodError]; [*WrongError], if
// one sent wrong bytes, and the cause of ctx, both beside a Report of what was measured.
func Run(ctx context.Context, opts Options) (Report, error) {
	if err := opts.setDefaults(); err != nil {
		return Report{}, err
	}
	if err := opts.checkLogin(); err != nil {
		return Report{}, err
	}
	m := &measurement{opts: opts, began: time.Now()}
	m.report = Report{
		Version: report.Version, Started: m.began, Machine: report.ThisMachine(),
		MaxBytes: opts.MaxBytes, MaxSeconds: opts.Time.Seconds(),
	}
	err := m.run(ctx)
	m.finish(err)
	return m.report, err
}

// measurement is one Run.
type measurement struct {
	opts   Options
	began  time.Time
	client *fetcher.Client // For everything that is not measured.
	doer   fetcher.Doer    // The client's, in its export if there is one.
	ways   []*way
	report Report
	read   int64 // Bytes read from the sockets.
	// refused is the first error that a data center was given up for, wrong the
	// first wrong bytes.
	refused, wrong error
	// skipped is why the first link leads to no file, small the largest file, in
	// bytes, of those too small to measure with, by data center.
	skipped error
	small   map[int]int64
}

func (m *measurement) run(ctx context.Context) (err error) {
	cfg := m.opts.Client
	cfg.Limits = fetcher.Limits{Pool: dcpool.Limits{Attempts: 2}}
	if m.client, err = fetcher.New(cfg); err != nil {
		return err
	}
	defer m.opts.Watch(m.client.Pool())()
	defer func() { err = errors.Join(err, m.client.Close()) }()
	m.doer = m.client.Exporting(m.client.Pool())
	if err := m.survey(ctx); err != nil {
		return err
	}
	loaded := m.loaded()
	if err := m.afford(loaded); err != nil {
		return err
	}
	m.opts.Plan(m.plan())
	for _, w := range m.ways {
		if err := m.reach(ctx, w); err != nil {
			return err
		}
	}
	loaded = m.loaded()
	for i, w := range loaded {
		if err := m.climb(ctx, w, len(loaded)-i); err != nil {
			return err
		}
	}
	if err := m.together(ctx, loaded); err != nil {
		return err
	}
	return m.outcome()
}

// outcome is what makes a measurement that came to its end a failure.
func (m *measurement) outcome() error {
	switch {
	case slices.ContainsFunc(m.ways, func(w *way) bool { return w.measured() }):
		return m.wrong
	case m.refused != nil:
		return fmt.Errorf("nothing could be measured: %w", m.refused)
	case time.Since(m.began) >= m.opts.Time:
		return &TimeError{Have: m.opts.Time}
	default:
		return &BudgetError{Have: m.opts.MaxBytes}
	}
}

// measured says that a setting was.
func (w *way) measured() bool {
	return slices.ContainsFunc(w.found.Points, func(p report.Point) bool { return !p.Flooded && p.Rate > 0 })
}

// refuse notes that a way is given up.
func (m *measurement) refuse(w *way, err error) {
	w.found.Note = refusal(err)
	m.refused = cmp.Or(m.refused, err)
}

// loaded are the ways with files to read.
func (m *measurement) loaded() (out []*way) {
	for _, w := range m.ways {
		if len(w.files) > 0 && w.found.Note == "" && m.opts.Only(w.found) {
			out = append(out, w)
		}
	}
	return out
}

// afford checks the budget against what there is to measure.
func (m *measurement) afford(loaded []*way) error {
	if len(loaded) == 0 {
		for _, w := range m.ways {
			if w.found.Note != "" {
				return nil // There are files, but their data center refuses.
			}
		}
		return m.noFiles()
	}
	if need := int64(len(loaded)) * leastPerWay; m.opts.MaxBytes < need {
		return &BudgetError{Ways: len(loaded), Need: need, Have: m.opts.MaxBytes}
	}
	return nil
}

// noFiles says why there is nothing to read.
func (m *measurement) noFiles() error {
	largest := int64(0)
	for _, size := range m.small {
		largest = max(largest, size)
	}
	switch {
	case len(m.opts.Links) == 0:
		return fmt.Errorf("%w: Saved Messages holds none of 1 MiB or more; name files by their links, or save some", ErrNoFiles)
	case largest > 0:
		return fmt.Errorf("%w: the largest file of these links has %d bytes, which says nothing about speed; name one of 1 MiB or more", ErrNoFiles, largest)
	case m.skipped != nil:
		return m.skipped
	default:
		return fmt.Errorf("%w: no data center with a known address has the files of these links", ErrNoFiles)
	}
}

func (m *measurement) plan() Plan {
	p := Plan{MaxBytes: m.opts.MaxBytes, MaxTime: m.opts.Time, Settings: ladder.Most(m.opts.ladder()) / max(m.opts.Rounds, 1)}
	for _, w := range m.ways {
		found := w.found
		found.Files = len(w.files)
		p.DCs = append(p.DCs, found)
	}
	return p
}

// reach measures how far away a way is. Where that fails it is noted.
func (m *measurement) reach(ctx context.Context, w *way) error {
	cfg := m.opts.Client
	err := w.dial(ctx, cfg.Proxy.Dialer(cfg.Dial, nil))
	if err == nil && m.opts.Cold {
		err = w.exchange(ctx, cfg)
	}
	if err == nil && m.hasKey(w) {
		err = w.roundTrips(ctx, cfg)
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		m.refuse(w, err)
	case len(w.files) == 0 && w.found.Note == "":
		w.found.Note = m.idle(w)
	}
	return nil
}

// idle is why nothing is read on a way.
func (m *measurement) idle(w *way) string {
	switch {
	case w.found.Kind == report.CDN:
		return "no file here comes from a CDN"
	case m.small[w.found.DC] > 0:
		return "the media there is too small to measure with: name a file of 1 MiB or more by its link"
	default:
		return "no media there to measure with: name a file on it by its link"
	}
}

// hasKey says that a round trip to the way costs no key exchange: there is a key.
func (m *measurement) hasKey(w *way) bool {
	keys, err := m.opts.Client.Store.Keys()
	if err != nil {
		return false // The next use of the session says why.
	}
	held := keys.DCs
	if w.found.Kind == report.CDN {
		held = keys.CDN
	}
	_, ok := held[w.found.DC]
	return ok
}

// gauge is the way as something to load.
func (m *measurement) gauge(w *way) gauge.Way {
	dial := m.opts.Client.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	return gauge.Way{
		Open: func(limits dcpool.Limits, dial gauge.Dial) (gauge.Pool, error) {
			return w.open(m.opts.Client, m.opts.Client.Store, limits, dial)
		},
		Within: func(pool gauge.Doer) gauge.Doer { return m.client.Exporting(pool) },
		Dial:   dial,
		Target: w.target(),
		Files:  gauge.NewFiles(w.files),
		RTT:    time.Duration(stat.Median(w.found.RTT) * float64(time.Second)),
	}
}

// finish puts what was found together. err is why the measurement ended early, or
// nil.
func (m *measurement) finish(err error) {
	if err != nil {
		m.report.Partial = err.Error()
	}
	m.report.Seconds = time.Since(m.began).Seconds()
	m.report.Bytes = m.read
	for _, w := range m.ways {
		w.found.Files = len(w.files)
		for _, f := range w.files {
			w.found.FileBytes += f.Size
		}
		m.report.DCs = append(m.report.DCs, w.found)
	}
	verdict.Judge(&m.report)
}

// checkLogin returns an error that is dcpool.ErrLoginNeeded if nobody is logged in.
func (o *Options) checkLogin() error {
	if o.Client.Store == nil {
		return fmt.Errorf("bench: no session: %w", dcpool.ErrLoginNeeded)
	}
	keys, err := o.Client.Store.Keys()
	if err == nil && keys.UserID == 0 {
		err = fmt.Errorf("nobody is logged in: %w", dcpool.ErrLoginNeeded)
	}
	return err
}
