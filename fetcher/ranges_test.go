package fetcher

import (
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/bench/simdc/simtest"
)

// TestExportsReadByRange: what was written with users and in basic groups, in the
// ranges that Telegram names, whether it insists on them or not.
func TestExportsReadByRange(t *testing.T) {
	for name, turned := range map[string]bool{"whole": false, "ranges only": true} {
		t.Run(name, func(t *testing.T) {
			s := startSim(t, func(s *scenario.Scenario) {
				simtest.Pin(s, scenario.ExportsWhole, turned)
				s.SplitRanges = []int{110, 115}
				s.Chats = append(s.Chats, scenario.Chat{ID: 4000, Title: "Friends", Basic: true, Members: []int64{simUser}, Messages: []scenario.Message{
					{ID: 101, File: 3007, Count: 3}, {ID: 110, File: 3007}, {ID: 112, Text: "words"}, {ID: 118, File: 3008}, {ID: 120, File: 3009},
				}})
			})
			if err := s.client(nil).Close(); err != nil {
				t.Fatal(err)
			}
			for _, tt := range []struct {
				export bool
				link   string
				opts   ResolveOptions
				want   string
			}{
				{true, "tg://openmessage?chat_id=4000", ResolveOptions{}, "120 118 openmessage?chat_id=4000&message_id=112:no media 110 103 102 101"},
				{true, "tg://openmessage?chat_id=4000", ResolveOptions{OldestFirst: true}, "101 102 103 110 openmessage?chat_id=4000&message_id=112:no media 118 120"},
				{true, "tg://openmessage?chat_id=4000", ResolveOptions{MinID: 103, MaxID: 118}, "118 openmessage?chat_id=4000&message_id=112:no media 110 103"},
				{true, "me", ResolveOptions{}, "3 2 1:no media"},
				{false, "me", ResolveOptions{}, "3 2 1:no media"},
			} {
				s.Log().Reset()
				c := s.stranger(func(c *Config) { c.Takeout = tt.export })
				for range 2 {
					if got := resolveAll(t, c, []Link{mustLink(t, tt.link)}, tt.opts); got != tt.want {
						t.Errorf("%s %+v: got %s, want %s", tt.link, tt.opts, got, tt.want)
					}
				}
				want := 0
				if tt.export {
					want = 1
				}
				if n := s.Log().DC(1).Methods["messages.getSplitRanges"]; n != want {
					t.Errorf("%s: the ranges were asked for %d times, want %d", tt.link, n, want)
				}
			}
		})
	}
}

// TestExportsShowChannelsThatWereLeft, and nothing else does.
func TestExportsShowChannelsThatWereLeft(t *testing.T) {
	s := startSim(t, func(s *scenario.Scenario) {
		s.Chats = append(s.Chats, scenario.Chat{ID: 1800000012, Title: "Gone", Members: []int64{simUser + 1}, Left: []int64{simUser}, Messages: []scenario.Message{
			{ID: 1, File: 3007},
		}})
	})
	if err := s.client(nil).Close(); err != nil {
		t.Fatal(err)
	}
	link := Link{Channel: 1800000012, First: 1, Last: 1}
	if got := outcomes(t.Context(), s.stranger(nil), link); got != "1:no access" {
		t.Errorf("outside of an export: %s", got)
	}
	c := s.stranger(func(c *Config) { c.Takeout = true })
	if got := outcomes(t.Context(), c, link); got != "1:3007" {
		t.Errorf("in an export: %s", got)
	}
}
