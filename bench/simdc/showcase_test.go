package simdc

import (
	"testing"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// reads checks that the bytes behind a document can be had on its DC.
func (d *direct) reads(t *testing.T, doc *tg.Document) {
	t.Helper()
	reader := d
	if doc.DCID != d.e.dc.ID {
		reader = d.on(t, doc.DCID)
	}
	const limit = 4096
	want := min(doc.Size, limit)
	if got := reader.read(t, location(doc), 0, limit); int64(len(got)) != want {
		t.Errorf("document %d: %d bytes, want %d", doc.ID, len(got), want)
	}
}

func TestStories(t *testing.T) {
	c := startTest(t, nil)
	ctx := t.Context()
	ben := c.as(t, scenario.Ben)
	for name, want := range map[string]int{"simada": 2, "simfiles": 1, "simfilesbot": 0} {
		got, err := ben.api().ContactsResolveUsername(ctx, &tg.ContactsResolveUsernameRequest{Username: name})
		if err != nil {
			t.Fatal(err)
		}
		var peer tg.InputPeerClass
		if len(got.Users) > 0 {
			peer = got.Users[0].(*tg.User).AsInputPeer()
		} else {
			peer = got.Chats[0].(*tg.Channel).AsInputPeer()
		}
		stories, err := ben.api().StoriesGetStoriesByID(ctx, &tg.StoriesGetStoriesByIDRequest{Peer: peer, ID: []int{1, 2, 3}})
		if err != nil {
			t.Fatal(err)
		}
		if len(stories.Stories) != want || stories.Count != want {
			t.Errorf("%s: %d stories, want %d", name, len(stories.Stories), want)
		}
		for _, s := range stories.Stories {
			if m, ok := s.(*tg.StoryItem).Media.(*tg.MessageMediaDocument); ok {
				ben.reads(t, m.Document.(*tg.Document))
			}
		}
	}
	_, err := ben.api().StoriesGetStoriesByID(ctx, &tg.StoriesGetStoriesByIDRequest{Peer: &tg.InputPeerUser{UserID: scenario.Ada, AccessHash: 1}, ID: []int{1}})
	wantError(t, err, "400 PEER_ID_INVALID")
}

func TestUserPhotos(t *testing.T) {
	c := startTest(t, nil)
	api := c.as(t, scenario.Ada).api()
	get := func(offset, limit int) tg.PhotosPhotosClass {
		got, err := api.PhotosGetUserPhotos(t.Context(), &tg.PhotosGetUserPhotosRequest{UserID: &tg.InputUserSelf{}, Offset: offset, Limit: limit})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if all, ok := get(0, 10).(*tg.PhotosPhotos); !ok || len(all.Photos) != 2 || all.Photos[0].(*tg.Photo).ID != 1002 {
		t.Errorf("all: %v", all)
	}
	if some, ok := get(1, 1).(*tg.PhotosPhotosSlice); !ok || some.Count != 2 || some.Photos[0].(*tg.Photo).ID != 1001 {
		t.Errorf("the second: %v", some)
	}
	if none := get(9, 1).GetPhotos(); len(none) != 0 {
		t.Errorf("behind the last: %v", none)
	}
	_, err := api.PhotosGetUserPhotos(t.Context(), &tg.PhotosGetUserPhotosRequest{UserID: &tg.InputUser{UserID: 1}})
	wantError(t, err, "400 USER_ID_INVALID")
}

func TestStickerSet(t *testing.T) {
	c := startTest(t, nil)
	ada := c.as(t, scenario.Ada)
	ask := func(in tg.InputStickerSetClass, hash int) (tg.MessagesStickerSetClass, error) {
		return ada.api().MessagesGetStickerSet(t.Context(), &tg.MessagesGetStickerSetRequest{Stickerset: in, Hash: hash})
	}
	got, err := ask(&tg.InputStickerSetShortName{ShortName: "simstickers"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	set := got.(*tg.MessagesStickerSet)
	if len(set.Documents) != 2 || set.Set.Count != 2 {
		t.Errorf("%v", set)
	}
	for _, d := range set.Documents {
		ada.reads(t, d.(*tg.Document))
	}
	byID := &tg.InputStickerSetID{ID: set.Set.ID, AccessHash: set.Set.AccessHash}
	if got, err := ask(byID, set.Set.Hash); err != nil {
		t.Error(err)
	} else if _, ok := got.(*tg.MessagesStickerSetNotModified); !ok {
		t.Errorf("with the hash: %T", got)
	}
	byID.AccessHash++
	_, err = ask(byID, 0)
	wantError(t, err, "400 STICKERSET_INVALID")
}

func TestInvites(t *testing.T) {
	s := scenario.Default()
	s.Chats = append(s.Chats,
		scenario.Chat{ID: 1800000001, Title: "Others", Invite: "others", Members: []int64{scenario.Ben}},
		scenario.Chat{ID: 1800000002, Title: "Closed", Invite: "closed", Closed: true},
	)
	c := startTest(t, &s)
	ask := func(hash string) (tg.ChatInviteClass, error) {
		return c.as(t, scenario.Ada).api().MessagesCheckChatInvite(t.Context(), hash)
	}
	if got, err := ask("simclubinvite"); err != nil {
		t.Error(err)
	} else if already, ok := got.(*tg.ChatInviteAlready); !ok || already.Chat.GetID() != scenario.ClubChannel {
		t.Errorf("a chat that one is in: %v", got)
	}
	if got, err := ask("others"); err != nil {
		t.Error(err)
	} else if invite, ok := got.(*tg.ChatInvite); !ok || invite.Title != "Others" || invite.ParticipantsCount != 1 {
		t.Errorf("a chat that one is not in: %v", got)
	}
	for hash, want := range map[string]string{"": "400 INVITE_HASH_EMPTY", "none": "400 INVITE_HASH_EXPIRED", "closed": "406 CHANNEL_PRIVATE"} {
		_, err := ask(hash)
		wantError(t, err, want)
	}
}

// TestWebPagesAndAlternatives reads what a page and other qualities of a video
// hold.
func TestWebPagesAndAlternatives(t *testing.T) {
	s := scenario.Default()
	s.Chats[0].Messages = append(s.Chats[0].Messages,
		scenario.Message{ID: 901, WebPage: "https://example.org/video", File: 3012},
		scenario.Message{ID: 902, WebPage: "https://example.org/photo", File: 1001},
		scenario.Message{ID: 903, WebPage: "https://example.org/text"},
		scenario.Message{ID: 904, File: 2001, Alternatives: []int64{2002, 3012}},
	)
	c := startTest(t, &s)
	ada := c.as(t, scenario.Ada)
	list := ada.messages(t, ada.inputChannel(t, "simfiles"), 901, 902, 903, 904)
	page := func(i int) *tg.WebPage {
		return list[i].(*tg.Message).Media.(*tg.MessageMediaWebPage).Webpage.(*tg.WebPage)
	}
	ada.reads(t, page(0).Document.(*tg.Document))
	if page(1).Photo.(*tg.Photo).ID != 1001 || page(2).Photo != nil || page(2).URL != "https://example.org/text" {
		t.Errorf("pages %v, %v", page(1), page(2))
	}
	video := list[3].(*tg.Message).Media.(*tg.MessageMediaDocument)
	if len(video.AltDocuments) != 2 || video.AltDocuments[0].(*tg.Document).ID != 2002 {
		t.Errorf("alternatives %v", video.AltDocuments)
	}
}

// TestLongChat pages through ten thousand messages.
func TestLongChat(t *testing.T) {
	const count = 10_000
	s := scenario.Default()
	s.Chats = append(s.Chats, scenario.Chat{ID: 1900000001, Title: "Long", Username: "simlong", Messages: []scenario.Message{{ID: 1, Text: "small", Count: count}}})
	c := startTest(t, &s)
	ada := c.as(t, scenario.Ada)
	in := ada.inputChannel(t, "simlong")
	peer := &tg.InputPeerChannel{ChannelID: in.ChannelID, AccessHash: in.AccessHash}
	seen, from := 0, 0
	for {
		got, err := ada.api().MessagesGetHistory(t.Context(), &tg.MessagesGetHistoryRequest{Peer: peer, OffsetID: from, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		list := got.(*tg.MessagesChannelMessages)
		if list.Count != count {
			t.Fatalf("%d messages in all", list.Count)
		}
		if len(list.Messages) == 0 {
			break
		}
		seen += len(list.Messages)
		from = list.Messages[len(list.Messages)-1].GetID()
	}
	if seen != count || from != 1 {
		t.Errorf("%d messages, the last is %d", seen, from)
	}
}
