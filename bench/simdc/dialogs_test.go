package simdc

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// Chats of manyChats.
const (
	chatBase     = 1_800_000_000
	pinnedChat   = chatBase + 3
	archivedChat = chatBase + 5
	twinChat     = chatBase + 8 // Its last message has date and id of the one before.
)

// manyChats has Ada in twelve channels, one of them pinned, two archived, one
// of which is pinned there.
func manyChats() *scenario.Scenario {
	s := scenario.Default()
	for n := range 12 {
		id := int64(chatBase + n)
		date := baseDate + 1_000_000 - 60*n
		if id == twinChat {
			date += 60
		}
		s.Chats = append(s.Chats, scenario.Chat{
			ID: id, Title: fmt.Sprint(n), Pinned: id == pinnedChat || id == archivedChat, Archived: id == archivedChat || id == archivedChat+1,
			Messages: []scenario.Message{{ID: 5, Date: date}},
		})
	}
	return &s
}

// dialogsOf pages through the list of chats as clients do and returns the
// peers in their order. It asks at most 50 times.
func (d *direct) dialogsOf(t *testing.T, r tg.MessagesGetDialogsRequest) (peers []int64, asked int) {
	t.Helper()
	r.OffsetPeer = &tg.InputPeerEmpty{}
	for asked < 50 {
		asked++
		answer, err := d.api().MessagesGetDialogs(t.Context(), &r)
		if err != nil {
			t.Fatal(err)
		}
		page, ok := answer.AsModified()
		if !ok {
			t.Fatalf("answer %v", answer)
		}
		for i, class := range page.GetDialogs() {
			one := class.(*tg.Dialog)
			m := page.GetMessages()[i].(*tg.Message)
			r.OffsetID, r.OffsetDate = m.ID, m.Date
			switch peer := one.Peer.(type) {
			case *tg.PeerChannel:
				peers = append(peers, peer.ChannelID)
				r.OffsetPeer = &tg.InputPeerChannel{ChannelID: peer.ChannelID}
			case *tg.PeerUser:
				peers = append(peers, peer.UserID)
				r.OffsetPeer = &tg.InputPeerUser{UserID: peer.UserID}
			}
		}
		if _, whole := answer.(*tg.MessagesDialogs); whole || len(page.GetDialogs()) == 0 {
			return peers, asked
		}
	}
	t.Fatalf("the list has no end: %d chats", len(peers))
	return nil, 0
}

// caller is a call of the client's, without a request.
func (d *direct) caller() *call {
	return &call{endpoint: d.e, account: d.state().current().account}
}

// TestDialogs pages through the list of chats in several ways: each lists every
// chat of the folder once, and ends.
func TestDialogs(t *testing.T) {
	c := startTest(t, manyChats())
	ada := c.as(t, scenario.Ada)
	mainList := []int64{
		pinnedChat, chatBase, chatBase + 1, chatBase + 2, chatBase + 4, chatBase + 7, twinChat, chatBase + 9, chatBase + 10, chatBase + 11,
		scenario.FilesChannel, scenario.ClubChannel, scenario.Ada,
	}
	archive := []int64{archivedChat, archivedChat + 1}
	inFolder := func(r tg.MessagesGetDialogsRequest, id int) tg.MessagesGetDialogsRequest {
		r.SetFolderID(id)
		return r
	}
	for _, limit := range []int{1, 2, 3, 100, 0} {
		for _, tt := range []struct {
			name string
			r    tg.MessagesGetDialogsRequest
			want []int64
		}{
			{"main", inFolder(tg.MessagesGetDialogsRequest{}, 0), mainList},
			{"main without pinned", inFolder(tg.MessagesGetDialogsRequest{ExcludePinned: true}, 0), mainList[1:]},
			{"archive", inFolder(tg.MessagesGetDialogsRequest{}, 1), archive},
			{"archive without pinned", inFolder(tg.MessagesGetDialogsRequest{ExcludePinned: true}, 1), archive[1:]},
		} {
			tt.r.Limit = limit
			got, asked := ada.dialogsOf(t, tt.r)
			if !slices.Equal(got, tt.want) {
				t.Errorf("%s by %d: %v, want %v", tt.name, limit, got, tt.want)
			}
			if limit == 100 && asked > 2 {
				t.Errorf("%s by %d: %d pages", tt.name, limit, asked)
			}
		}
		all, _ := ada.dialogsOf(t, tg.MessagesGetDialogsRequest{Limit: limit})
		if len(all) != len(mainList)+len(archive) || len(slices.Compact(slices.Sorted(slices.Values(all)))) != len(all) {
			t.Errorf("all folders by %d: %v", limit, all)
		}
	}
	_, err := ada.api().MessagesGetDialogs(t.Context(), func() *tg.MessagesGetDialogsRequest {
		r := inFolder(tg.MessagesGetDialogsRequest{OffsetPeer: &tg.InputPeerEmpty{}}, 7)
		return &r
	}())
	wantError(t, err, "400 FOLDER_ID_INVALID")
}

// TestDialogsBehindADate pages by date alone, for clients that name no peer.
func TestDialogsBehindADate(t *testing.T) {
	c := startTest(t, manyChats())
	got, err := c.as(t, scenario.Ada).api().MessagesGetDialogs(t.Context(), &tg.MessagesGetDialogsRequest{
		OffsetPeer: &tg.InputPeerEmpty{}, OffsetDate: baseDate + 1_000_000 - 60*9, Limit: 100,
	})
	if err != nil {
		t.Fatal(err)
	}
	slice := got.(*tg.MessagesDialogsSlice)
	if len(slice.Dialogs) != 5 || slice.Dialogs[0].(*tg.Dialog).Peer.(*tg.PeerChannel).ChannelID != chatBase+10 || slice.Count != 15 {
		t.Errorf("%d dialogs, from %v on, %d in all", len(slice.Dialogs), slice.Dialogs[0], slice.Count)
	}
}

func TestPinnedAndPeerDialogs(t *testing.T) {
	c := startTest(t, manyChats())
	ada := c.as(t, scenario.Ada)
	for folder, want := range []int64{pinnedChat, archivedChat} {
		got, err := ada.api().MessagesGetPinnedDialogs(t.Context(), folder)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Dialogs) != 1 || len(got.Messages) != 1 || len(got.Chats) != 1 || got.Chats[0].GetID() != want {
			t.Errorf("pinned in folder %d: %v", folder, got)
		}
	}
	peer := func(id int64) tg.InputDialogPeerClass {
		return &tg.InputDialogPeer{Peer: &tg.InputPeerChannel{ChannelID: id, AccessHash: ada.caller().accessHash("channel", id)}}
	}
	got, err := ada.api().MessagesGetPeerDialogs(t.Context(), []tg.InputDialogPeerClass{
		peer(twinChat), &tg.InputDialogPeer{Peer: &tg.InputPeerSelf{}}, peer(archivedChat),
	})
	if err != nil || len(got.Dialogs) != 3 || len(got.Messages) != 3 || len(got.Chats) != 2 || len(got.Users) != 1 {
		t.Errorf("three by name: %v, %v", got, err)
	}
	if folder, ok := got.Dialogs[2].(*tg.Dialog).GetFolderID(); !ok || folder != archiveFolder {
		t.Errorf("the archived one is in folder %d", folder)
	}
	_, err = ada.api().MessagesGetPeerDialogs(t.Context(), []tg.InputDialogPeerClass{&tg.InputDialogPeer{Peer: &tg.InputPeerChannel{ChannelID: twinChat}}})
	wantError(t, err, "400 CHANNEL_INVALID")
}

// TestForbiddenDialogs checks both readings of what becomes of a chat that one
// was thrown out of.
func TestForbiddenDialogs(t *testing.T) {
	for _, listed := range []bool{false, true} {
		s := scenario.Default()
		if listed {
			s.Turned = []scenario.Belief{scenario.ForbiddenDialogsHidden}
		}
		got, err := startTest(t, &s).as(t, scenario.Ada).api().MessagesGetDialogs(t.Context(), &tg.MessagesGetDialogsRequest{OffsetPeer: &tg.InputPeerEmpty{}})
		if err != nil {
			t.Fatal(err)
		}
		whole := got.(*tg.MessagesDialogs)
		closed := slices.ContainsFunc(whole.Chats, func(x tg.ChatClass) bool {
			_, forbidden := x.(*tg.ChannelForbidden)
			return forbidden && x.GetID() == scenario.ClosedChannel
		})
		if closed != listed || len(whole.Messages) != 3 {
			t.Errorf("listed %v, want %v; %d messages", closed, listed, len(whole.Messages))
		}
	}
}
