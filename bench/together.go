package bench

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tgfetch/tgfetch/bench/internal/gauge"
	"github.com/tgfetch/tgfetch/bench/internal/stat"
	"github.com/tgfetch/tgfetch/bench/internal/verdict"
	"github.com/tgfetch/tgfetch/bench/report"
)

// togetherTurns is how often the two are measured alone and at once, in turn.
const togetherTurns = 2

// together measures whether two data centers share a limit: each alone and both
// at once, with the settings that were best. It does nothing where there are no two,
// or the budget has ended.
func (m *measurement) together(ctx context.Context, loaded []*way) error {
	a, b := best(loaded)
	if a == nil || len(m.opts.Settings) > 0 {
		return nil
	}
	ways := [2]*way{a, b}
	var settings [2]report.Setting
	var alone, atOnce [2][]float64
	for i, w := range ways {
		settings[i], _ = verdict.Best(w.found)
	}
	rtt := max(m.gauge(a).RTT, m.gauge(b).RTT)
	for range togetherTurns {
		if m.opts.MaxBytes-m.read < 4*int64(leastVisit+settings[0].InFlight()+settings[1].InFlight()) || time.Since(m.began) > m.opts.Time {
			break
		}
		for i := range ways {
			v, err := m.visit(ctx, ways[i], settings[i], rtt)
			m.read += v.Bytes
			m.noteWrong(ways[i], err)
			if m.flooded(ways[i], settings[i], v) || err != nil {
				return context.Cause(ctx)
			}
			alone[i] = append(alone[i], rates(v.Windows)...)
		}
		var visits [2]gauge.Visit
		var errs [2]error
		g, gctx := errgroup.WithContext(ctx)
		for i := range ways {
			g.Go(func() error {
				visits[i], errs[i] = m.visit(gctx, ways[i], settings[i], rtt)
				return errs[i]
			})
		}
		err := g.Wait()
		flooded := false
		for i, v := range visits {
			m.read += v.Bytes
			m.noteWrong(ways[i], errs[i])
			atOnce[i] = append(atOnce[i], rates(v.Windows)...)
			flooded = m.flooded(ways[i], settings[i], v) || flooded
		}
		if err != nil || flooded {
			return context.Cause(ctx)
		}
	}
	if min(len(alone[0]), len(alone[1]), len(atOnce[0]), len(atOnce[1])) < verdict.LeastWindows {
		return nil
	}
	m.report.Together = &report.Together{
		A: report.TogetherDC{Name: a.found.Name(), Alone: stat.Median(alone[0]), AtOnce: stat.Median(atOnce[0])},
		B: report.TogetherDC{Name: b.found.Name(), Alone: stat.Median(alone[1]), AtOnce: stat.Median(atOnce[1])},
	}
	return nil
}

// flooded files the wait that Telegram asked for during a visit, if it did.
func (m *measurement) flooded(w *way, s report.Setting, v gauge.Visit) bool {
	if v.Wait == 0 {
		return false
	}
	w.found.Floods = append(w.found.Floods, report.Flood{
		At: time.Since(m.began).Seconds(), Setting: s, Parallel: s.Requests(), Sent: v.Answers, Wait: v.Wait.Seconds(),
	})
	return true
}

// visit loads a way with one setting, within an eighth of what is left. rtt is the
// longer of both round trips, so that both take as long.
func (m *measurement) visit(ctx context.Context, w *way, s report.Setting, rtt time.Duration) (gauge.Visit, error) {
	way := m.gauge(w)
	way.RTT = rtt
	return way.Visit(ctx, gauge.Load{Setting: s, Windows: windowsPerVisit, Allowance: (m.opts.MaxBytes - m.read) / 8, Began: m.began})
}

// best are the two fastest ways to different data centers, CDNs left out; nils if
// there are no two.
func best(loaded []*way) (a, b *way) {
	rate := func(w *way) float64 {
		if w == nil {
			return 0
		}
		_, r := verdict.Best(w.found)
		return r
	}
	for _, w := range loaded {
		if w.found.Kind == report.CDN || rate(w) == 0 {
			continue
		}
		switch {
		case a != nil && a.found.DC == w.found.DC:
			if rate(w) > rate(a) {
				a = w
			}
		case rate(w) > rate(a):
			a, b = w, a
		case rate(w) > rate(b):
			b = w
		}
	}
	if b == nil || a.found.DC == b.found.DC {
		return nil, nil
	}
	return a, b
}
