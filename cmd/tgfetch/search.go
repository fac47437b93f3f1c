package main

import (
	"errors"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/linklist"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
	"github.com/tgfetch/tgfetch/fetcher"
)

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
	topic bool // it looked like a message's
}

// grows is [fetcher.Link.Grows], with what the server said since.
func (l *openLink) grows() bool { return l.topic || l.Grows() }

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

// isTopic notes that a link to one message leads to a topic, which is never finished.
func (s *search) isTopic(link fetcher.Link) {
	s.open[link].topic = true
	s.b.spoil(s.open[link].whole)
}

// leave lists the links that were not, or not fully, resolved when the search was stopped, and why.
func (s *search) leave(links []namedLink, why error) {
	reason := s.b.app.explain(why)
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	for i, l := range links {
		if i >= s.handed || s.open[l.Link] != nil {
			s.b.failures = append(s.b.failures, linklist.Failure{Link: l.arg, Reason: reason})
		}
	}
}

// found decides about a file, as take does.
func (s *search) found(f fetcher.File) (wanted, more bool, err error) {
	if own := f.Source.Item(); s.message == nil || s.message.link != own {
		s.b.resolved(s.message)
		s.message = &source{link: own, spoilt: own.Grows()}
	}
	from := s.open[f.Source.Link]
	from.files++
	from.over = from.over || from.grows() && s.b.wish.passed(f)
	if !s.b.wish.ids.HasPlace(from.files) {
		s.b.spoil(from.whole, s.message)
		return false, true, nil
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
	case !skipped || !link.grows() && link.First == link.Last:
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
	single := !link.grows() && link.First == link.Last
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
