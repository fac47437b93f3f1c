package simdc

import (
	"testing"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

const presetGroup = 900001

// withGroup is the default scenario with a basic group and pictures.
func withGroup() *scenario.Scenario {
	s := scenario.Default()
	s.Chats = append(s.Chats, scenario.Chat{
		ID: presetGroup, Title: "Group", Basic: true, Members: []int64{scenario.Ada}, Photo: 1003,
		Messages: []scenario.Message{{ID: 700, File: 3002}, {ID: 701, Text: "Which?", File: 3008, Poll: []int64{3007}}},
	})
	s.StickerSets[0].Thumb = 1004
	return &s
}

func TestPicturesByPeer(t *testing.T) {
	c := startTest(t, withGroup())
	ada := c.as(t, scenario.Ada)
	group := &tg.InputPeerChat{ChatID: presetGroup}
	set, err := ada.api().MessagesGetStickerSet(t.Context(), &tg.MessagesGetStickerSetRequest{
		Stickerset: &tg.InputStickerSetShortName{ShortName: "SimStickers"},
	})
	if err != nil {
		t.Fatal(err)
	}
	thumbs := set.(*tg.MessagesStickerSet).Set
	for _, tt := range []struct {
		name string
		in   tg.InputFileLocationClass
		size int64 // 0 if refused
	}{
		{"a group's", &tg.InputPeerPhotoFileLocation{Peer: group, PhotoID: 1003, Big: true}, 131_072},
		{"a group's, small", &tg.InputPeerPhotoFileLocation{Peer: group, PhotoID: 1003}, 131_072/16 + 1},
		{"one's own", &tg.InputPeerPhotoFileLocation{Peer: &tg.InputPeerSelf{}, PhotoID: 1002, Big: true}, int64(c.world.files[1002].Size)},
		{"another's", &tg.InputPeerPhotoFileLocation{Peer: group, PhotoID: 1002, Big: true}, 0},
		{"of a stranger", &tg.InputPeerPhotoFileLocation{Peer: &tg.InputPeerUser{UserID: scenario.Ben}, PhotoID: 1002}, 0},
		{"a set's", &tg.InputStickerSetThumb{
			Stickerset: &tg.InputStickerSetID{ID: thumbs.ID, AccessHash: thumbs.AccessHash}, ThumbVersion: thumbs.ThumbVersion,
		}, int64(thumbs.Thumbs[0].(*tg.PhotoSize).Size)},
		{"a set's of old", &tg.InputStickerSetThumb{
			Stickerset: &tg.InputStickerSetID{ID: thumbs.ID, AccessHash: thumbs.AccessHash}, ThumbVersion: 9,
		}, 0},
	} {
		got, err := ada.api().UploadGetFile(t.Context(), &tg.UploadGetFileRequest{Location: tt.in, Limit: 1 << 20})
		if tt.size == 0 {
			wantError(t, err, "400 LOCATION_INVALID")
		} else if err != nil || int64(len(got.(*tg.UploadFile).Bytes)) != tt.size {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestPictureSizes checks that pictures of accounts and chats come in squares,
// which can be read by their names, and photos in messages do not.
func TestPictureSizes(t *testing.T) {
	c := startTest(t, withGroup())
	ada := c.as(t, scenario.Ada)
	photos, err := ada.api().PhotosGetUserPhotos(t.Context(), &tg.PhotosGetUserPhotosRequest{UserID: &tg.InputUserSelf{}})
	if err != nil {
		t.Fatal(err)
	}
	full, err := ada.api().MessagesGetFullChat(t.Context(), presetGroup)
	if err != nil {
		t.Fatal(err)
	}
	chat, _ := full.FullChat.(*tg.ChatFull).GetChatPhoto()
	for _, class := range []tg.PhotoClass{photos.(*tg.PhotosPhotos).Photos[0], chat} {
		photo := class.(*tg.Photo)
		var names string
		for _, x := range photo.Sizes {
			size := x.(*tg.PhotoSize)
			names += size.Type
			got := ada.read(t, &tg.InputPhotoFileLocation{
				ID: photo.ID, AccessHash: photo.AccessHash, FileReference: photo.FileReference, ThumbSize: size.Type,
			}, 0, 1<<20)
			if len(got) != size.Size || size.W != size.H {
				t.Errorf("size %s of %d by %d: %d bytes, want %d", size.Type, size.W, size.H, len(got), size.Size)
			}
		}
		if last := photo.Sizes[len(photo.Sizes)-1].(*tg.PhotoSize); names != "abc" || last.Size != int(c.world.files[photo.ID].Size) {
			t.Errorf("sizes %s, the largest of %d bytes", names, last.Size)
		}
	}
}

func TestBasicGroups(t *testing.T) {
	c := startTest(t, withGroup())
	ctx := t.Context()
	ada := c.as(t, scenario.Ada)
	got, err := ada.api().MessagesGetMessages(ctx, inputIDs(700, 701))
	if err != nil {
		t.Fatal(err)
	}
	answer := got.(*tg.MessagesMessages)
	if chat, ok := answer.Chats[0].(*tg.Chat); !ok || chat.Photo.(*tg.ChatPhoto).PhotoID != 1003 {
		t.Errorf("chats: %v", answer.Chats)
	}
	m := answer.Messages[0].(*tg.Message)
	if m.PeerID.(*tg.PeerChat).ChatID != presetGroup || m.Post {
		t.Errorf("message: %v", m)
	}
	ada.reads(t, m.Media.(*tg.MessageMediaDocument).Document.(*tg.Document))
	poll := answer.Messages[1].(*tg.Message).Media.(*tg.MessageMediaPoll)
	ada.reads(t, poll.AttachedMedia.(*tg.MessageMediaDocument).Document.(*tg.Document))
	ada.reads(t, poll.Poll.Answers[0].(*tg.PollAnswer).Media.(*tg.MessageMediaDocument).Document.(*tg.Document))

	history, err := ada.api().MessagesGetHistory(ctx, &tg.MessagesGetHistoryRequest{Peer: &tg.InputPeerChat{ChatID: presetGroup}, Limit: 10})
	if err != nil || len(history.(*tg.MessagesMessages).Messages) != 2 {
		t.Errorf("history: %v, %v", history, err)
	}
	full, err := ada.api().MessagesGetFullChat(ctx, presetGroup)
	if err != nil {
		t.Fatal(err)
	}
	if photo, ok := full.FullChat.(*tg.ChatFull).GetChatPhoto(); !ok || photo.GetID() != 1003 {
		t.Errorf("full: %v", full)
	}
	// Who is not in it may not name it.
	ben := c.as(t, scenario.Ben).api()
	_, err = ben.MessagesGetChats(ctx, []int64{presetGroup})
	wantError(t, err, "400 CHAT_ID_INVALID")
	if got, err := ben.MessagesGetMessages(ctx, inputIDs(700)); err != nil {
		t.Error(err)
	} else if _, ok := got.(*tg.MessagesMessages).Messages[0].(*tg.MessageEmpty); !ok {
		t.Errorf("Ben reads the group: %v", got)
	}
	_, err = ada.api().ChannelsGetMessages(ctx, &tg.ChannelsGetMessagesRequest{Channel: &tg.InputChannel{ChannelID: presetGroup}, ID: inputIDs(700)})
	wantError(t, err, "400 CHANNEL_INVALID")
}
