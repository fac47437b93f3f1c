package live

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/tgfetch/tgfetch/bench"
	"github.com/tgfetch/tgfetch/bench/report"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher"
)

const (
	// rateWindow is the bytes in flight on each connection, ratePart those of a
	// request, as official clients have them.
	rateWindow = 512 << 10
	ratePart   = 128 << 10
	// rateTime bounds how long measuring takes.
	rateTime = time.Minute
	// slack is what may be read beyond the budget of a measurement.
	slack = 5 << 20
	// leastRate is the least number of bytes worth measuring with.
	leastRate = 8 << 20
)

// rateConnections are the numbers of connections that are tried.
var rateConnections = [...]int{1, 2, 4, 8}

// speeds measures the largest file's data center with more and more connections.
func (a *asker) speeds(ctx context.Context) error {
	if len(a.files.documents) == 0 || a.files.documents[0].Size < leastLarge {
		return noLarge
	}
	var settings []report.Setting
	for _, n := range rateConnections {
		settings = append(settings, report.Setting{Connections: n, Window: rateWindow, Part: ratePart})
	}
	// A little is read beyond the budget, until that is seen.
	bytes := a.opts.MaxBytes - a.meter.read.Load() - slack
	if bytes < leastRate {
		return errBytesLeft
	}
	found, err := bench.Run(ctx, bench.Options{
		Client: a.opts.Client, Links: []fetcher.Link{a.files.documents[0].Source.Item()}, MaxBytes: bytes, Time: rateTime,
		Settings: settings, Rounds: 1, Only: a.isWay,
		Watch: func(p *dcpool.Pool) func() { return a.opts.Watch(p) },
	})
	i := slices.IndexFunc(found.DCs, func(d report.DC) bool { return len(d.Points) > 0 })
	if i < 0 {
		return cmp.Or(err, error(noRate))
	}
	d := found.DCs[i]
	a.report.Speeds = speeds(d)
	seen, whole := judgeRate(d)
	switch {
	case whole:
		a.saw(rate, seen)
		return nil
	case seen.seen != "":
		return cannot(seen.seen + "; bytes or time ended before more")
	}
	return cmp.Or(err, error(noRate))
}

const (
	errBytesLeft cannot = "too few of the bytes that a run may cost are left"
	noRate       cannot = "nothing could be measured"
)

// isWay says that a way is the one that downloads take.
func (a *asker) isWay(d report.DC) bool {
	switch d.Kind {
	case report.CDN:
		return false
	case report.Media:
		return true
	}
	for _, o := range a.config.DCOptions {
		if o.ID == d.DC && o.MediaOnly && o.Ipv6 == a.opts.Client.IPv6 {
			return false
		}
	}
	return true
}
