package main

import (
	"context"
	"errors"
	"fmt"
	"iter"

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

// parse reports the arguments that are no links and returns the others.
func (b *batch) parse(args []string) []namedLink {
	var links []namedLink
	for _, arg := range args {
		link, err := fetcher.ParseLink(arg)
		if err != nil {
			b.failItem(arg, err)
			continue
		}
		link.Single = link.Single || b.wish.single
		links = append(links, namedLink{link, arg})
	}
	return links
}

// find yields each wanted file behind the links once, and reports everything else: what gives no
// file, what the archive holds, what is filtered.
func (b *batch) find(ctx context.Context, client *fetcher.Client, links []namedLink) iter.Seq2[fetcher.File, error] {
	return func(yield func(fetcher.File, error) bool) {
		defer b.askFor("")
		for i, link := range links {
			if !b.findIn(ctx, client, link, yield) {
				if ctx.Err() != nil {
					b.leave(links[i:])
				}
				return
			}
		}
	}
}

// findIn yields the wanted files behind one link. It returns false when there shall be no more.
func (b *batch) findIn(ctx context.Context, client *fetcher.Client, link namedLink, yield func(fetcher.File, error) bool) bool {
	parts := []fetcher.Link{link.Link}
	if b.wish.archive != nil {
		parts = b.wish.archive.Missing(link.Link)
	}
	if len(parts) == 0 {
		b.skipItem(report.Skip{Link: link.arg, Reason: inArchive})
		return true
	}
	b.askFor(link.arg)
	// What may bring more another day is never finished, only its messages are.
	whole := &source{link: link.Link, spoilt: link.Grows()}
	var message *source // of the last file
	for _, part := range parts {
		for file, err := range client.Resolve(ctx, part) {
			if ctx.Err() != nil {
				return false
			}
			if err != nil {
				b.noFile(link, whole, err)
				continue
			}
			if own := file.Source.Item(); message == nil || message.link != own {
				b.resolved(message)
				message = &source{link: own}
			}
			wanted, more := b.take(link.arg, file, whole, message)
			if !more || wanted && !yield(file, nil) {
				return false
			}
		}
	}
	b.resolved(message)
	b.resolved(whole)
	return ctx.Err() == nil
}

// noFile reports an item that gives no file. Of many, one without a file is nothing to worry about;
// who names a single message wants to know.
func (b *batch) noFile(link namedLink, whole *source, err error) {
	skip, skipped := errors.AsType[*fetcher.SkipError](err)
	if !skipped || !link.Grows() && link.First == link.Last {
		b.spoil(whole)
		b.failItem(link.arg, err)
		return
	}
	if skip.Reason != fetcher.SkipDeleted && skip.Reason != fetcher.SkipNoMedia {
		b.spoil(whole) // It may give a file another day.
	}
	item := link.arg
	if about, ok := errors.AsType[*fetcher.ItemError](err); ok {
		item = about.Item
	}
	b.skipItem(report.Skip{Link: item, Reason: string(skip.Reason)})
}

// take decides about a file that was found. More is false if the limit of files is reached before it.
func (b *batch) take(link string, f fetcher.File, from ...*source) (wanted, more bool) {
	why := b.wish.filter.Why(f)
	switch {
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
		return false, false
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
		return false, true
	}
	return true, true
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

// leave notes links that were not, or not fully, resolved when the run was stopped.
func (b *batch) leave(links []namedLink) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, l := range links {
		b.sources.unresolved = append(b.sources.unresolved, l.arg)
	}
}

func resolveEvent(link string, f fetcher.File) report.Resolve {
	return report.Resolve{Link: link, File: f.Name, Size: f.Size, DC: f.DC, Kind: string(f.Kind), ID: f.Key(), MIME: f.MIME, Date: f.Date}
}
