package fetcher

import (
	"strings"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/bench/simdc/simtest"
)

// talkative is a chat with much text, and a web page and a poll with media.
func talkative(s *scenario.Scenario) {
	chat := scenario.Chat{ID: 1800000013, Title: "Talk", Username: "simtalk", Group: true, MigratedFrom: 4000, Messages: []scenario.Message{
		{ID: 1, Count: 500, Text: "words"}, {ID: 501, File: 1001}, {ID: 502, File: 3010}, {ID: 503, Count: 400, Text: "words"},
		{ID: 903, File: 3012}, {ID: 904, File: 1002, WebPage: "https://example.org"}, {ID: 905, Poll: []int64{1003}},
		{ID: 906, File: 3007, Text: "a document"}, {ID: 907, File: 3011}, {ID: 908, File: 1004},
	}}
	s.Chats = append(s.Chats, chat, scenario.Chat{ID: 4000, Title: "Talk", Basic: true, Members: []int64{simUser}, Messages: []scenario.Message{
		{ID: 101, Text: "words"}, {ID: 102, File: 1003},
	}})
	forum(s)
}

func TestKindsOfWholeChats(t *testing.T) {
	for name, fault := range map[string]*scenario.Fault{
		"searched":         nil,
		"without a search": {Do: scenario.DoError, Code: 400, Text: "INPUT_METHOD_INVALID", Method: "messages.search"},
		"without a filter": {Do: scenario.DoError, Code: 400, Text: "INPUT_FILTER_INVALID", Method: "messages.search"},
	} {
		t.Run(name, func(t *testing.T) {
			s := startSim(t, talkative)
			general := 0
			if simtest.Turned(scenario.GeneralIsThread) {
				general = 15 // No thread, nothing to search in.
			}
			c := s.client(nil)
			if fault != nil {
				s.fault(*fault)
			}
			for _, tt := range []struct {
				link, kinds, want string
				oldest            bool
				most              int // calls for history
			}{
				{"t.me/simtalk", "photo", "908 501 102", false, 0},
				{"t.me/simtalk", "photo", "102 501 908", true, 0},
				{"t.me/simtalk", "voice", "502", false, 0},
				{"t.me/simtalk", "audio", "907", false, 0},
				{"t.me/simtalk", "document", "906", false, 0},
				{"t.me/simtalk", "animation", "903", false, 0},
				{"t.me/simtalk", "photo,video", "908 501 102", false, 0},
				{"t.me/simtalk", "voice,round", "502", false, 0},
				{"t.me/simtalk", "photo,voice", "908 502 501 102", false, 15},
				{"t.me/simtalk", "sticker", "", false, 15},
				{"t.me/simforum/4", "document", "9 5", false, 0},
				{"t.me/simforum/1", "voice", "10", false, general},
				{"t.me/simforum/7", "audio", "11", false, 0},
				{"me", "document", "2", false, 0},
			} {
				s.Log().Reset()
				got := resolveAll(t, c, []Link{mustLink(t, tt.link)}, ResolveOptions{Kinds: strings.Split(tt.kinds, ","), OldestFirst: tt.oldest})
				if got != tt.want {
					t.Errorf("%s of %s: got %s, want %s", tt.kinds, tt.link, got, tt.want)
				}
				methods := s.Log().DC(1).Methods
				if n := methods["messages.getHistory"] + methods["messages.getReplies"]; fault == nil && n > tt.most {
					t.Errorf("%s of %s: %d calls for the history, want at most %d", tt.kinds, tt.link, n, tt.most)
				}
			}
		})
	}
}
