package simdc

import (
	"testing"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// TestPrivateChats reads Ada's chats with Ben, a bot and herself, which share
// one row of ids.
func TestPrivateChats(t *testing.T) {
	s := scenario.Default()
	ada := &s.Accounts[0]
	ada.Saved = append(ada.Saved, scenario.Message{ID: 11, With: scenario.Ben, Text: "hello", File: 3002}, scenario.Message{ID: 12, With: scenario.Bot, File: 3007})
	c := startTest(t, &s)
	d := c.as(t, scenario.Ada)
	got, err := d.api().MessagesGetMessages(t.Context(), []tg.InputMessageClass{
		&tg.InputMessageID{ID: 2}, &tg.InputMessageID{ID: 11}, &tg.InputMessageID{ID: 12}, &tg.InputMessageID{ID: 13},
	})
	if err != nil {
		t.Fatal(err)
	}
	messages := got.(*tg.MessagesMessages).Messages
	users := map[int64]*tg.User{}
	for _, u := range got.(*tg.MessagesMessages).Users {
		users[u.GetID()] = u.(*tg.User)
	}
	for i, peer := range []int64{scenario.Ada, scenario.Ben, scenario.Bot} {
		m, ok := messages[i].(*tg.Message)
		if !ok || m.PeerID.(*tg.PeerUser).UserID != peer || m.Out || (m.SavedPeerID != nil) != (peer == scenario.Ada) || users[peer] == nil {
			t.Errorf("message %d: %v", i, messages[i])
			continue
		}
		d.reads(t, m.Media.(*tg.MessageMediaDocument).Document.(*tg.Document))
	}
	if _, ok := messages[3].(*tg.MessageEmpty); !ok {
		t.Errorf("a message that is not there: %v", messages[3])
	}
	history, err := d.api().MessagesGetHistory(t.Context(), &tg.MessagesGetHistoryRequest{Peer: users[scenario.Ben].AsInputPeer(), Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	if list := history.(*tg.MessagesMessages); len(list.Messages) != 1 || list.Messages[0].GetID() != 11 || len(list.Users) != 2 {
		t.Errorf("the chat with Ben: %v", list)
	}
}
