package fetcher

import (
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// migrated is a supergroup that was a basic group, of which one account was a
// member.
func migrated(s *scenario.Scenario) {
	s.Chats = append(s.Chats,
		scenario.Chat{ID: 4000, Title: "Friends", Basic: true, Members: []int64{simUser}, Messages: []scenario.Message{
			{ID: 110, File: 3007}, {ID: 111, Text: "words"}, {ID: 112, File: 3008},
		}},
		scenario.Chat{ID: 1800000004, Title: "Friends", Group: true, MigratedFrom: 4000, Messages: []scenario.Message{
			{ID: 1, Text: "moved"}, {ID: 2, File: 3009}, {ID: 110, File: 3010},
		}})
}

func TestGroupsThatMigrated(t *testing.T) {
	s := startSim(t, migrated)
	c := s.client(nil)
	for _, tt := range []struct {
		link string
		opts ResolveOptions
		want string
	}{
		{"t.me/c/1800000004", ResolveOptions{}, "110 2 1:no media 112 openmessage?chat_id=4000&message_id=111:no media 110"},
		{"t.me/c/1800000004", ResolveOptions{OldestFirst: true}, "110 openmessage?chat_id=4000&message_id=111:no media 112 1:no media 2 110"},
		{"t.me/c/1800000004", ResolveOptions{MinID: 2}, "110 2"},
		{"t.me/c/1800000004", ResolveOptions{MaxID: 2}, "2 1:no media"},
		{"t.me/c/1800000004/-999999890", ResolveOptions{}, "110"},
		{"t.me/c/1800000004/-999999888?single", ResolveOptions{}, "112"},
		{"t.me/c/1800000004/110", ResolveOptions{}, "110"},
		{"t.me/c/1500000001/-999999890", ResolveOptions{}, "-999999890:not found"},
	} {
		got := resolveAll(t, c, []Link{mustLink(t, tt.link)}, tt.opts)
		if tt.want == "-999999890:not found" {
			got = outcomes(t.Context(), c, mustLink(t, tt.link))
		}
		if got != tt.want {
			t.Errorf("%s %+v: got %s, want %s", tt.link, tt.opts, got, tt.want)
		}
	}
	f := resolve(t, c, mustLink(t, "t.me/c/1800000004/-999999890"))[0]
	if f.ID != 3007 || f.Source.Item().String() != "tg://openmessage?chat_id=4000&message_id=110&single" {
		t.Errorf("file %d, %s", f.ID, f.Source.Item())
	}
	s.ExpireReferences()
	if _, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()}); err != nil {
		t.Error(err)
	}
}

// TestPastOfWhoJoinedLater is not theirs to see, and no reason to fail.
func TestPastOfWhoJoinedLater(t *testing.T) {
	s := startSim(t, migrated)
	c := s.stranger(nil)
	s.login(c, "+9996620002", "22222", simUser+1)
	if got := resolveAll(t, c, []Link{{Channel: 1800000004}}, ResolveOptions{}); got != "110 2 1:no media" {
		t.Errorf("got %s", got)
	}
}

// TestChannelsHaveNoPast costs no question.
func TestChannelsHaveNoPast(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	for range c.Resolve(t.Context(), Link{Username: "simfiles"}) {
	}
	if n := s.Log().DC(1).Methods["channels.getFullChannel"]; n != 0 {
		t.Errorf("asked %d times", n)
	}
}
