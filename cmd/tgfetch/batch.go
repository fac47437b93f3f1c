package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"sync"
	"time"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher"
)

// namedLink is a link and how the user wrote it.
type namedLink struct {
	fetcher.Link
	arg string
}

// batch fetches everything behind some links and reports it. One item's failure stops no other.
type batch struct {
	target fetcher.Target  // Immutable.
	out    report.Reporter // Immutable.
	tally  *tally          // Immutable.

	mu      sync.Mutex
	items   int                  // Guarded by mu. Files found, and items that gave none.
	held    int64                // Guarded by mu. Bytes of the files that ended well.
	open    map[string]*openFile // Guarded by mu. By key, the files that have not ended.
	first   map[string]string    // Guarded by mu. By key, the link that named a file first.
	asking  string               // Guarded by mu. The link that is being resolved, or empty.
	results []fetcher.Result     // Guarded by mu.
}

// openFile is a file that was found and has not ended.
type openFile struct {
	size  int64 // 0 if not known
	done  int64 // when last seen
	meter report.Meter
}

func (a *app) newBatch(target fetcher.Target) *batch {
	out := a.reporter()
	return &batch{target: target, out: out, tally: newTally(out, a.explain), open: map[string]*openFile{}, first: map[string]string{}}
}

// parse reports the arguments that are no links and returns the others.
func (b *batch) parse(args []string) []namedLink {
	var links []namedLink
	for _, arg := range args {
		link, err := fetcher.ParseLink(arg)
		if err != nil {
			b.failItem(arg, err)
			continue
		}
		links = append(links, namedLink{link, arg})
	}
	return links
}

// run fetches what the links hold while it still resolves the later ones. It returns when everything
// has ended, soon after ctx has.
func (b *batch) run(ctx context.Context, client *fetcher.Client, links []namedLink) {
	watching, stopWatching := context.WithCancel(ctx)
	var watcher sync.WaitGroup
	watcher.Go(func() { b.watch(watching, client) })
	for result, err := range client.FetchAll(ctx, b.resolve(ctx, client, links), b.begin) {
		b.end(result, err)
	}
	stopWatching()
	watcher.Wait()
}

// resolve yields each file behind the links once, and reports what gives none.
func (b *batch) resolve(ctx context.Context, client *fetcher.Client, links []namedLink) iter.Seq2[fetcher.File, error] {
	return func(yield func(fetcher.File, error) bool) {
		defer b.askFor("")
		for _, link := range links {
			b.askFor(link.arg)
			for file, err := range client.Resolve(ctx, link.Link) {
				if err != nil {
					b.failItem(link.arg, err)
				} else if b.add(link.arg, file) && !yield(file, nil) {
					return
				}
			}
		}
	}
}

// askFor notes which link is being resolved.
func (b *batch) askFor(link string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asking = link
}

// failItem reports an item that gave no file, by its own link if it has one.
func (b *batch) failItem(link string, err error) {
	if item, ok := errors.AsType[*fetcher.ItemError](err); ok {
		link, err = item.Item, item.Err
	}
	b.mu.Lock()
	b.items++
	b.mu.Unlock()
	b.tally.fail(link, "", err)
}

// add counts a file that was found, and reports whether it is the first of its kind in this run.
func (b *batch) add(link string, f fetcher.File) bool {
	b.mu.Lock()
	before, twice := b.first[f.Key()]
	b.items++
	if !twice {
		b.first[f.Key()] = link
		b.open[f.Key()] = &openFile{size: max(f.Size, 0)}
	}
	b.mu.Unlock()
	b.out.Resolve(report.Resolve{Link: link, File: f.Name, Size: f.Size, DC: f.DC, Kind: string(f.Kind)})
	if twice {
		b.tally.skip(report.Skip{Link: link, File: f.Name, Reason: "the same file as " + before})
	}
	return !twice
}

// begin reports the start of a file and says where it goes.
func (b *batch) begin(f fetcher.File) fetcher.Target {
	path := filepath.Join(b.target.Dir, f.Name)
	b.out.Start(report.Start{Link: b.linkOf(f), File: f.Name, Path: path, Size: f.Size, DC: f.DC})
	return b.target
}

// end reports how a file ended.
func (b *batch) end(r fetcher.Result, err error) {
	f := r.File
	link := b.linkOf(f)
	b.mu.Lock()
	delete(b.open, f.Key())
	if err == nil {
		b.held += r.Bytes
		b.results = append(b.results, r)
	}
	b.mu.Unlock()
	if err != nil {
		b.tally.fail(link, f.Name, err)
		return
	}
	if r.Existing {
		b.tally.skip(report.Skip{Link: link, File: f.Name, Path: r.Path, Reason: "already there"})
		return
	}
	b.tally.done(report.Done{
		Link:        link,
		File:        f.Name,
		Path:        r.Path,
		Size:        r.Bytes,
		SHA256:      hex.EncodeToString(r.SHA256),
		DCPath:      r.Route,
		Connections: r.Connections,
		Seconds:     r.Elapsed.Seconds(),
		Speed:       perSecond(r),
	})
}

// linkOf is the link that the user gave for a file.
func (b *batch) linkOf(f fetcher.File) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.first[f.Key()]
}

func perSecond(r fetcher.Result) float64 {
	if r.Elapsed <= 0 {
		return 0
	}
	return float64(r.Bytes) / r.Elapsed.Seconds()
}

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
	if len(s.Active) == 0 && b.asking != "" {
		p.Doing = "looking up " + b.asking
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
		if what == "file" { // dcpool's word for all of them together
			what = "file reads"
		}
		out = append(out, report.Wait{DC: x.DC, What: what, Seconds: left.Round(time.Second).Seconds(), Until: x.Until})
	}
	return out
}
