package fetcher

import (
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/session"
)

func mustLink(t *testing.T, s string) Link {
	t.Helper()
	link, err := ParseLink(s)
	if err != nil {
		t.Fatal(err)
	}
	return link
}

// TestNamesMove: whoever has a name now is who it leads to, and never who had
// it before.
func TestNamesMove(t *testing.T) {
	const club = 1600000002
	for _, tt := range []struct {
		name string
		to   int64
		link string
		want string
	}{
		{"to another chat", club, "t.me/simfiles/2", "2:5001"},
		{"to nobody", 0, "t.me/simfiles/2", "2:not found"},
		{"whole chat", club, "t.me/simfiles", "4:5003 3:5002 2:5001 1:no media"},
		{"range", club, "t.me/simfiles/3-4", "3:5002 4:5003"},
		{"to a person", simUser + 1, "t.me/simfiles/9", "9:not found"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := startSim(t, nil)
			c := s.client(nil)
			if got := outcomes(t.Context(), c, simLink(t, simSmall)); got != "9:3002" {
				t.Fatalf("before: %s", got)
			}
			if err := s.MoveName("SimFiles", tt.to); err != nil {
				t.Fatal(err)
			}
			if got := outcomes(t.Context(), c, mustLink(t, tt.link)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestNameMovesWithinALink: the simulator moves it between two calls of one run.
func TestNameMovesWithinALink(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	resolve(t, c, simLink(t, simSmall))
	s.fault(scenario.Fault{Do: scenario.DoMoveName, Text: "simfiles", Peer: simClub, Method: "channels.getMessages", Times: 1})
	if got := outcomes(t.Context(), c, Link{Username: "simfiles", First: 2, Last: 2, Single: true}); got != "2:5001" {
		t.Errorf("got %s", got)
	}
}

// TestNamesAge: a name is asked for again after a day.
func TestNamesAge(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	asked := func() int { return s.Log().DC(1).Methods["contacts.resolveUsername"] }
	for _, age := range []time.Duration{0, nameAge - time.Minute, nameAge + time.Minute} {
		err := s.store.UpdateState(func(s *session.State) error {
			if p, ok := s.Peers["@simfiles"]; ok {
				p.Seen = time.Now().Add(-age)
				s.Peers["@simfiles"] = p
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		resolve(t, c, simLink(t, simSmall))
		want := 1
		if age > nameAge {
			want = 2
		}
		if n := asked(); n != want {
			t.Errorf("a name of %v: asked %d times, want %d", age, n, want)
		}
	}
}

// TestAnswersTakeNamesAway: a name that an answer about something else shows to
// be gone is forgotten.
func TestAnswersTakeNamesAway(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	resolve(t, c, simLink(t, simSmall))
	if err := s.MoveName("simfiles", 0); err != nil {
		t.Fatal(err)
	}
	resolve(t, c, Link{Channel: 1500000001, First: simSmall, Last: simSmall})
	if _, known := c.storedPeer("@simfiles"); known {
		t.Error("the name is still known")
	}
}

// TestReferencesOfAChatThatLostItsName are renewed in that chat.
func TestReferencesOfAChatThatLostItsName(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	f := file(t, c, simSmall)
	if err := s.MoveName("simfiles", simClub); err != nil {
		t.Fatal(err)
	}
	s.ExpireReferences()
	result, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	checkContent(t, result.Path, f)
}

// TestCollectibleNames: the name of a chat is its first active one, and all of
// them lead to it.
func TestCollectibleNames(t *testing.T) {
	s := startSim(t, func(s *scenario.Scenario) {
		s.Chats[0].Usernames = []scenario.Username{{Name: "sold", Inactive: true}, {Name: "Gif"}, {Name: "simgold"}}
	})
	c := s.client(nil)
	for range 2 {
		for _, name := range []string{"gif", "simgold", "simfiles"} {
			f := resolve(t, c, Link{Username: name, First: simSmall, Last: simSmall})[0]
			if f.Source.Chat.Username != "Gif" {
				t.Errorf("@%s leads to the chat @%s", name, f.Source.Chat.Username)
			}
		}
	}
	if n := s.Log().DC(1).Methods["contacts.resolveUsername"]; n != 3 {
		t.Errorf("three names were asked for %d times", n)
	}
	if got := outcomes(t.Context(), c, Link{Username: "sold", First: 9, Last: 9}); got != "9:not found" {
		t.Errorf("an inactive name: %s", got)
	}
}

// TestDiscussionOfStrangers: the account is told so little of the group that it
// can be read through the post alone.
func TestDiscussionOfStrangers(t *testing.T) {
	s := startSim(t, func(s *scenario.Scenario) {
		s.Chats = append(s.Chats,
			scenario.Chat{ID: 1800000001, Title: "News", Username: "simnews", Discussion: 1800000002, Messages: []scenario.Message{
				{ID: 5, Text: "A post", File: 3002},
			}},
			scenario.Chat{ID: 1800000002, Title: "Comments", Group: true, Min: true, Members: []int64{7002}, Messages: []scenario.Message{
				{ID: 1, Text: "A post", File: 3002, Post: 5},
				{ID: 2, Text: "A comment", Topic: 1, File: 3007}, {ID: 3, Text: "Another", Topic: 1, File: 3008},
			}})
	})
	c := s.client(nil)
	if got := outcomes(t.Context(), c, mustLink(t, "t.me/simnews/5?comment")); got != "3:3008 2:3007" {
		t.Errorf("all comments: %s", got)
	}
	files := resolve(t, c, mustLink(t, "t.me/simnews/5?comment=2"))
	if len(files) != 1 || files[0].ID != 3007 {
		t.Fatalf("one comment: %v", files)
	}
	item := files[0].Source.Item()
	if want := "https://t.me/simnews/5?single&comment=2"; item.String() != want {
		t.Errorf("its link is %s, want %s", item, want)
	}
	s.ExpireReferences()
	if _, err := c.Fetch(t.Context(), files[0], Target{Dir: t.TempDir()}); err != nil {
		t.Errorf("with a new reference: %v", err)
	}
}
