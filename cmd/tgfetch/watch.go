package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher"
)

// look is how often watch looks at the client; a wait that is over sooner is not worth telling.
const look = 200 * time.Millisecond

// watch reports progress and waits until ctx ends.
func (b *batch) watch(ctx context.Context, client *fetcher.Client) {
	every := b.out.Interval()
	tick := time.NewTicker(min(look, cmp.Or(every, look)))
	defer tick.Stop()
	var meter report.Meter
	var still stillness
	told := waits{}
	shown := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			s := client.Stats()
			for _, w := range told.fresh(s.Pool.Waits, now) {
				b.out.Wait(w)
			}
			p := b.progress(s, now)
			p.Speed = meter.Add(now, p.Bytes)
			p.ETA = report.ETA(p.Total-p.Bytes, p.Speed)
			if quiet := still.since(now, p.Bytes); p.Doing == "" && len(s.Pool.Waits) == 0 && quiet >= tellStill {
				p.Doing = fmt.Sprintf("no data for %.0f s", quiet.Seconds())
			}
			if every > 0 && now.Sub(shown) >= every {
				b.out.Progress(p)
				shown = now
			}
		}
	}
}

// tellStill is for how long no byte comes before a person wonders.
const tellStill = 3 * time.Second

// stillness measures for how long a count has not changed.
type stillness struct {
	at    time.Time
	bytes int64
}

func (s *stillness) since(now time.Time, bytes int64) time.Duration {
	if s.at.IsZero() || bytes != s.bytes {
		*s = stillness{now, bytes}
	}
	return now.Sub(s.at)
}

func (b *batch) progress(s fetcher.Stats, now time.Time) report.Progress {
	ended := b.tally.ended()
	b.mu.Lock()
	defer b.mu.Unlock()
	p := report.Progress{Bytes: b.held, Total: b.held, Files: b.items, Done: ended}
	// A file that is active no more may not have ended here yet, and one that has ended may have been
	// active when s was taken: what was seen last fills the gap.
	for _, f := range s.Active {
		if o := b.open[f.File.Key()]; o != nil {
			o.done = f.Done
			p.Active = append(p.Active, report.Active{
				File: f.File.Name, Bytes: f.Done, Size: f.File.Size, Speed: o.meter.Add(now, f.Done),
			})
		}
	}
	for _, o := range b.open {
		p.Bytes += o.done
		p.Total += max(o.size, o.done)
	}
	switch {
	case len(s.Active) > 0:
	case b.asking != "":
		p.Doing = "looking up " + b.asking
	case b.commanded != "":
		p.Doing = "running the command for " + b.commanded
	}
	return p
}

// waits remembers which waits were told, by data center and method.
type waits map[string]time.Time

// fresh returns those of list that are new, or end noticeably later than was told.
func (w waits) fresh(list []dcpool.Wait, now time.Time) []report.Wait {
	var out []report.Wait
	for _, x := range list {
		key := fmt.Sprintf("%d %s", x.DC, x.Method)
		left := x.Until.Sub(now)
		if left <= 0 || x.Until.Sub(w[key]) < time.Second {
			continue
		}
		w[key] = x.Until
		what := x.Method
		switch x.Kind() {
		case dcpool.FloodFiles:
			what = "file reads"
		case dcpool.FloodTakeout:
			what = "an export; it may be allowed in the chat with Telegram"
		}
		out = append(out, report.Wait{DC: x.DC, What: what, Seconds: left.Round(time.Second).Seconds(), Until: x.Until})
	}
	return out
}
