package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tgfetch/tgfetch/bench"
	found "github.com/tgfetch/tgfetch/bench/report"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
	"github.com/tgfetch/tgfetch/fetcher/plain"
	"github.com/tgfetch/tgfetch/session/ownfile"
)

func newBenchCompare(a *app) *cobra.Command {
	return withoutFlags(&cobra.Command{
		Use:   "compare OLD NEW",
		Short: "Compare two reports of tgfetch bench --json",
		Long: `Compare two reports of tgfetch bench --json, figure by figure, as benchstat does:
medians, and a Mann-Whitney U-test. A change that chance explains is written ~;
settings are compared where both reports have them.`,
		Example: "  tgfetch bench compare before.json today.json",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return &exit.UsageError{Text: fmt.Sprintf("tgfetch bench compare takes two reports, got %d; see tgfetch bench compare --help", len(args))}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.benchCompare(args[0], args[1]) },
	}, networkFlags...)
}

// changeRow is one figure, as --json prints it.
type changeRow struct {
	Event  string  `json:"event"`
	DC     string  `json:"dc"`
	What   string  `json:"what"`
	Unit   string  `json:"unit"`
	Old    float64 `json:"old"`
	New    float64 `json:"new"`
	Delta  float64 `json:"delta"`
	P      float64 `json:"p"`
	Differ bool    `json:"differ"`
}

func (a *app) benchCompare(before, after string) error {
	old, err := readReport(before)
	if err != nil {
		return err
	}
	now, err := readReport(after)
	if err != nil {
		return err
	}
	changes := bench.Compare(old, now)
	if a.flags.json {
		for _, c := range changes {
			unit := "B/s"
			if c.Time {
				unit = "s"
			}
			if err := plain.Encode(a.out, changeRow{"change", c.DC, c.What, unit, c.Old, c.New, c.Delta, c.P, c.Differ}); err != nil {
				return err
			}
		}
		return nil
	}
	rows := make([][]string, len(changes))
	for i, c := range changes {
		rows[i] = c.Cells()
	}
	return report.Table(a.out, []string{"DC", "FIGURE", "OLD", "NEW", "CHANGE", ""}, rows...)
}

// readReport reads a report of tgfetch bench --json.
func readReport(path string) (bench.Report, error) {
	f, err := ownfile.Open(ownfile.Report, path)
	if err != nil {
		return bench.Report{}, &exit.UsageError{Text: err.Error()}
	}
	defer f.Close()
	r, err := found.Read(ownfile.Bounded(ownfile.Report, path, f))
	if err != nil {
		return bench.Report{}, &exit.UsageError{Text: path + ": " + err.Error()}
	}
	return r, nil
}
