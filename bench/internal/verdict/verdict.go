// Package verdict says where the limits of data centers sit and which setting
// reaches them. It is a pure function of a report.
package verdict

import (
	"fmt"
	"slices"
	"time"

	"github.com/tgfetch/tgfetch/bench/internal/ladder"
	"github.com/tgfetch/tgfetch/bench/internal/stat"
	"github.com/tgfetch/tgfetch/bench/report"
)

const (
	// LeastWindows is from how many measurements of a setting on something is
	// concluded from it, leastPoints how many such settings it takes to say where a
	// limit sits.
	LeastWindows = 3
	leastPoints  = 3
	// enough is the share of the best rate that a recommended setting reaches
	// which asks for less.
	enough = 0.97
	// proportional is the share of (connections × one connection's rate) above
	// which each connection has a limit of its own.
	proportional = 0.8
	// clearly is the ratio from which on one rate is more than another.
	clearly = 1.25
	// filled is the share of (bytes in flight ÷ round trip) above which it is the
	// distance that limits.
	filled = 0.65
	// busyOwn is the share of the cores from which on this process is held up by
	// them; busyAll that of all processes, if this one takes a good part of it.
	busyOwn, busyAll, goodPart = 0.8, 0.93, 0.3
)

// Judge fills in the verdicts and findings of r.
func Judge(r *report.Report) {
	for i := range r.DCs {
		judgeAlone(&r.DCs[i])
	}
	for i := range r.DCs {
		judgeEndpoint(r, &r.DCs[i])
		judgeCDN(r, &r.DCs[i])
	}
	judgeTogether(r)
}

// Best is the setting to recommend for a DC and the rate it delivered: the one that
// asks for least among those about as fast as the fastest, but with twice the bytes in
// flight that just did, for a moment's delay costs nothing then. Points at which
// Telegram asked to wait do not count, and where it did nothing is doubled. Nor do
// those of fewer than LeastWindows, unless there are no others and no waits: then it is
// the best that was seen.
func Best(d report.DC) (report.Setting, float64) {
	points := usable(d)
	if len(points) == 0 && len(d.Floods) == 0 {
		points = seen(d)
	}
	best := 0.0
	for _, p := range points {
		best = max(best, p.Rate)
	}
	var chosen report.Point
	for _, p := range points {
		if p.Rate >= enough*best && (chosen.Connections == 0 || ladder.Cheaper(p.Setting, chosen.Setting)) {
			chosen = p
		}
	}
	if len(d.Floods) > 0 {
		return chosen.Setting, chosen.Rate
	}
	roomy := chosen
	for _, p := range points {
		wider := p.Connections == chosen.Connections && p.Window == 2*chosen.Window && p.Rate >= enough*best
		if wider && (roomy.Setting == chosen.Setting || p.Rate > roomy.Rate) {
			roomy = p
		}
	}
	return roomy.Setting, roomy.Rate
}

// Fastest is the setting that delivered most, whatever it asks for.
func Fastest(d report.DC) (out report.Setting, rate float64) {
	for _, p := range seen(d) {
		if p.Rate > rate {
			out, rate = p.Setting, p.Rate
		}
	}
	return out, rate
}

// seen are the points that brought something, without a wait.
func seen(d report.DC) (out []report.Point) {
	for _, p := range d.Points {
		if !p.Flooded && len(p.Windows) > 0 && p.Rate > 0 {
			out = append(out, p)
		}
	}
	return out
}

// usable are those that something may be concluded from.
func usable(d report.DC) []report.Point {
	return slices.DeleteFunc(seen(d), func(p report.Point) bool { return len(p.Windows) < LeastWindows })
}

// judgeAlone is the verdict on d by what was measured there.
func judgeAlone(d *report.DC) {
	setting, rate := Best(*d)
	v := report.Verdict{Setting: setting, Rate: rate}
	switch {
	case len(d.Floods) > 0:
		v.Limit, v.Sentence = report.LimitFlood, floods(*d, setting)
	case rate == 0:
		v.Sentence = "Nothing was measured"
		if d.Note != "" {
			v.Sentence += ": " + d.Note
		}
		v.Sentence += "."
	default:
		v.Limit, v.Sentence = limitOf(*d, setting, rate)
	}
	d.Verdict = v
}

// limitOf is where the limit of a DC sits by its points alone.
func limitOf(d report.DC, setting report.Setting, rate float64) (limit, sentence string) {
	if len(usable(d)) < leastPoints {
		return report.LimitUnknown, fmt.Sprintf("Too little was measured to say where the limit sits; the best was %s. Give it more with --max-bytes or --time.", report.Rate(rate))
	}
	if busy := busyAt(d, rate); busy > 0 {
		return report.LimitCPU, fmt.Sprintf("The limit is this machine: its cores are %.0f %% busy at %s.", 100*busy, report.Rate(rate))
	}
	one, most := rateWith(d, 1), mostConnections(d)
	rtt := stat.Median(d.RTT)
	switch {
	case isDistance(d, rate, rtt):
		return report.LimitPath, fmt.Sprintf("The limit is the distance: a round trip takes %s, and %s in flight bring %s. More in flight would bring more.",
			report.Millis(rtt), report.Bytes(largest(d).InFlight()), report.Rate(rate))
	case setting.Connections == most && most > 1 && rate >= proportional*float64(setting.Connections)*one:
		return report.LimitConnection, fmt.Sprintf("The limit sits on the connection: one brings %s, %d bring %s.", report.Rate(one), setting.Connections, report.Rate(rate))
	default:
		sentence = fmt.Sprintf("The limit sits on the data center, or on what it grants the account: %s %s %s",
			connections(setting.Connections), bring(setting.Connections), report.Rate(rate))
		if most > setting.Connections {
			sentence += fmt.Sprintf(", %d no more", most)
		}
		return report.LimitDC, sentence + "."
	}
}

// busyAt is how busy the cores were while d was at about its best, if that is what
// held it up, else 0. Short windows tell little, so all of them count together.
func busyAt(d report.DC, best float64) float64 {
	var own, all, seconds float64
	for _, p := range usable(d) {
		if p.Rate < 0.9*best {
			continue
		}
		for _, w := range p.Windows {
			own, all, seconds = own+w.CPU*w.Seconds, all+w.Busy*w.Seconds, seconds+w.Seconds
		}
	}
	own, all = own/seconds, all/seconds
	if own >= busyOwn || all >= busyAll && own >= goodPart {
		return max(own, all)
	}
	return 0
}

// rateWith is the best rate with so many connections.
func rateWith(d report.DC, connections int) (rate float64) {
	for _, p := range usable(d) {
		if p.Connections == connections {
			rate = max(rate, p.Rate)
		}
	}
	return rate
}

func mostConnections(d report.DC) (n int) {
	for _, p := range usable(d) {
		n = max(n, p.Connections)
	}
	return n
}

// largest is the point with the most in flight.
func largest(d report.DC) (out report.Point) {
	for _, p := range usable(d) {
		if p.InFlight() > out.InFlight() {
			out = p
		}
	}
	return out
}

// isDistance says that the point with the most in flight is the fastest, and that
// all of it was always on its way.
func isDistance(d report.DC, best, rtt float64) bool {
	p := largest(d)
	return rtt > 0 && p.Rate >= enough*best && p.Rate*rtt >= filled*float64(p.InFlight())
}

// floods describes the waits that were asked for.
func floods(d report.DC, recommended report.Setting) string {
	least, clean := d.Floods[0].Parallel, 0
	for _, f := range d.Floods {
		least = min(least, f.Parallel)
	}
	for _, p := range usable(d) {
		clean = max(clean, p.Requests())
	}
	wait := time.Duration(d.Floods[0].Wait * float64(time.Second)).Round(time.Second)
	switch {
	case clean == 0 && len(seen(d)) > 0:
		return fmt.Sprintf("Telegram asks to wait %v after about %d requests: too little was measured until then. Try again later.", wait, d.Floods[0].Sent)
	case clean == 0:
		return fmt.Sprintf("Telegram asks to wait %v at the very first requests: nothing could be measured. Try again later.", wait)
	case clean >= least:
		return fmt.Sprintf("Telegram asks to wait %v after about %d requests, however few are under way.", wait, d.Floods[0].Sent)
	default:
		return fmt.Sprintf("Telegram asks to wait %v when %d requests are under way, not with %d: stay with %s at a time.", wait, least, clean, requests(recommended.Requests()))
	}
}

func requests(n int) string {
	if n == 1 {
		return "1 request"
	}
	return fmt.Sprintf("%d requests", n)
}

// connections and bring are the words for a number of them.
func connections(n int) string {
	if n == 1 {
		return "1 connection"
	}
	return fmt.Sprintf("%d connections", n)
}

func bring(n int) string {
	if n == 1 {
		return "brings"
	}
	return "bring"
}
