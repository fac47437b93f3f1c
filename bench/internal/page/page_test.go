package page

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/tgfetch/tgfetch/bench/report"
)

func sample() report.Report {
	point := func(connections, window int, rate float64) report.Point {
		p := report.Point{Setting: report.Setting{Connections: connections, Window: window, Part: 128 << 10}, Rate: rate, Low: rate * 0.9, High: rate * 1.1}
		for i := range 3 {
			p.Windows = append(p.Windows, report.Window{At: float64(connections + i), Seconds: 0.3, Bytes: int64(rate * 0.3)})
		}
		return p
	}
	best := report.Setting{Connections: 4, Window: 256 << 10, Part: 128 << 10}
	return report.Report{
		Version: report.Version, Bytes: 75 << 20, Seconds: 25, Partial: "stopped <by> hand",
		DCs: []report.DC{
			{
				DC: 4, Kind: report.Main, Home: true, Dial: []float64{0.06}, Exchange: 0.26, RTT: []float64{0.06, 0.061, 0.09},
				Points: []report.Point{point(1, 256<<10, 1e6), point(2, 256<<10, 2e6), point(4, 256<<10, 4e6)},
				Floods: []report.Flood{{At: 9, Parallel: 16, Wait: 1.9999}},
				Verdict: report.Verdict{
					Limit: report.LimitFlood, Setting: best, Rate: 4e6, Sentence: "Telegram asks to wait & more.",
				},
			},
			{DC: 203, Kind: report.CDN, Points: []report.Point{point(1, 256<<10, 9e6)}, Verdict: report.Verdict{Rate: 9e6, Limit: report.LimitDC}},
			{DC: 2, Kind: report.Main, Note: "no media there"},
		},
		Findings: []report.Finding{{Kind: report.FindingCDNFaster, Sentence: "CDN 203 is faster."}},
	}
}

func TestPage(t *testing.T) {
	var b strings.Builder
	if err := Write(&b, sample()); err != nil {
		t.Fatal(err)
	}
	html := b.String()
	for _, want := range []string{
		"stopped &lt;by&gt; hand", "Telegram asks to wait &amp; more.", "4 × 256 KiB in flight, parts of 128 KiB: 4 MB/s",
		"2 s with 16 requests under way", "CDN 203 is faster.", "no media there", "A key exchange takes 260 ms", "Telegram asked to wait",
	} {
		if !strings.Contains(html, want) {
			t.Errorf("no %q", want)
		}
	}
	// The overview; four charts of DC 4; of CDN 203, which has one point and no
	// round trips, that over time.
	if n := strings.Count(html, "<svg"); n != 6 {
		t.Errorf("%d charts, want 6", n)
	}
}

// The page loads nothing and runs nothing.
func TestPageIsSelfContained(t *testing.T) {
	var b strings.Builder
	if err := Write(&b, sample()); err != nil {
		t.Fatal(err)
	}
	for _, found := range regexp.MustCompile(`(?i)<(script|link|img|iframe|object)\b|\b(src|href)="[^#"][^"]*"|url\([^)]*\)|@import`).FindAllString(b.String(), -1) {
		t.Errorf("refers to something else: %s", found)
	}
}

// Every chart is well-formed XML.
func TestCharts(t *testing.T) {
	var b strings.Builder
	if err := Write(&b, sample()); err != nil {
		t.Fatal(err)
	}
	for _, svg := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(b.String(), -1) {
		d := xml.NewDecoder(strings.NewReader(svg))
		for {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%v in\n%.200s", err, svg)
			}
		}
	}
}

func TestPageOfNothing(t *testing.T) {
	var b strings.Builder
	if err := Write(&b, report.Report{DCs: []report.DC{{DC: 2, Kind: report.Main}}}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "Not measured") {
		t.Error("it does not say so")
	}
}
