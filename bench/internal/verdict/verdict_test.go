package verdict

import (
	"strings"
	"testing"

	"github.com/tgfetch/tgfetch/bench/report"
)

const kib, mib = 1 << 10, 1 << 20

// point is what a setting brought, in MB/s, in windows of a second.
func point(connections, window int, rate float64) report.Point {
	p := report.Point{Setting: report.Setting{Connections: connections, Window: window, Part: 128 * kib}, Rate: rate * 1e6}
	for range 3 {
		p.Windows = append(p.Windows, report.Window{Seconds: 1, Bytes: int64(rate * 1e6), CPU: 0.1, Busy: 0.2})
	}
	return p
}

func flooded(connections, window int) report.Point {
	return report.Point{Setting: report.Setting{Connections: connections, Window: window, Part: 128 * kib}, Flooded: true}
}

func dc(id int, kind string, rtt float64, points ...report.Point) report.DC {
	d := report.DC{DC: id, Kind: kind, Points: points}
	if rtt > 0 {
		d.RTT = []float64{rtt}
	}
	return d
}

// perConnection is a DC with a limit on each connection.
func perConnection(id int) report.DC {
	return dc(id, report.Main, 0.06, point(1, 256*kib, 1), point(1, 512*kib, 1), point(2, 256*kib, 2), point(4, 256*kib, 4), point(8, 256*kib, 7.9), point(8, 512*kib, 8))
}

// inAll is one with a limit on all of them together.
func inAll(id int, total float64) report.DC {
	return dc(id, report.Main, 0.06, point(1, 256*kib, total/2), point(2, 256*kib, total*0.9), point(4, 256*kib, total), point(8, 256*kib, total), point(4, 512*kib, total))
}

func busy(d report.DC, cpu, all float64) report.DC {
	for i := range d.Points {
		for j := range d.Points[i].Windows {
			d.Points[i].Windows[j].CPU, d.Points[i].Windows[j].Busy = cpu, all
		}
	}
	return d
}

// brief is d with fewer windows.
func brief(d report.DC, windows int) report.DC {
	for i := range d.Points {
		d.Points[i].Windows = d.Points[i].Windows[:min(windows, len(d.Points[i].Windows))]
	}
	return d
}

func withFloods(d report.DC, floods ...report.Flood) report.DC {
	d.Floods = floods
	return d
}

func cdnOf(id, origin int, points ...report.Point) report.DC {
	d := dc(id, report.CDN, 0.02, points...)
	d.Origin = origin
	return d
}

func together(alone, atOnce float64) *report.Together {
	return &report.Together{
		A: report.TogetherDC{Name: "DC 2", Alone: alone * 1e6, AtOnce: atOnce * 1e6},
		B: report.TogetherDC{Name: "DC 4", Alone: alone * 1e6, AtOnce: atOnce * 1e6},
	}
}

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name     string
		report   report.Report
		limit    string // Of the first DC.
		setting  report.Setting
		finding  string
		sentence string // Is in the verdict's or in a finding.
	}{
		{"limit on the connection", report.Report{DCs: []report.DC{perConnection(4)}},
			report.LimitConnection, report.Setting{Connections: 8, Window: 512 * kib, Part: 128 * kib}, "", "one brings 1 MB/s, 8 bring 8 MB/s"},
		{"limit on the data center", report.Report{DCs: []report.DC{inAll(4, 4)}},
			report.LimitDC, report.Setting{Connections: 4, Window: 512 * kib, Part: 128 * kib}, "", "4 connections bring 4 MB/s, 8 no more"},
		{"a few connections reach what the data center has", report.Report{DCs: []report.DC{dc(4, report.Main, 0.06,
			point(1, 256*kib, 1), point(2, 256*kib, 2), point(4, 256*kib, 4), point(8, 256*kib, 5.5))}},
			report.LimitDC, report.Setting{Connections: 8, Window: 256 * kib, Part: 128 * kib}, "", "8 connections bring 5.5 MB/s."},
		{"one connection is enough", report.Report{DCs: []report.DC{dc(4, report.Main, 0.02,
			point(1, 256*kib, 4), point(1, 512*kib, 4), point(2, 256*kib, 4))}},
			report.LimitDC, report.Setting{Connections: 1, Window: 512 * kib, Part: 128 * kib}, "", "1 connection brings 4 MB/s, 2 no more"},
		{"the distance", report.Report{DCs: []report.DC{dc(4, report.Main, 0.8,
			point(1, 2*mib, 2.6), point(1, 4*mib, 5.2), point(1, 8*mib, 10.4), point(2, 8*mib, 20.5))}},
			report.LimitPath, report.Setting{Connections: 2, Window: 8 * mib, Part: 128 * kib}, "", "a round trip takes 800 ms, and 16 MiB in flight bring 20.5 MB/s"},
		{"a long way, but the connection is what limits", report.Report{DCs: []report.DC{dc(4, report.Main, 0.3,
			point(1, 256*kib, 0.8), point(1, 512*kib, 1), point(2, 512*kib, 2), point(4, 512*kib, 4), point(8, 512*kib, 8), point(8, 1*mib, 8))}},
			report.LimitConnection, report.Setting{Connections: 8, Window: 1 * mib, Part: 128 * kib}, "", "one brings 1 MB/s"},
		{"this process takes all cores", report.Report{DCs: []report.DC{busy(inAll(4, 300), 0.9, 0.9)}},
			report.LimitCPU, report.Setting{Connections: 4, Window: 512 * kib, Part: 128 * kib}, "", "90 % busy at 300 MB/s"},
		{"others take the cores, and this one a good part", report.Report{DCs: []report.DC{busy(inAll(4, 100), 0.4, 1)}},
			report.LimitCPU, report.Setting{Connections: 4, Window: 512 * kib, Part: 128 * kib}, "", "100 % busy"},
		{"others take the cores, but a trickle needs none", report.Report{DCs: []report.DC{busy(inAll(4, 4), 0.05, 1)}},
			report.LimitDC, report.Setting{Connections: 4, Window: 512 * kib, Part: 128 * kib}, "", "4 connections"},
		{"flood from so many requests on", report.Report{DCs: []report.DC{withFloods(dc(4, report.Main, 0.06,
			point(1, 256*kib, 1), point(2, 256*kib, 2), point(4, 256*kib, 4), flooded(8, 256*kib)), report.Flood{Parallel: 16, Wait: 3, Sent: 900})}},
			report.LimitFlood, report.Setting{Connections: 4, Window: 256 * kib, Part: 128 * kib}, "", "wait 3s when 16 requests are under way, not with 8: stay with 8 requests"},
		{"flood after so many requests", report.Report{DCs: []report.DC{withFloods(dc(4, report.Main, 0.06,
			point(1, 256*kib, 1), point(2, 256*kib, 2), point(4, 256*kib, 4), flooded(8, 256*kib), flooded(1, 128*kib)),
			report.Flood{Parallel: 16, Wait: 3, Sent: 200}, report.Flood{Parallel: 1, Wait: 3, Sent: 200})}},
			report.LimitFlood, report.Setting{Connections: 4, Window: 256 * kib, Part: 128 * kib}, "", "after about 200 requests, however few"},
		{"flood at once", report.Report{DCs: []report.DC{withFloods(dc(4, report.Main, 0.06, flooded(1, 256*kib)), report.Flood{Parallel: 2, Wait: 30})}},
			report.LimitFlood, report.Setting{}, "", "at the very first requests"},
		{"nothing measured", report.Report{DCs: []report.DC{{DC: 4, Kind: report.Main, Note: "it refuses: no"}}},
			report.LimitUnknown, report.Setting{}, "", "Nothing was measured: it refuses: no."},
		{"too little measured", report.Report{DCs: []report.DC{dc(4, report.Main, 0.06, point(1, 256*kib, 1), point(1, 512*kib, 1))}},
			report.LimitUnknown, report.Setting{Connections: 1, Window: 512 * kib, Part: 128 * kib}, "", "Too little was measured"},
		{"settings that were measured once or twice", report.Report{DCs: []report.DC{brief(perConnection(4), 2)}},
			report.LimitUnknown, report.Setting{Connections: 8, Window: 512 * kib, Part: 128 * kib}, "", "Too little was measured"},
		{"a flood after settings that were measured once", report.Report{DCs: []report.DC{withFloods(brief(perConnection(4), 1), report.Flood{Parallel: 16, Wait: 3, Sent: 70})}},
			report.LimitFlood, report.Setting{}, "", "after about 70 requests: too little was measured until then"},
		{"an address that seems slow by one measurement", report.Report{DCs: []report.DC{inAll(4, 1), brief(report.DC{DC: 4, Kind: report.Media, Points: perConnection(4).Points}, 1)}},
			report.LimitDC, report.Setting{Connections: 4, Window: 512 * kib, Part: 128 * kib}, "", "4 connections bring 1 MB/s"},
		{"a CDN that seems faster by one measurement", report.Report{DCs: []report.DC{inAll(2, 2), brief(cdnOf(203, 2, perConnection(203).Points...), 1)}},
			report.LimitDC, report.Setting{Connections: 4, Window: 512 * kib, Part: 128 * kib}, "", "4 connections bring 2 MB/s"},
		{"a slow address", report.Report{DCs: []report.DC{inAll(4, 1), {DC: 4, Kind: report.Media, Points: perConnection(4).Points}}},
			report.LimitEndpoint, report.Setting{Connections: 4, Window: 512 * kib, Part: 128 * kib}, report.FindingEndpoint, "DC 4 media is 8.0 times as fast as DC 4"},
		{"shared", report.Report{DCs: []report.DC{inAll(2, 4), inAll(4, 4)}, Together: together(4, 2)},
			report.LimitAccount, report.Setting{Connections: 4, Window: 512 * kib, Part: 128 * kib}, report.FindingShared, "the account or on your own line"},
		{"shared, and a CDN shows that it is not the line", report.Report{DCs: []report.DC{inAll(2, 4), inAll(4, 4), cdnOf(203, 2, perConnection(203).Points...)}, Together: together(4, 2)},
			report.LimitAccount, report.Setting{Connections: 4, Window: 512 * kib, Part: 128 * kib}, report.FindingShared, "on the account: CDN 203 brings 8 MB/s"},
		{"not shared", report.Report{DCs: []report.DC{inAll(2, 4), inAll(4, 4)}, Together: together(4, 3.9)},
			report.LimitDC, report.Setting{Connections: 4, Window: 512 * kib, Part: 128 * kib}, report.FindingApart, "share no limit"},
		{"a CDN that is faster", report.Report{DCs: []report.DC{cdnOf(203, 2, perConnection(203).Points...), inAll(2, 2)}},
			report.LimitConnection, report.Setting{Connections: 8, Window: 512 * kib, Part: 128 * kib}, report.FindingCDNFaster, "8 MB/s instead of 2 MB/s from DC 2"},
		{"a CDN that is slower", report.Report{DCs: []report.DC{cdnOf(203, 2, inAll(203, 2).Points...), perConnection(2)}},
			report.LimitDC, report.Setting{Connections: 4, Window: 512 * kib, Part: 128 * kib}, report.FindingCDNSlower, "CDN 203 is slower"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.report
			Judge(&r)
			got := r.DCs[0].Verdict
			if got.Limit != c.limit || got.Setting != c.setting {
				t.Errorf("limit %q with %v, want %q with %v", got.Limit, got.Setting, c.limit, c.setting)
			}
			said := got.Sentence
			found := c.finding == ""
			for _, f := range r.Findings {
				said += "\n" + f.Sentence
				found = found || f.Kind == c.finding
			}
			if !found || c.finding == "" && len(r.Findings) > 0 {
				t.Errorf("findings %v, want %q", r.Findings, c.finding)
			}
			if !strings.Contains(said, c.sentence) {
				t.Errorf("said:\n%s\nwant %q in it", said, c.sentence)
			}
		})
	}
}
