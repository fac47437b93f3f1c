package fetcher

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/bench/simdc/simtest"
)

// forum is a group with two topics beside General.
func forum(s *scenario.Scenario) {
	s.Chats = append(s.Chats, scenario.Chat{
		ID: 1800000003, Title: "Forum", Username: "simforum", Group: true, Forum: true, Messages: []scenario.Message{
			{ID: 1, Text: "The group"}, {ID: 3, File: 3002},
			{ID: 4, TopicTitle: "One"}, {ID: 5, Topic: 4, File: 3007}, {ID: 6, Topic: 4, Text: "words"},
			{ID: 7, TopicTitle: "Two"}, {ID: 8, Topic: 7, File: 3008}, {ID: 9, Topic: 4, File: 3009},
			{ID: 10, File: 3010}, {ID: 11, Topic: 7, File: 3011},
		},
	})
}

func TestTopics(t *testing.T) {
	for name, turned := range map[string]bool{"General is a thread": false, "General is none": true} {
		t.Run(name, func(t *testing.T) {
			s := startSim(t, func(s *scenario.Scenario) { forum(s); simtest.Pin(s, scenario.GeneralIsThread, turned) })
			c := s.client(nil)
			for _, tt := range []struct{ link, want, topics string }{
				{"t.me/simforum/4", "9 6:no media 5", "https://t.me/simforum/4"},
				{"t.me/c/1800000003/4", "9 6:no media 5", "https://t.me/c/1800000003/4"},
				{"t.me/simforum?thread=7", "11 8", ""},
				{"t.me/simforum/1", "10 3 1:no media", "https://t.me/simforum/1"},
				{"t.me/simforum?thread=1", "10 3 1:no media", ""},
				{"t.me/simforum/4?single", "4:no media", ""},
				{"t.me/simforum/5", "5", ""},
				{"t.me/simforum/4/5", "5", ""},
				{"t.me/simforum/7/5", "5", ""}, // As in the apps: the message that is named.
				{"t.me/simforum/4/1-11", "2:deleted 4:no media 5 6:no media 9", ""},
				{"t.me/simforum/7/1-400", "2:deleted 7:no media 8 11 ", ""},
				{"t.me/simforum/1/1-11", "1:no media 2:deleted 3 10", ""},
				{"t.me/simforum/5-8", "5 6:no media 7:no media 8", ""},
			} {
				link, err := ParseLink(tt.link)
				if err != nil {
					t.Fatal(err)
				}
				var topics []string
				opts := ResolveOptions{Topic: func(l Link) { topics = append(topics, l.String()) }}
				got := resolveAll(t, c, []Link{link}, opts)
				if got != tt.want && (!strings.HasSuffix(tt.want, " ") || !strings.HasPrefix(got, tt.want)) {
					t.Errorf("%s: got %s, want %s", tt.link, got, tt.want)
				}
				if strings.Join(topics, " ") != tt.topics {
					t.Errorf("%s: topics %q, want %q", tt.link, topics, tt.topics)
				}
			}
			both := resolveAll(t, c, []Link{
				{Username: "simforum", First: 5, Last: 5}, {Username: "simforum", First: 7, Last: 7}, {Username: "simforum", First: 3, Last: 3},
			}, ResolveOptions{OldestFirst: true})
			if want := "5 8 11 3"; both != want {
				t.Errorf("a topic among messages: got %s, want %s", both, want)
			}
		})
	}
}

// TestFirstMessageOfNoForum is a message like others.
func TestFirstMessageOfNoForum(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	if got := outcomes(t.Context(), c, simLink(t, simText)); got != "1:no media" {
		t.Errorf("got %s", got)
	}
	if methods := s.Log().DC(1).Methods; methods["messages.getReplies"]+methods["messages.getHistory"] > 0 {
		t.Errorf("asked %v", methods)
	}
}

// TestUnreadableMessages: a message in a constructor that nobody knows ends
// itself and no other.
func TestUnreadableMessages(t *testing.T) {
	const first, last = 10, 250
	odd := []int{12, 13, 57, 100, 199, 250}
	s := startSim(t, func(s *scenario.Scenario) {
		chat := scenario.Chat{ID: 1800000009, Title: "Tomorrow", Username: "simtomorrow"}
		for id := first; id <= last; id++ {
			chat.Messages = append(chat.Messages, scenario.Message{ID: id, File: 3007, Unknown: slices.Contains(odd, id)})
		}
		s.Chats = append(s.Chats, chat)
	})
	c := s.client(nil)
	all := Link{Username: "simtomorrow"}
	for _, tt := range []struct {
		name  string
		links []Link
		opts  ResolveOptions
		most  int
	}{
		{"newest first", []Link{all}, ResolveOptions{}, 20},
		{"oldest first", []Link{all}, ResolveOptions{OldestFirst: true}, 20},
		{"a range", []Link{{Username: "simtomorrow", First: first, Last: last}}, ResolveOptions{}, 12},
		{"one range after the other", []Link{
			{Username: "simtomorrow", First: 10, Last: 99}, {Username: "simtomorrow", First: 100, Last: 190}, {Username: "simtomorrow", First: 191, Last: 250},
		}, ResolveOptions{}, 12},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := s.messageCalls()
			var got, failed []int
			for f, err := range c.ResolveAll(t.Context(), slices.Values(tt.links), tt.opts) {
				if err == nil {
					got = append(got, f.Source.Message)
					continue
				}
				item, ok := errors.AsType[*ItemError](err)
				if !ok || !isA[*UnreadableError](err) {
					t.Fatal(err)
				}
				failed = append(failed, mustLink(t, item.Item).First)
			}
			slices.Sort(got)
			slices.Sort(failed)
			if !slices.Equal(failed, odd) || len(got) != last-first+1-len(odd) {
				t.Errorf("%d files; unreadable are %v, want %v", len(got), failed, odd)
			}
			if n := s.messageCalls() - before; n > tt.most {
				t.Errorf("%d calls, want at most %d", n, tt.most)
			}
		})
	}
}
