package lab

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/tgfetch/tgfetch/bench"
	"github.com/tgfetch/tgfetch/bench/internal/ladder"
	"github.com/tgfetch/tgfetch/bench/internal/verdict"
	"github.com/tgfetch/tgfetch/bench/report"
	"github.com/tgfetch/tgfetch/fetcher"
)

// VerdictOptions says what [Verdicts] checks. Zero values work.
type VerdictOptions struct {
	// Limits are the known limits; nil is all of them.
	Limits []KnownLimit
	// Judged, if set, is called after each.
	Judged func(VerdictRow)
	// Logger; nil discards.
	Logger *slog.Logger
}

// VerdictReport is what [Verdicts] found.
type VerdictReport struct {
	Machine report.Machine `json:"machine"`
	Started time.Time      `json:"started"`
	Rows    []VerdictRow   `json:"rows"`
}

// VerdictRow is what became of one known limit.
type VerdictRow struct {
	Name    string `json:"name"`
	About   string `json:"about"`
	Planted string `json:"planted"`
	Named   string `json:"named"`
	// Sentence is what the verdict says, Wrong what is wrong with it.
	Sentence string `json:"sentence"`
	Wrong    string `json:"wrong,omitempty"`
	// Setting was recommended; Best was the fastest of the grid. Both were
	// then measured in turn: Rate and BestRate are bytes per second.
	Setting  report.Setting `json:"setting"`
	Best     report.Setting `json:"best"`
	Rate     float64        `json:"rate"`
	BestRate float64        `json:"best_rate"`
	// Points is how many settings were tried to find Setting, Grid how many there
	// are in the grid.
	Points int `json:"points"`
	Grid   int `json:"grid"`
}

// Share is the recommended setting's rate over that of the grid's best.
func (r VerdictRow) Share() float64 {
	if r.BestRate == 0 {
		return 0
	}
	return r.Rate / r.BestRate
}

// enoughShare is the least Share of a recommendation that holds.
const enoughShare = 0.95

// Kept says that the verdict names the known limit and its setting is as good as
// any.
func (r VerdictRow) Kept() bool { return r.Wrong == "" && r.Share() >= enoughShare }

// Failed is how many verdicts do not hold.
func (r VerdictReport) Failed() (n int) {
	for _, row := range r.Rows {
		if !row.Kept() {
			n++
		}
	}
	return n
}

// Verdicts measures networks on which the truth is known, and compares: the verdict
// with what was planted, and the setting it recommends with the best of a full grid. It
// takes some minutes for each.
//
// Errors: those of [Measure]; the report then holds what is there.
func Verdicts(ctx context.Context, opts VerdictOptions) (VerdictReport, error) {
	if opts.Limits == nil {
		opts.Limits = KnownLimits()
	}
	out := VerdictReport{Machine: report.ThisMachine(), Started: time.Now()}
	for _, p := range opts.Limits {
		row, err := p.judge(ctx, opts.Logger)
		if err != nil {
			return out, fmt.Errorf("scenario %s: %w", p.Name, err)
		}
		out.Rows = append(out.Rows, row)
		if opts.Judged != nil {
			opts.Judged(row)
		}
	}
	return out, nil
}

const (
	// plenty does not bound a measurement.
	plenty     = 64 << 30
	plentyTime = time.Hour
	// duelRounds is how often the recommended setting and the best of the grid are
	// visited in turn.
	duelRounds = 3
)

// judge measures one known limit by climbing, then all of the grid, then the
// two settings that were best there, in turn.
func (p KnownLimit) judge(ctx context.Context, log *slog.Logger) (row VerdictRow, err error) {
	use := cmp.Or(p.Use, p.DC)
	row = VerdictRow{Name: p.Name, About: p.About, Planted: p.Limit}
	opts := bench.Options{Client: fetcher.Config{Logger: log}, MaxBytes: plenty, Time: plentyTime, Connections: p.Connections}
	climbed, err := Measure(ctx, p.Scenario, opts)
	if err != nil {
		return row, err
	}
	row.Wrong = p.check(climbed)
	judged, used := climbed.Named(p.DC), climbed.Named(use)
	row.Named, row.Sentence = judged.Verdict.Limit, judged.Verdict.Sentence
	row.Setting, row.Points = used.Verdict.Setting, len(used.Points)

	opts.Only = func(d report.DC) bool { return d.Name() == use }
	opts.Settings, opts.Rounds = ladder.Grid(cmp.Or(p.Connections, 8)), 1
	row.Grid = len(opts.Settings)
	grid, err := Measure(ctx, p.Scenario, opts)
	if err != nil {
		return row, err
	}
	row.Best, _ = verdict.Fastest(grid.Named(use))

	opts.Settings, opts.Rounds = slices.Compact([]report.Setting{row.Setting, row.Best}), duelRounds
	duel, err := Measure(ctx, p.Scenario, opts)
	if err != nil {
		return row, err
	}
	for _, point := range duel.Named(use).Points {
		if point.Setting == row.Setting {
			row.Rate = point.Rate
		}
		if point.Setting == row.Best {
			row.BestRate = point.Rate
		}
	}
	return row, nil
}

// WriteMarkdown writes the rows as a table.
func (r VerdictReport) WriteMarkdown(w io.Writer) error {
	m := r.Machine
	fmt.Fprintf(w, "%s, %s/%s, %s, %d cores, %s.\n\n", r.Started.UTC().Format(time.DateOnly), m.OS, m.Arch, cmp.Or(m.CPU, "unknown CPU"), m.Cores, m.Go)
	rows := [][]string{{"scenario", "network", "planted", "named", "recommended", "MB/s", "best of the grid", "MB/s", "share", "settings tried", "grid"}}
	for _, row := range r.Rows {
		name := row.Named
		if row.Wrong != "" {
			name += " (wrong)"
		}
		rows = append(rows, []string{
			row.Name, row.About, row.Planted, name, row.Setting.String(), fmt.Sprintf("%.2f", row.Rate/1e6),
			row.Best.String(), fmt.Sprintf("%.2f", row.BestRate/1e6), fmt.Sprintf("%.0f %%", 100*row.Share()),
			fmt.Sprint(row.Points), fmt.Sprint(row.Grid),
		})
	}
	if err := writeTable(w, rows); err != nil {
		return err
	}
	for _, row := range r.Rows {
		if _, err := fmt.Fprintf(w, "\n- `%s`: %s", row.Name, row.Sentence); err != nil {
			return err
		}
		if row.Wrong != "" {
			fmt.Fprintf(w, " Wrong: %s.", row.Wrong)
		}
	}
	_, err := fmt.Fprintln(w)
	return err
}
