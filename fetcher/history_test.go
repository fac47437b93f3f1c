package fetcher

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestWholeChats(t *testing.T) {
	s := startSim(t, manyMessages)
	c := s.client(nil)
	for _, oldest := range []bool{false, true} {
		before := s.messageCalls()
		got := strings.Fields(resolveAll(t, c, []Link{{Username: "simmany"}}, ResolveOptions{OldestFirst: oldest}))
		first, last := "2000", "1"
		if oldest {
			first, last = last, first
		}
		if len(got) != 2000 || got[0] != first || got[1999] != last {
			t.Errorf("oldest first is %v: %d files, from %s to %s", oldest, len(got), got[0], got[len(got)-1])
		}
		if n := s.messageCalls() - before; n > 21 {
			t.Errorf("%d calls for 2,000 messages", n)
		}
	}
	before := s.messageCalls()
	for range c.Resolve(t.Context(), Link{Username: "simmany"}) {
		break
	}
	if n := s.messageCalls() - before; n != 1 {
		t.Errorf("%d calls for the first file", n)
	}
	got := resolveAll(t, c, []Link{{Username: "simfiles"}}, ResolveOptions{OldestFirst: true})
	if want := "1:no media 2 3 4 5 6 7 8 9 10 11 12 13 15 "; !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestBoundsOfWholeChats reads parts of a chat, for no more calls than they need.
func TestBoundsOfWholeChats(t *testing.T) {
	s := startSim(t, manyMessages)
	c := s.client(nil)
	enough := 0
	for _, tt := range []struct {
		name        string
		opts        ResolveOptions
		first, last string
		files, most int
	}{
		{"from", ResolveOptions{MinID: 1951}, "2000", "1951", 50, 1},
		{"to", ResolveOptions{MaxID: 30}, "30", "1", 30, 2},
		{"between", ResolveOptions{MinID: 500, MaxID: 550}, "550", "500", 51, 1},
		{"between, oldest first", ResolveOptions{MinID: 500, MaxID: 550, OldestFirst: true}, "500", "550", 51, 1},
		{"from, oldest first", ResolveOptions{MinID: 1951, OldestFirst: true}, "1951", "2000", 50, 2},
		{"beyond", ResolveOptions{MinID: 3000}, "", "", 0, 1},
		{"until it was enough", ResolveOptions{Skip: func(l Link) bool { return l.First == 0 && enough > 0 }}, "2000", "1901", 100, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := s.messageCalls()
			var got []string
			for f, err := range c.ResolveAll(t.Context(), slices.Values([]Link{{Username: "simmany"}}), tt.opts) {
				enough++
				if skip, ok := errors.AsType[*SkipError](err); ok && skip.Reason == SkipFiltered {
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, fmt.Sprint(f.Source.Message))
			}
			enough = 0
			if len(got) != tt.files || tt.files > 0 && (got[0] != tt.first || got[len(got)-1] != tt.last) {
				t.Errorf("got %d: %s", len(got), got)
			}
			if n := s.messageCalls() - before; n > tt.most {
				t.Errorf("%d calls, want at most %d", n, tt.most)
			}
		})
	}
}

func TestSavedMessages(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	for link, want := range map[string]string{
		"me/2":   "2",
		"me":     "3 2 1:no media",
		"me/1-4": "1:no media 2 3 4:deleted",
		"tg://openmessage?user_id=7001&message_id=3": "3",
		"t.me/simada/3": "3",
	} {
		parsed, err := ParseLink(link)
		if err != nil {
			t.Fatal(err)
		}
		if got := resolveAll(t, c, []Link{parsed}, ResolveOptions{}); got != want {
			t.Errorf("%s: got %s, want %s", link, got, want)
		}
	}
}
