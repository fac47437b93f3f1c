package fetcher

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// TestUnreadableLastMessages hide no chat from who looks for it by its number.
func TestUnreadableLastMessages(t *testing.T) {
	for _, which := range []string{"the chat's own", "every other chat's", "all"} {
		t.Run(which, func(t *testing.T) {
			s := startSim(t, func(s *scenario.Scenario) {
				for i := range 30 {
					id := int64(1900000001 + i)
					s.Chats = append(s.Chats, scenario.Chat{ID: id, Title: fmt.Sprint(id), Messages: []scenario.Message{
						{ID: 1, File: 3007}, {ID: 2 + i, Unknown: which == "all" || (i == 20) == (which == "the chat's own")},
					}})
				}
			})
			c := s.client(nil)
			if got := outcomes(t.Context(), c, mustLink(t, "t.me/c/1900000021/1")); got != "1:3007" {
				t.Errorf("got %s", got)
			}
		})
	}
}

// TestUnreadableStories: each ends itself alone.
func TestUnreadableStories(t *testing.T) {
	s := startSim(t, func(s *scenario.Scenario) {
		for i := range s.Accounts {
			if s.Accounts[i].ID == simUser {
				s.Accounts[i].Stories = nil
				for id := 1; id <= 20; id++ {
					s.Accounts[i].Stories = append(s.Accounts[i].Stories, scenario.Story{ID: id, File: 3007, Unknown: id == 4 || id == 15})
				}
			}
		}
	})
	c := s.client(nil)
	var files, failed []string
	for f, err := range c.Resolve(t.Context(), Link{Username: "simada", First: 1, Last: 20, Story: true}) {
		item, ofItem := errors.AsType[*ItemError](err)
		switch {
		case err == nil:
			files = append(files, fmt.Sprint(f.Source.Story))
		case ofItem && isA[*UnreadableError](err):
			failed = append(failed, fmt.Sprint(mustLink(t, item.Item).First))
		default:
			t.Fatal(err)
		}
	}
	if len(files) != 18 || strings.Join(failed, " ") != "4 15" {
		t.Errorf("%d files, unreadable %v", len(files), failed)
	}
}
