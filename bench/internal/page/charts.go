package page

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"

	"github.com/go-analyze/charts"

	"github.com/tgfetch/tgfetch/bench/report"
)

const width, height = 560, 300

// Colours of the series: what was measured, and what Telegram refused.
var (
	ink   = charts.ColorFromHex("#2563a8")
	pale  = charts.ColorFromHex("#9dbfe0")
	alarm = charts.ColorFromHex("#c2410c")
)

func theme(colors ...charts.Color) charts.ColorPalette {
	return charts.GetTheme(charts.ThemeLight).WithSeriesColors(colors)
}

// draw returns the SVG that paint draws. Its own size gives way to the page's.
func draw(paint func(*charts.Painter) error) (template.HTML, error) {
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: width, Height: height})
	if err := paint(p); err != nil {
		return "", err
	}
	data, err := p.Bytes()
	if err != nil {
		return "", err
	}
	return template.HTML(data), nil // Of figures and our own words alone.
}

func axes(x *charts.XAxisOption, y *[]charts.YAxisOption, labels []string, title, unit string) {
	x.Labels, x.Title = labels, title
	*y = []charts.YAxisOption{{Title: unit, Min: charts.Ptr(0.0), ValueFormatter: short}}
}

// overview is the recommended setting's speed of each way.
func overview(dcs []report.DC) (template.HTML, error) {
	var labels []string
	var values []float64
	for _, d := range dcs {
		if d.Verdict.Rate > 0 {
			labels, values = append(labels, d.Name()), append(values, d.Verdict.Rate/1e6)
		}
	}
	return bars(labels, values, "", "MB/s")
}

// bars is a bar for each label.
func bars(labels []string, values []float64, title, unit string) (template.HTML, error) {
	if len(values) == 0 {
		return "", nil
	}
	opt := charts.NewBarChartOptionWithData([][]float64{values})
	opt.Theme = theme(ink)
	axes(&opt.CategoryAxis, &opt.ValueAxis, labels, title, unit)
	opt.Legend.Show = charts.Ptr(false)
	opt.SeriesList[0].Label.Show = charts.Ptr(len(values) <= 12)
	opt.SeriesList[0].Label.ValueFormatter = func(v float64) string {
		if v == 0 {
			return ""
		}
		return short(v)
	}
	return draw(func(p *charts.Painter) error { return p.BarChart(opt) })
}

func short(v float64) string {
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// byConnections is the best that each number of connections brought.
func byConnections(d report.DC) (template.HTML, error) {
	best := map[int]report.Point{}
	for _, p := range d.Points {
		if p.Rate > best[p.Connections].Rate {
			best[p.Connections] = p
		}
	}
	return band(best, strconv.Itoa, "connections")
}

// byInFlight is the best that each number of bytes in flight brought.
func byInFlight(d report.DC) (template.HTML, error) {
	best := map[int]report.Point{}
	for _, p := range d.Points {
		if p.Rate > best[p.InFlight()].Rate {
			best[p.InFlight()] = p
		}
	}
	return band(best, report.Bytes, "in flight on all connections together")
}

// band is the median of points, by a number, between the bounds of their intervals.
func band(points map[int]report.Point, label func(int) string, title string) (template.HTML, error) {
	var keys []int
	for k := range points {
		keys = append(keys, k)
	}
	if len(keys) < 2 {
		return "", nil
	}
	slices.Sort(keys)
	var labels []string
	values := make([][]float64, 3)
	for _, k := range keys {
		labels = append(labels, label(k))
		for i, v := range []float64{points[k].Rate, points[k].Low, points[k].High} {
			values[i] = append(values[i], v/1e6)
		}
	}
	opt := charts.NewLineChartOptionWithData(values)
	opt.Theme = theme(ink, pale, pale)
	axes(&opt.XAxis, &opt.YAxis, labels, title, "MB/s")
	opt.Legend.SeriesNames = []string{"median", "low", "high"}
	opt.Legend.Show = charts.Ptr(false)
	opt.SeriesList[0].Label.Show = charts.Ptr(true)
	opt.SeriesList[0].Label.ValueFormatter = short
	return draw(func(p *charts.Painter) error { return p.LineChart(opt) })
}

// moment is a window or a flood in the order of time.
type moment struct {
	at    float64
	rate  float64
	flood bool
}

// overTime is every window in the order in which it was measured, and every flood.
func overTime(d report.DC) (template.HTML, error) {
	var all []moment
	for _, p := range d.Points {
		for _, w := range p.Windows {
			all = append(all, moment{at: w.At, rate: w.Rate() / 1e6})
		}
	}
	for _, f := range d.Floods {
		all = append(all, moment{at: f.At, flood: true})
	}
	if len(all) == 0 {
		return "", nil
	}
	slices.SortFunc(all, func(a, b moment) int {
		if a.at < b.at {
			return -1
		}
		return 1
	})
	// Places on the axis are seconds, so that pauses show.
	begin, end := all[0].at, all[len(all)-1].at
	const places = 120
	step := max((end-begin)/(places-1), 0.25)
	n := int((end-begin)/step) + 1
	speeds, floods := make([][]float64, n), make([][]float64, n)
	labels := make([]string, n)
	for i := range labels {
		labels[i] = fmt.Sprintf("%.0f s", begin+float64(i)*step)
	}
	for _, m := range all {
		i := min(int((m.at-begin)/step), n-1)
		if m.flood {
			floods[i] = append(floods[i], 0)
		} else {
			speeds[i] = append(speeds[i], m.rate)
		}
	}
	opt := charts.NewScatterChartOptionWithSeries(charts.NewSeriesListScatterMultiValue([][][]float64{speeds, floods}))
	opt.Theme = theme(ink, alarm)
	axes(&opt.XAxis, &opt.YAxis, labels, "since the measurement began", "MB/s")
	opt.XAxis.LabelCount = 8
	opt.Symbol = charts.Symbol{Shape: charts.SymbolDot, Size: 3}
	opt.SeriesList[1].Symbol = charts.Symbol{Shape: charts.SymbolDiamond, Size: 6}
	opt.Legend.SeriesNames = []string{"a window", "Telegram asked to wait"}
	opt.Legend.Show = charts.Ptr(len(d.Floods) > 0)
	return draw(func(p *charts.Painter) error { return p.ScatterChart(opt) })
}

// roundTrips is how many round trips took how long.
func roundTrips(d report.DC) (template.HTML, error) {
	if len(d.RTT) == 0 {
		return "", nil
	}
	low, high := slices.Min(d.RTT), slices.Max(d.RTT)
	const bins = 10
	step := max((high-low)/bins, 1e-6)
	decimals := 0
	for s := step * 1e3; s < 1 && decimals < 3; s *= 10 {
		decimals++ // So that no two labels are the same.
	}
	counts, labels := make([]float64, bins), make([]string, bins)
	for i := range labels {
		labels[i] = strconv.FormatFloat((low+(float64(i)+0.5)*step)*1e3, 'f', decimals, 64)
	}
	for _, v := range d.RTT {
		counts[min(int((v-low)/step), bins-1)]++
	}
	return bars(labels, counts, "milliseconds", "round trips")
}
