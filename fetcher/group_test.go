package fetcher

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// manyMessages is a channel t.me/simmany with messages 1 to 2000, a file in each.
func manyMessages(s *scenario.Scenario) {
	s.Files = append(s.Files, scenario.File{ID: 90_001, Size: 1000, DC: 1, Count: 2000})
	s.Chats = append(s.Chats, scenario.Chat{
		ID: 1800000004, Title: "Many", Username: "simmany", Messages: []scenario.Message{{ID: 1, File: 90_001, Count: 2000}},
	})
}

// links are of messages in t.me/simmany.
func links(first, last, step int) (all []Link) {
	for id := first; id <= last; id += step {
		all = append(all, Link{Username: "simmany", First: id, Last: id})
	}
	return all
}

// resolveAll writes down what links resolve to: message numbers, and the
// reason in place of those that were skipped.
func resolveAll(t *testing.T, c *Client, all []Link, opts ResolveOptions) string {
	t.Helper()
	var got []string
	for f, err := range c.ResolveAll(t.Context(), slices.Values(all), opts) {
		skipped, isSkip := errors.AsType[*SkipError](err)
		switch item, _ := errors.AsType[*ItemError](err); {
		case err == nil:
			got = append(got, fmt.Sprint(f.Source.Message))
		case isSkip && slices.Contains(all, item.Link):
			got = append(got, fmt.Sprintf("%s:%s", item.Item[strings.LastIndex(item.Item, "/")+1:], skipped.Reason))
		default:
			got = append(got, err.Error())
		}
	}
	return strings.Join(got, " ")
}

func (s *sim) messageCalls() int {
	methods := s.Log().DC(1).Methods
	return methods["channels.getMessages"] + methods["messages.getMessages"] + methods["messages.getHistory"]
}

func TestLinksShareCalls(t *testing.T) {
	s := startSim(t, manyMessages)
	c := s.client(nil)
	for _, tt := range []struct {
		name        string
		links       []Link
		files, most int
	}{
		{"one", links(7, 7, 1), 1, 1},
		{"two thousand side by side", links(1, 2000, 1), 2000, 20},
		{"a hundred far apart", links(1, 2000, 20), 100, 1},
		{"backwards", func() []Link { l := links(1, 300, 1); slices.Reverse(l); return l }(), 300, 4},
		{"twice", append(links(5, 5, 1), links(5, 5, 1)...), 2, 1},
		{"ranges", []Link{{Username: "simmany", First: 1, Last: 50}, {Username: "simmany", First: 40, Last: 90}}, 101, 1},
		{"a long range between", slices.Concat(links(1, 2, 1), []Link{{Username: "simmany", First: 1, Last: 250}}, links(3, 4, 1)), 254, 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := s.messageCalls()
			got := strings.Fields(resolveAll(t, c, tt.links, ResolveOptions{}))
			if len(got) != tt.files {
				t.Errorf("%d files in place of %d: %s", len(got), tt.files, got)
			}
			if n := s.messageCalls() - before; n > tt.most {
				t.Errorf("%d calls, want at most %d", n, tt.most)
			}
		})
	}
}

func TestAlbumsOfManyLinks(t *testing.T) {
	s := startSim(t, manyMessages)
	c := s.client(nil)
	album := Link{Username: "simfiles", First: 3, Last: 3}
	far := func(n int) (all []Link) {
		for i := range n {
			id := 1000 + 50*i
			all = append(all, Link{Username: "simfiles", First: id, Last: id, Single: true})
		}
		return all
	}
	for _, tt := range []struct {
		name  string
		links []Link
		want  string
		calls int
	}{
		{"items of one album", []Link{album, {Username: "simfiles", First: 5, Last: 5}}, "2 3 4 5 2 3 4 5", 1},
		{"with a single item", []Link{album, {Username: "simfiles", First: 5, Last: 5, Single: true}}, "2 3 4 5 5", 1},
		{"in another call", append(far(99), album), "2 3 4 5", 2},
		{"another chat in between", []Link{album, {Channel: simClub, First: 2, Last: 2}, album}, "2 3 4 5 2 2 3 4 5", 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := s.messageCalls()
			got := resolveAll(t, c, tt.links, ResolveOptions{})
			if !strings.HasSuffix(got, tt.want) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if n := s.messageCalls() - before; n != tt.calls {
				t.Errorf("%d calls, want %d", n, tt.calls)
			}
		})
	}
}

// TestAlbumsAcrossCalls names every item of albums that lie across the edges of
// calls: each is whole, and no call is made for the edges but the last one.
func TestAlbumsAcrossCalls(t *testing.T) {
	const messages, album = 700, 7
	s := startSim(t, func(s *scenario.Scenario) {
		chat := scenario.Chat{ID: 1800000005, Title: "Albums", Username: "simalbums"}
		for i := range messages {
			chat.Messages = append(chat.Messages, scenario.Message{ID: i + 1, File: 91_000 + int64(i), Album: int64(1 + i/album)})
		}
		s.Files = append(s.Files, scenario.File{ID: 91_000, Size: 1000, DC: 1, Count: messages})
		s.Chats = append(s.Chats, chat)
	})
	c := s.client(nil)
	var all []Link
	for id := 1; id <= messages; id++ {
		all = append(all, Link{Username: "simalbums", First: id, Last: id})
	}
	for _, tt := range []struct {
		name  string
		links func() []Link
		most  int
	}{
		{"forwards", func() []Link { return all }, 1 + messages/idsPerCall},
		{"backwards", func() []Link { back := slices.Clone(all); slices.Reverse(back); return back }, 1 + messages/idsPerCall},
		{"one of each", func() []Link {
			var some []Link
			for i := 3; i < messages; i += album {
				some = append(some, all[i])
			}
			return some
		}, 1 + messages*2/idsPerCall},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list := tt.links()
			files := map[Link]int{}
			before := s.messageCalls()
			for f, err := range c.ResolveAll(t.Context(), slices.Values(list), ResolveOptions{}) {
				if err != nil {
					t.Fatal(err)
				}
				files[f.Source.Link]++
				if want := (f.Source.Link.First - 1) / album; (f.Source.Message-1)/album != want || f.Source.AlbumIndex != (f.Source.Message-1)%album+1 {
					t.Errorf("%s gave message %d as item %d", f.Source.Link, f.Source.Message, f.Source.AlbumIndex)
				}
			}
			for _, link := range list {
				if files[link] != album {
					t.Errorf("%s gave %d files, want %d", link, files[link], album)
				}
			}
			if n := s.messageCalls() - before; n > tt.most {
				t.Errorf("%d calls, want at most %d", n, tt.most)
			}
		})
	}
}

func TestSkip(t *testing.T) {
	s := startSim(t, manyMessages)
	c := s.client(nil)
	done := 0
	opts := ResolveOptions{
		Skip: func(l Link) bool { return l.First == l.Last && l.First%2 == 0 },
		Done: func(Link) { done++ },
	}
	for _, tt := range []struct {
		name  string
		links []Link
		want  string
		calls int
	}{
		{"all", links(2, 200, 2), "2:filtered 4:filtered", 0},
		{"every other", links(1, 4, 1), "2:filtered 4:filtered 1 3", 1},
		{"in a range", []Link{{Username: "simmany", First: 1, Last: 4}}, "1 2:filtered 3 4:filtered", 1},
		{"in a long range", []Link{{Username: "simmany", First: 1, Last: 200}}, "2:filtered 4:filtered", 1},
		{"in an album", []Link{{Username: "simfiles", First: 3, Last: 3}}, "2:filtered 3 4:filtered 5", 1},
		{"and what is not there", []Link{{Username: "simfiles", First: 13, Last: 14}, {Username: "simfiles", First: 1, Last: 1}},
			"13 14:filtered 1:no media", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := s.messageCalls()
			done = 0
			got := resolveAll(t, c, tt.links, opts)
			if !strings.HasPrefix(got, tt.want) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if n := s.messageCalls() - before; n != tt.calls {
				t.Errorf("%d calls, want %d", n, tt.calls)
			}
			if done != len(tt.links) {
				t.Errorf("%d of %d links were said to be done", done, len(tt.links))
			}
		})
	}
}

func TestManyLinksWithoutGetMessages(t *testing.T) {
	s := startSim(t, manyMessages)
	c := s.client(nil)
	s.fault(scenario.Fault{Do: scenario.DoError, Method: "channels.getMessages", Code: 400, Text: "INPUT_METHOD_INVALID_1"})
	all := append(links(3, 4, 1), links(1000, 2100, 500)...)
	before := s.messageCalls()
	if got := resolveAll(t, c, all, ResolveOptions{}); got != "3 4 1000 1500 2000" {
		t.Errorf("got %s", got)
	}
	if n := s.messageCalls() - before; n > 1+5 {
		t.Errorf("%d calls", n)
	}
}

func TestChatsStopWithTheContext(t *testing.T) {
	s := startSim(t, manyMessages)
	c := s.client(nil)
	stop := errors.New("stop")
	for _, all := range [][]Link{{{Username: "simmany"}}, links(1, 1000, 1)} {
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		n := 0
		var last error
		for _, last = range c.ResolveAll(ctx, slices.Values(all), ResolveOptions{}) {
			if n++; n == 1 {
				cancel(stop)
			}
		}
		if !errors.Is(last, stop) || n > idsPerCall+1 {
			t.Errorf("%s: %d items, then %v", all[0], n, last)
		}
	}
}

func TestOneBadLinkStopsNoOther(t *testing.T) {
	s := startSim(t, manyMessages)
	c := s.client(nil)
	all := slices.Concat(
		[]Link{{Username: "nobodyhere", First: 1, Last: 1}}, links(1, 2, 1),
		[]Link{{Username: "simclosed", First: 1, Last: 2}, {Username: "simfiles", First: 14, Last: 14}}, links(3, 3, 1),
	)
	var good, notFound, noAccess int
	for _, err := range c.ResolveAll(t.Context(), slices.Values(all), ResolveOptions{}) {
		switch {
		case err == nil:
			good++
		case errors.Is(err, ErrNotFound):
			notFound++
		case errors.Is(err, ErrNoAccess):
			noAccess++
		default:
			t.Error(err)
		}
	}
	if good != 3 || notFound != 2 || noAccess != 1 {
		t.Errorf("%d files, %d not found, %d without access", good, notFound, noAccess)
	}
}
