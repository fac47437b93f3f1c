package bench

import (
	"strings"
	"testing"

	"github.com/tgfetch/tgfetch/bench/report"
	"github.com/tgfetch/tgfetch/fetcher/plain/plaintest"
)

// Errors of servers are in the notes of a report.
func TestPageIsPlain(t *testing.T) {
	t.Parallel()
	text := plaintest.Text() + "<script>"
	var b strings.Builder
	r := Report{Partial: text, DCs: []report.DC{{DC: 2, Kind: report.Main, Note: text}}, Findings: []report.Finding{{Sentence: text}}}
	if err := WritePage(&b, r); err != nil {
		t.Fatal(err)
	}
	page := strings.ReplaceAll(b.String(), "\n"+plaintest.Forged, "") // A line of the source is none of the page.
	if left := plaintest.Left(page); left != "" || strings.Contains(page, "<script>") || strings.Count(page, "before") < 3 {
		t.Errorf("%q is left in %.2000q", left, page)
	}
}
