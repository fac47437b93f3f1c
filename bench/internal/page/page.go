// Package page writes a report as one page of HTML that needs nothing else: charts
// are inline SVG, and there is no script and nothing to load.
package page

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/tgfetch/tgfetch/bench/report"
)

//go:embed page.html
var source string

var tmpl = template.Must(template.New("page").Funcs(template.FuncMap{
	"rate": report.Rate, "bytes": report.Bytes, "millis": report.Millis, "limit": limitWords, "quantile": report.Quantile,
	"seconds": func(s float64) string { return fmt.Sprintf("%.0f s", s) },
	"mb":      func(v float64) string { return fmt.Sprintf("%.3g", v/1e6) },
}).Parse(source))

// Write writes the page of r to w.
//
// Errors: those of w, and of the charts.
func Write(w io.Writer, r report.Report) error {
	p := page{
		Report:   r,
		Began:    r.Started.UTC().Format("2006-01-02 15:04 UTC"),
		Took:     (time.Duration(r.Seconds) * time.Second).String(),
		MiB:      r.Bytes >> 20,
		Findings: r.Findings,
	}
	for _, d := range r.DCs {
		if len(d.Points) == 0 {
			p.Others = append(p.Others, d)
			continue
		}
		s, err := sectionOf(d)
		if err != nil {
			return fmt.Errorf("charts of %s: %w", d.Name(), err)
		}
		p.Sections = append(p.Sections, s)
	}
	if len(p.Sections) > 1 {
		svg, err := overview(r.DCs)
		if err != nil {
			return fmt.Errorf("overview: %w", err)
		}
		p.Overview = svg
	}
	var b strings.Builder
	if err := tmpl.Execute(&b, p); err != nil {
		return err
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// page is what the template is filled with.
type page struct {
	report.Report
	Began, Took string
	MiB         int64
	Findings    []report.Finding
	Overview    template.HTML
	Sections    []section
	Others      []report.DC
}

// section is one way to a data center with its charts; those that there is nothing
// for are empty.
type section struct {
	report.DC
	Connections, InFlight, Time, RTTs template.HTML
	Best                              report.Point
}

func sectionOf(d report.DC) (section, error) {
	s := section{DC: d}
	for _, p := range d.Points {
		if p.Setting == d.Verdict.Setting {
			s.Best = p
		}
	}
	for _, c := range []struct {
		to   *template.HTML
		make func(report.DC) (template.HTML, error)
	}{{&s.Connections, byConnections}, {&s.InFlight, byInFlight}, {&s.Time, overTime}, {&s.RTTs, roundTrips}} {
		var err error
		if *c.to, err = c.make(d); err != nil {
			return s, err
		}
	}
	return s, nil
}

// limitWords are what the limits are called on the page.
func limitWords(limit string) string {
	switch limit {
	case report.LimitConnection:
		return "each connection"
	case report.LimitDC:
		return "the data center"
	case report.LimitAccount:
		return "the account, over all data centers"
	case report.LimitPath:
		return "the distance"
	case report.LimitEndpoint:
		return "these addresses"
	case report.LimitCPU:
		return "this machine"
	case report.LimitFlood:
		return "waits that Telegram asks for"
	}
	return "not known"
}
