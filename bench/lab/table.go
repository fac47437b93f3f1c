package lab

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// WriteMarkdown writes the report as two tables, the runs and the targets.
func (r Report) WriteMarkdown(w io.Writer) error {
	m := r.Machine
	fmt.Fprintf(w, "%s, %s/%s, %s, %d cores, %s.\n", r.Started.UTC().Format(time.DateOnly), m.OS, m.Arch, cmp.Or(m.CPU, "unknown CPU"), m.Cores, m.Go)
	fmt.Fprintf(w, "Median (min–max) of the runs. MB is 10⁶ bytes, MiB 2²⁰.\n\n")
	runs := [][]string{{
		"profile", "client", "runs", "transfer MB/s", "transfer s", "process s", "CPU s", "peak MiB",
		"connections", "handshakes", "requests", "asked twice MB", "others' CPU s",
	}}
	for _, p := range r.Profiles {
		for _, client := range p.clients() {
			runs = append(runs, p.row(client))
		}
	}
	targets := [][]string{{"profile", "target", "got", "verdict"}}
	for _, p := range r.Profiles {
		for _, t := range p.Targets {
			targets = append(targets, []string{p.Name, t.Want, t.Got, t.Verdict})
		}
	}
	err := writeTable(w, runs)
	if len(targets) > 1 {
		fmt.Fprintln(w)
		err = errors.Join(err, writeTable(w, targets))
	}
	for _, p := range r.Profiles {
		for _, run := range p.Runs {
			if run.Error != "" {
				_, e := fmt.Fprintf(w, "\n%s, %s, round %d: %s\n", p.Name, run.Client, run.Round, run.Error)
				err = errors.Join(err, e)
			}
		}
	}
	return err
}

// Failed counts the runs of tgfetch that failed.
func (r Report) Failed() int {
	n := 0
	for _, p := range r.Profiles {
		for _, run := range p.Runs {
			if run.Client == roleTgfetch && run.Error != "" {
				n++
			}
		}
	}
	return n
}

// clients are the names of who ran, tgfetch first.
func (p ProfileReport) clients() []string {
	var names []string
	for _, run := range p.Runs {
		if !slices.Contains(names, run.Client) {
			names = append(names, run.Client)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(isOther(a)-isOther(b), cmp.Compare(a, b))
	})
	return names
}

// row is one client's line in the table of runs.
func (p ProfileReport) row(client string) []string {
	var good []ClientRun
	failed := 0
	for _, run := range p.Runs {
		switch {
		case run.Client != client:
		case run.Error != "":
			failed++
		default:
			good = append(good, run)
		}
	}
	count := fmt.Sprint(len(good))
	if failed > 0 {
		count += fmt.Sprintf(" (%d failed)", failed)
	}
	row := []string{p.Name, client, count}
	for _, column := range []struct {
		format string
		value  func(ClientRun) float64
	}{
		{"%.1f", ClientRun.Speed},
		{"%.2f", func(r ClientRun) float64 { return r.Span }},
		{"%.2f", func(r ClientRun) float64 { return r.Wall }},
		{"%.2f", func(r ClientRun) float64 { return r.CPU }},
		{"%.0f", func(r ClientRun) float64 { return float64(r.PeakRSS) / (1 << 20) }},
		{"%.0f", func(r ClientRun) float64 { return float64(r.Connections) }},
		{"%.0f", func(r ClientRun) float64 { return float64(r.Handshakes) }},
		{"%.0f", func(r ClientRun) float64 { return float64(r.FileRequests) }},
		{"%.1f", func(r ClientRun) float64 { return float64(r.TwiceBytes) / 1e6 }},
		{"%.1f", func(r ClientRun) float64 { return r.Foreign }},
	} {
		row = append(row, spread(good, column.format, column.value))
	}
	return row
}

// spread is "median (min–max)", or one figure where they look the same.
func spread(runs []ClientRun, format string, value func(ClientRun) float64) string {
	if len(runs) == 0 {
		return "–"
	}
	var values []float64
	for _, r := range runs {
		values = append(values, value(r))
	}
	mid, low, high := fmt.Sprintf(format, median(values)), fmt.Sprintf(format, slices.Min(values)), fmt.Sprintf(format, slices.Max(values))
	if low == high {
		return mid
	}
	return fmt.Sprintf("%s (%s–%s)", mid, low, high)
}

// writeTable writes a Markdown table whose first row is the head.
func writeTable(w io.Writer, rows [][]string) error {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	line := func(row []string, pad string) string {
		var b strings.Builder
		for i, cell := range row {
			b.WriteString("|" + pad + cell + strings.Repeat(cmp.Or(strings.TrimSpace(pad), " "), widths[i]-len([]rune(cell))) + pad)
		}
		return b.String() + "|\n"
	}
	var b strings.Builder
	b.WriteString(line(rows[0], " "))
	b.WriteString(line(make([]string, len(rows[0])), "-"))
	for _, row := range rows[1:] {
		b.WriteString(line(row, " "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// isOther is 0 for tgfetch and 1 for others, to sort by.
func isOther(client string) int {
	if client == roleTgfetch {
		return 0
	}
	return 1
}
