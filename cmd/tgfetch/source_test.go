package main

import (
	"slices"
	"testing"

	"github.com/tgfetch/tgfetch/fetcher"
)

// TestSourcesFinish plays the ways in which the files behind a link become known and end.
func TestSourcesFinish(t *testing.T) {
	file := func(id int64) fetcher.File { return fetcher.File{Kind: fetcher.Document, ID: id} }
	link := fetcher.Link{Username: "name", First: 1, Last: 2}
	type step func(s *sources, link *source) []fetcher.Link
	found := func(id int64) step {
		return func(s *sources, link *source) []fetcher.Link { s.add(file(id), link); return nil }
	}
	ended := func(id int64, ok bool) step {
		return func(s *sources, _ *source) []fetcher.Link { return s.end(file(id), ok) }
	}
	known := func(s *sources, link *source) []fetcher.Link { return s.resolved(link) }
	for _, c := range []struct {
		name   string
		steps  []step
		finish int // the step that finishes the link, from 1; 0 is none
	}{
		{"nothing in it that is new", []step{known}, 1},
		{"known, then ended", []step{found(1), found(2), known, ended(2, true), ended(1, true)}, 5},
		{"ended, then known", []step{found(1), ended(1, true), known}, 3},
		{"not known to the end", []step{found(1), ended(1, true)}, 0},
		{"one failed", []step{found(1), found(2), known, ended(1, false), ended(2, true)}, 0},
		{"the same file twice", []step{found(1), found(1), known, ended(1, true)}, 4},
		{"found again after it ended", []step{found(1), ended(1, true), found(1), known}, 4},
		{"found again after it failed", []step{found(1), ended(1, false), found(1), known}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sources{of: map[string][]*source{}}
			source := &source{link: link}
			for i, step := range c.steps {
				got := step(&s, source)
				if want := i+1 == c.finish; want != slices.Contains(got, link) {
					t.Errorf("after step %d finished are %v", i+1, got)
				}
			}
		})
	}
}

func TestLinkOfAFailedFile(t *testing.T) {
	several := fetcher.Link{Username: "name", First: 1, Last: 9}
	f := fetcher.File{Kind: fetcher.Document, ID: 1, Source: fetcher.Source{Link: several, Message: 4}}
	s := sources{of: map[string][]*source{}}
	if got := s.link(f, "mine"); got != "mine" {
		t.Errorf("a file of no source has link %q", got)
	}
	s.add(f, &source{link: several}, &source{link: f.Source.Item()})
	if got, want := s.link(f, "mine"), "https://t.me/name/4?single"; got != want {
		t.Errorf("link %q, want %q", got, want)
	}
}
