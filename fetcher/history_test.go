package fetcher

import (
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
