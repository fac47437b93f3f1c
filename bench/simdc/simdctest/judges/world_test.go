package judges

import (
	"fmt"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// Ids of the world's chats and accounts; the rest is scenario.Default.
const (
	movedMessage = 101
	movedFile    = 9001
	manyChats    = 230
	clubChat     = 1600000002
	ada, cleo    = 7001, 7003
	bot          = 7004
)

// world is the default scenario with a list of chats of several pages, some of
// them pinned and some archived, and a file of a size that a test can wait for
// whose stated data center is stale.
func world() scenario.Scenario {
	s := scenario.Default()
	s.Files = append(s.Files, scenario.File{ID: movedFile, DC: 5, StatedDC: 3, Size: 3<<20 + 17, Name: "moved.bin"})
	s.Chats[0].Messages = append(s.Chats[0].Messages, scenario.Message{ID: movedMessage, Text: "Moved", File: movedFile})
	for n := range manyChats {
		s.Chats = append(s.Chats, scenario.Chat{
			ID: 1_800_000_000 + int64(n), Title: fmt.Sprintf("Chat %d", n), Group: n%2 == 1,
			Pinned: n == 3 || n == 7 || n == 120, Archived: n >= 100 && n < 140,
			Messages: []scenario.Message{{ID: 1, Text: "Hello."}, {ID: 2, Text: "Goodbye."}},
		})
	}
	return s
}

// wanted is a file that a client is to fetch.
type wanted struct {
	Name     string `json:"name"`
	Username string `json:"username,omitempty"`
	Chat     int64  `json:"chat,omitempty"` // By id, for those without a name.
	Message  int    `json:"message"`
	file     int64
}

// Files for every account, and for those that are in the private channel.
var (
	publicFiles = []wanted{
		{Name: "on DC 1", Username: "simfiles", Message: 9, file: 3002},
		{Name: "on DC 5", Username: "simfiles", Message: 10, file: 3003},
		{Name: "moved", Username: "simfiles", Message: movedMessage, file: movedFile},
		{Name: "on the media address of DC 4", Username: "simfiles", Message: 18, file: 3009},
		{Name: "a photo", Username: "simfiles", Message: 3, file: 1002},
		{Name: "on the CDN", Username: "simfiles", Message: 22, file: 3013},
		{Name: "on the CDN after a re-upload", Username: "simfiles", Message: 23, file: 3014},
	}
	privateFiles = []wanted{{Name: "in a private channel", Chat: clubChat, Message: 2, file: 5001}}
)

// sizeOf is the size of a file of the world.
func sizeOf(s scenario.Scenario, id int64) int64 {
	for _, f := range s.Files {
		if f.ID == id {
			return int64(f.Size)
		}
	}
	return -1
}
