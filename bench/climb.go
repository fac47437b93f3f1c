package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tgfetch/tgfetch/bench/internal/gauge"
	"github.com/tgfetch/tgfetch/bench/internal/ladder"
	"github.com/tgfetch/tgfetch/bench/internal/stat"
	"github.com/tgfetch/tgfetch/bench/report"
	"github.com/tgfetch/tgfetch/dcpool"
)

const (
	// maxWait is the longest that is waited because Telegram asks to. The
	// measurement of that way ends if it is longer.
	maxWait = time.Minute
	// maxFloods is how many waits one way may cost.
	maxFloods = 5
	// leastVisit is the least allowance that a visit is worth making for.
	leastVisit = 1 << 20
)

// purse is what one way may spend.
type purse struct {
	bytes  int64
	until  time.Time
	visits int // At most so many are still to come.
	shares int // How many equal shares a visit may spend.
	// flights is what the visits to come have in flight in all, if they are known.
	flights int64
}

// climbShares is the shares of a visit while climbing: most climbs end long before
// their last visit, and the first round decides which points there are.
const climbShares = 3

// allowance is what the next visit may read.
func (p purse) allowance() int64 {
	return (p.bytes - p.flights) * int64(p.shares) / int64(max(p.visits, p.shares))
}

// spend takes a visit to a setting off.
func (p *purse) spend(bytes int64, s report.Setting) {
	p.bytes -= bytes
	p.flights = max(p.flights-int64(s.InFlight()), 0)
	p.visits--
}

// purse is an equal share of what is left, for one of the ways that are left.
func (m *measurement) purse(ways int) purse {
	left, shares, flights := m.opts.Time-time.Since(m.began), climbShares, 0
	visits := ladder.Most(m.opts.ladder())
	if len(m.opts.Settings) > 0 {
		shares = 1
		for _, s := range m.opts.Settings {
			flights += s.InFlight() * visits / len(m.opts.Settings)
		}
	}
	return purse{
		shares:  shares,
		flights: int64(flights),
		bytes:   (m.opts.MaxBytes - m.read) / int64(ways),
		until:   time.Now().Add(left / time.Duration(ways)),
		visits:  ladder.Most(m.opts.ladder()),
	}
}

// climb measures the points of one way. ways is how many are left, this one
// included. It returns an error only at the end of ctx.
func (m *measurement) climb(ctx context.Context, w *way, ways int) error {
	gauged, plan, purse := m.gauge(w), ladder.New(m.opts.ladder()), m.purse(ways)
	var sent int64 // Answers since the last flood.
	for {
		setting, ok := plan.Next()
		switch {
		case !ok:
			return nil
		case purse.bytes < leastVisit+int64(setting.InFlight()):
			w.found.Note = "the byte budget ended before every setting was measured"
			return nil
		case time.Now().After(purse.until):
			w.found.Note = "the time ended before every setting was measured"
			return nil
		}
		visit, err := gauged.Visit(ctx, gauge.Load{
			Setting: setting, Windows: windowsPerVisit, Allowance: max(purse.allowance(), leastVisit), Began: m.began,
		})
		purse.spend(visit.Bytes, setting)
		m.read += visit.Bytes
		w.found.Checked += visit.Checked
		sent += visit.Answers
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			m.refuse(w, err)
			m.noteWrong(w, err)
			return nil
		}
		result := ladder.Result{Rate: stat.Median(rates(visit.Windows))}
		if visit.Wait > 0 {
			result.Flooded = setting.Requests()
			w.found.Floods = append(w.found.Floods, report.Flood{
				At: time.Since(m.began).Seconds(), Name: visit.Flood, Setting: setting, Parallel: setting.Requests(), Sent: sent, Wait: visit.Wait.Seconds(),
			})
			sent = 0
		}
		m.opts.Measured(w.found, *w.add(setting, visit))
		plan.Record(result)
		if visit.Wait > 0 {
			if note := m.sitOut(ctx, w, visit.Wait, purse.until); note != "" {
				m.refuse(w, &dcpool.FloodError{DC: w.found.DC, Method: "upload.getFile", Wait: visit.Wait})
				w.found.Note = note
				return context.Cause(ctx)
			}
		}
	}
}

// add files what a visit found under its point.
func (w *way) add(setting report.Setting, visit gauge.Visit) *report.Point {
	i := slices.IndexFunc(w.found.Points, func(p report.Point) bool { return p.Setting == setting })
	if i < 0 {
		i = len(w.found.Points)
		w.found.Points = append(w.found.Points, report.Point{Setting: setting})
	}
	p := &w.found.Points[i]
	p.Windows = append(p.Windows, visit.Windows...)
	p.Rate, p.Low, p.High = stat.Summary(p.Rates())
	p.Flooded = p.Flooded || visit.Wait > 0
	return p
}

func rates(windows []report.Window) []float64 { return report.Point{Windows: windows}.Rates() }

// sitOut waits as long as Telegram asks. It returns why the way is given up, or
// nothing.
func (m *measurement) sitOut(ctx context.Context, w *way, wait time.Duration, until time.Time) string {
	switch {
	case wait > maxWait || time.Now().Add(wait).After(until):
		return fmt.Sprintf("Telegram asks to wait %v; try again then", wait.Round(time.Second))
	case len(w.found.Floods) >= maxFloods:
		return fmt.Sprintf("Telegram asked to wait %d times; no more was tried", maxFloods)
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return ""
	case <-ctx.Done():
		return "stopped while waiting as Telegram asks"
	}
}

// noteWrong files wrong bytes as the finding they are.
func (m *measurement) noteWrong(w *way, err error) {
	if wrong, ok := errors.AsType[*WrongError](err); ok {
		w.found.Note = "it sent wrong bytes: " + wrong.Error()
		m.wrong = cmp.Or(m.wrong, fmt.Errorf("%s sent wrong bytes: %w", w.found.Name(), err))
		m.report.Findings = append(m.report.Findings, report.Finding{
			Kind: report.FindingWrongBytes, Sentence: fmt.Sprintf("%s sent wrong bytes: %v.", w.found.Name(), wrong),
		})
	}
}
