package main

import (
	"github.com/tgfetch/tgfetch/fetcher"
)

// source is a link, or one message of it, on the way to "everything behind it was downloaded".
type source struct {
	link   fetcher.Link
	left   int  // files that have not ended
	known  bool // all files are known
	spoilt bool // something of it is missing: this run does not finish it
}

func (s *source) finished() bool { return s.known && s.left == 0 && !s.spoilt }

// sources follows what becomes of links. It has no lock of its own.
type sources struct {
	of    map[string][]*source // by key, those of a file
	ended map[string]bool      // by key, how a file ended
}

// add says that a file belongs to sources.
func (s *sources) add(f fetcher.File, from ...*source) {
	ok, ended := s.ended[f.Key()]
	for _, source := range from {
		if ended {
			source.spoilt = source.spoilt || !ok
			continue
		}
		source.left++
	}
	if !ended {
		s.of[f.Key()] = append(s.of[f.Key()], from...)
	}
}

// end says how a file ended, and returns what that finished.
func (s *sources) end(f fetcher.File, ok bool) (finished []fetcher.Link) {
	if s.ended == nil {
		s.ended = map[string]bool{}
	}
	s.ended[f.Key()] = ok
	for _, source := range s.of[f.Key()] {
		source.left--
		source.spoilt = source.spoilt || !ok
		if source.finished() {
			finished = append(finished, source.link)
		}
	}
	return finished
}

// resolved says that all files of a source are known, and returns it if that finished it.
func (s *sources) resolved(source *source) (finished []fetcher.Link) {
	source.known = true
	if source.finished() {
		finished = append(finished, source.link)
	}
	return finished
}

// link is the link of a file's own message, or the user's if that is not known.
func (s *sources) link(f fetcher.File, users string) string {
	for _, source := range s.of[f.Key()] {
		if source.link == f.Source.Item() {
			return source.link.String()
		}
	}
	return users
}
