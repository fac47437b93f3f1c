package verdict

import (
	"fmt"

	"github.com/tgfetch/tgfetch/bench/report"
)

// judged says that enough was measured of d to compare it with others.
func judged(d report.DC) bool { return d.Verdict.Rate > 0 && d.Verdict.Limit != report.LimitUnknown }

// judgeEndpoint compares d with the other addresses of its data center.
func judgeEndpoint(r *report.Report, d *report.DC) {
	if d.Kind == report.CDN || !judged(*d) {
		return
	}
	for _, other := range r.DCs {
		if !judged(other) || other.DC != d.DC || other.Kind == d.Kind || other.Kind == report.CDN || other.Verdict.Rate < clearly*d.Verdict.Rate {
			continue
		}
		d.Verdict.Limit = report.LimitEndpoint
		d.Verdict.Sentence = fmt.Sprintf("The limit sits on these addresses: %s brings %s, the other addresses of the data center (%s) %s.",
			d.Name(), report.Rate(d.Verdict.Rate), other.Name(), report.Rate(other.Verdict.Rate))
		r.Findings = append(r.Findings, report.Finding{Kind: report.FindingEndpoint, Sentence: fmt.Sprintf(
			"%s is %.1f times as fast as %s: use its addresses.", other.Name(), other.Verdict.Rate/d.Verdict.Rate, d.Name())})
	}
}

// judgeCDN compares a CDN with the data center whose files it serves.
func judgeCDN(r *report.Report, d *report.DC) {
	if d.Kind != report.CDN || !judged(*d) {
		return
	}
	var origin report.DC
	for _, o := range r.DCs {
		if judged(o) && o.DC == d.Origin && o.Kind != report.CDN && o.Verdict.Rate > origin.Verdict.Rate {
			origin = o
		}
	}
	if origin.Verdict.Rate == 0 {
		return
	}
	f := report.Finding{Kind: report.FindingCDNFaster}
	words := "faster"
	switch ratio := d.Verdict.Rate / origin.Verdict.Rate; {
	case ratio <= 1/clearly:
		f.Kind, words = report.FindingCDNSlower, "slower"
	case ratio < clearly:
		return
	}
	f.Sentence = fmt.Sprintf("%s is %s than the data center its files are from: %s instead of %s from %s.",
		d.Name(), words, report.Rate(d.Verdict.Rate), report.Rate(origin.Verdict.Rate), origin.Name())
	r.Findings = append(r.Findings, f)
}

// judgeTogether says whether two data centers share a limit.
func judgeTogether(r *report.Report) {
	if r.Together == nil {
		return
	}
	a, b := r.Together.A, r.Together.B
	alone, atOnce := a.Alone+b.Alone, a.AtOnce+b.AtOnce
	if alone == 0 || atOnce == 0 {
		return
	}
	most := max(a.Alone, b.Alone)
	switch {
	case atOnce*clearly <= alone && atOnce <= clearly*most:
		sentence := fmt.Sprintf("%s and %s at once bring %s, one alone %s: they share a limit. It sits on ", a.Name, b.Name, report.Rate(atOnce), report.Rate(most))
		if name, rate := fasterCDN(*r, most); name != "" {
			sentence += fmt.Sprintf("the account: %s brings %s, so the line carries more.", name, report.Rate(rate))
		} else {
			sentence += "the account or on your own line."
		}
		r.Findings = append(r.Findings, report.Finding{Kind: report.FindingShared, Sentence: sentence})
		for i := range r.DCs {
			shareLimit(&r.DCs[i], a, b, sentence)
		}
	case atOnce*1.1 >= alone:
		r.Findings = append(r.Findings, report.Finding{Kind: report.FindingApart, Sentence: fmt.Sprintf(
			"%s and %s at once bring %s, as much as each alone: they share no limit.", a.Name, b.Name, report.Rate(atOnce))})
	}
}

// shareLimit gives the shared limit to one of the two that has none of another
// kind.
func shareLimit(d *report.DC, a, b report.TogetherDC, sentence string) {
	if d.Name() != a.Name && d.Name() != b.Name {
		return
	}
	if d.Verdict.Limit == report.LimitDC || d.Verdict.Limit == report.LimitConnection {
		d.Verdict.Limit, d.Verdict.Sentence = report.LimitAccount, sentence
	}
}

// fasterCDN is a CDN that brings clearly more than rate.
func fasterCDN(r report.Report, rate float64) (string, float64) {
	for _, d := range r.DCs {
		if d.Kind == report.CDN && judged(d) && d.Verdict.Rate > clearly*rate {
			return d.Name(), d.Verdict.Rate
		}
	}
	return "", 0
}
