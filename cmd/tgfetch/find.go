package main

import (
	"context"
	"fmt"
	"iter"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
	"github.com/tgfetch/tgfetch/fetcher"
)

// namedLink is a link and how the user wrote it.
type namedLink struct {
	fetcher.Link
	arg string
}

// inArchive is why nothing is done about what the archive holds.
const inArchive = "in the download archive"

// parse reports the arguments that are no links, or links that were given before, and returns the
// others.
func (b *batch) parse(args []string) []namedLink {
	var links []namedLink
	first := map[fetcher.Link]string{}
	for _, arg := range args {
		link, err := fetcher.ParseLink(arg)
		if err != nil {
			b.failItem(arg, err)
			continue
		}
		link.Single = link.Single || b.wish.single
		if before, twice := first[link]; twice {
			b.skipItem(report.Skip{Link: arg, Reason: "the same link as " + before})
			continue
		}
		first[link] = arg
		links = append(links, namedLink{link, arg})
	}
	return links
}

// find yields each wanted file behind the links once, and reports everything else: what gives no
// file, what the archive holds, what is filtered.
func (b *batch) find(ctx context.Context, client *fetcher.Client, links []namedLink) iter.Seq2[fetcher.File, error] {
	return func(yield func(fetcher.File, error) bool) {
		s := &search{b: b, open: map[fetcher.Link]*openLink{}}
		defer b.askFor("")
		var wrong error // with the command line
		defer func() {
			switch {
			case ctx.Err() != nil:
				s.leave(links, exit.ErrInterrupted)
			case wrong != nil:
				s.leave(links, wrong)
			}
		}()
		each := func(yield func(fetcher.Link) bool) {
			for i, link := range links {
				s.handed = i + 1
				// What may bring more another day is never finished, only its messages are.
				s.open[link.Link] = &openLink{namedLink: link, whole: &source{link: link.Link, spoilt: link.Grows()}}
				b.askFor(link.arg)
				if !yield(link.Link) {
					return
				}
			}
		}
		opts := b.wish.resolve
		opts.Skip, opts.Topic, opts.Done = s.skips, s.isTopic, s.done
		for file, err := range client.ResolveAll(ctx, each, opts) {
			switch {
			case ctx.Err() != nil:
				return
			case err != nil:
				s.noFile(err)
			default:
				wanted, more, err := s.found(file)
				if wrong = err; err != nil || !more || wanted && !yield(file, nil) {
					return
				}
			}
		}
	}
}

// take decides about a file that was found. More is false if the limit of files is reached before it.
// The error, which is reported, is of a condition that cannot be asked of the file: of the command line,
// then, and the search is over.
func (b *batch) take(link string, f fetcher.File, from ...*source) (wanted, more bool, err error) {
	why, err := b.wish.why(f, link)
	switch {
	case err != nil:
		b.spoil(from...)
		b.mu.Lock()
		b.items++
		b.mu.Unlock()
		b.tally.fail(f.Source.Item().String(), f.Name, err)
		return false, false, err
	case why != "":
		b.spoil(from...) // Another filter may want it.
	case b.wish.archive != nil && b.wish.archive.HasFile(f):
		why = inArchive
	}
	b.mu.Lock()
	before, twice := b.first[f.Key()]
	switch {
	case why != "":
	case twice:
		why = "the same file as " + before
		b.sources.add(f, from...)
	case b.wish.limit > 0 && b.taken == b.wish.limit:
		b.mu.Unlock()
		b.tally.limit(fmt.Sprintf("--limit %d", b.wish.limit))
		return false, false, nil
	default:
		b.first[f.Key()] = link
		b.open[f.Key()] = &openFile{size: max(f.Size, 0)}
		b.taken++
		b.sources.add(f, from...)
	}
	b.items++
	b.mu.Unlock()
	b.out.Resolve(resolveEvent(link, f))
	if why != "" {
		b.tally.skip(report.Skip{Link: link, File: f.Name, Reason: why})
		return false, true, nil
	}
	return true, true, nil
}

// skipItem reports an item that needs nothing.
func (b *batch) skipItem(e report.Skip) {
	b.mu.Lock()
	b.items++
	b.mu.Unlock()
	b.tally.skip(e)
}

// askFor notes which link is being resolved.
func (b *batch) askFor(link string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asking = link
}

// resolved notes that all files of a source are known; nil is none.
func (b *batch) resolved(s *source) {
	if s == nil {
		return
	}
	b.mu.Lock()
	finished := b.sources.resolved(s)
	b.mu.Unlock()
	b.remember(nil, finished)
}

func (b *batch) spoil(list ...*source) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range list {
		s.spoilt = true
	}
}

func resolveEvent(link string, f fetcher.File) report.Resolve {
	return report.Resolve{Link: link, File: f.Name, Size: f.Size, DC: f.DC, Kind: f.Form, ID: f.Key(), MIME: f.MIME, Date: f.Date}
}
