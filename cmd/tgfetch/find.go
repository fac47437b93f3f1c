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

// search is one look behind links. It belongs to the goroutine that consumes its files.
type search struct {
	b       *batch
	open    map[fetcher.Link]*openLink // those that are being resolved
	handed  int                        // of all links, how many were handed to the resolver
	message *source                    // of the last file
	why     string                     // what was skipped last was skipped; empty is not worth a word
}

// openLink is a link that was not resolved to its end.
type openLink struct {
	namedLink
	whole *source
	files int  // found so far
	over  bool // what follows is beyond --since or --until
}

// find yields each wanted file behind the links once, and reports everything else: what gives no
// file, what the archive holds, what is filtered.
func (b *batch) find(ctx context.Context, client *fetcher.Client, links []namedLink) iter.Seq2[fetcher.File, error] {
	return func(yield func(fetcher.File, error) bool) {
		s := &search{b: b, open: map[fetcher.Link]*openLink{}}
		defer b.askFor("")
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
		opts.Skip, opts.Done = s.skips, s.done
		for file, err := range client.ResolveAll(ctx, each, opts) {
			switch {
			case ctx.Err() != nil:
				s.leave(links)
				return
			case err != nil:
				s.noFile(err)
			default:
				wanted, more := s.found(file)
				if !more || wanted && !yield(file, nil) {
					return
				}
			}
		}
	}
}

// skips says what needs no call to the server.
func (s *search) skips(link fetcher.Link) bool {
	named := s.open[link]
	switch ids := &s.b.wish.ids; {
	case named != nil && (named.over || ids.Ends(named.files)):
		s.why = ""
		s.b.spoil(named.whole) // It has more.
	case !s.b.wish.hasItem(link):
		s.why = "filtered: not in " + ids.String()
	// A place counts what was downloaded before, too, so that has to be found.
	case s.b.wish.archive != nil && (named != nil || !ids.Places()) && s.b.wish.archive.HasLink(link):
		s.why = inArchive
	default:
		return false
	}
	return true
}

// done notes that all files of a link are known.
func (s *search) done(link fetcher.Link) {
	s.b.resolved(s.message)
	s.message = nil
	s.b.resolved(s.open[link].whole)
	delete(s.open, link)
}

// leave notes the links that were not, or not fully, resolved when the run was stopped.
func (s *search) leave(links []namedLink) {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	for i, l := range links {
		if i >= s.handed || s.open[l.Link] != nil {
			s.b.sources.unresolved = append(s.b.sources.unresolved, l.arg)
		}
	}
}

// found decides about a file. More is false if the limit of files is reached before it.
func (s *search) found(f fetcher.File) (wanted, more bool) {
	if own := f.Source.Item(); s.message == nil || s.message.link != own {
		s.b.resolved(s.message)
		s.message = &source{link: own, spoilt: own.Grows()}
	}
	from := s.open[f.Source.Link]
	from.files++
	from.over = from.over || from.Grows() && s.b.wish.passed(f)
	if !s.b.wish.ids.HasPlace(from.files) {
		s.b.spoil(from.whole, s.message)
		return false, true
	}
	return s.b.take(from.arg, f, from.whole, s.message)
}

// noFile reports an item that gives no file. Of many, one without a file is nothing to worry about;
// who names a single message wants to know.
func (s *search) noFile(err error) {
	about, ok := errors.AsType[*fetcher.ItemError](err)
	if !ok {
		s.b.failItem("", err)
		return
	}
	link := s.open[about.Link]
	skip, skipped := errors.AsType[*fetcher.SkipError](err)
	switch {
	case skipped && skip.Reason == fetcher.SkipFiltered:
		s.skipped(link, about.Item)
		return
	case !skipped || !link.Grows() && link.First == link.Last:
		s.b.spoil(link.whole)
		s.b.failItem(link.arg, err)
		return
	case skip.Reason != fetcher.SkipDeleted && skip.Reason != fetcher.SkipNoMedia:
		s.b.spoil(link.whole) // It may give a file another day.
	}
	s.b.skipItem(report.Skip{Link: about.Item, Reason: string(skip.Reason)})
}

// skipped reports what skips answered. Of many messages, those outside a range were not asked for.
func (s *search) skipped(link *openLink, item string) {
	single := !link.Grows() && link.First == link.Last
	if s.why != inArchive {
		s.b.spoil(link.whole)
	}
	if s.why == "" || s.why != inArchive && !single {
		return
	}
	if item == link.String() {
		item = link.arg
	}
	s.b.skipItem(report.Skip{Link: item, Reason: s.why})
}

// take decides about a file that was found. More is false if the limit of files is reached before it.
func (b *batch) take(link string, f fetcher.File, from ...*source) (wanted, more bool) {
	why, err := b.wish.why(f, link)
	switch {
	case err != nil:
		b.spoil(from...)
		b.failItem(f.Source.Item().String(), err)
		return false, true
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

func resolveEvent(link string, f fetcher.File) report.Resolve {
	return report.Resolve{Link: link, File: f.Name, Size: f.Size, DC: f.DC, Kind: f.Form, ID: f.Key(), MIME: f.MIME, Date: f.Date}
}
