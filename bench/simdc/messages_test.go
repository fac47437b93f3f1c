package simdc

import (
	"slices"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// inputChannel resolves a username and returns the channel for later requests.
func (d *direct) inputChannel(t *testing.T, name string) *tg.InputChannel {
	t.Helper()
	peer, err := d.api().ContactsResolveUsername(t.Context(), &tg.ContactsResolveUsernameRequest{Username: name})
	if err != nil {
		t.Fatal(err)
	}
	switch x := peer.Chats[0].(type) {
	case *tg.Channel:
		return &tg.InputChannel{ChannelID: x.ID, AccessHash: x.AccessHash}
	case *tg.ChannelForbidden:
		return &tg.InputChannel{ChannelID: x.ID, AccessHash: x.AccessHash}
	}
	t.Fatalf("%s is a %T", name, peer.Chats[0])
	return nil
}

func inputIDs(ids ...int) (out []tg.InputMessageClass) {
	for _, id := range ids {
		out = append(out, &tg.InputMessageID{ID: id})
	}
	return out
}

// messages fetches messages of a channel.
func (d *direct) messages(t *testing.T, ch *tg.InputChannel, ids ...int) []tg.MessageClass {
	t.Helper()
	got, err := d.api().ChannelsGetMessages(t.Context(), &tg.ChannelsGetMessagesRequest{Channel: ch, ID: inputIDs(ids...)})
	if err != nil {
		t.Fatal(err)
	}
	return got.(*tg.MessagesChannelMessages).Messages
}

func TestPeerRefusals(t *testing.T) {
	c := startTest(t, nil)
	ctx := t.Context()
	ada, ben := c.as(t, scenario.Ada), c.as(t, scenario.Ben)
	channel := ada.inputChannel(t, "SimFiles")
	closed := ada.inputChannel(t, "simclosed")
	messages := func(d *direct, ch *tg.InputChannel) error {
		_, err := d.api().ChannelsGetMessages(ctx, &tg.ChannelsGetMessagesRequest{Channel: ch, ID: inputIDs(1)})
		return err
	}

	_, err := ada.api().ContactsResolveUsername(ctx, &tg.ContactsResolveUsernameRequest{Username: "nobody_here"})
	wantError(t, err, "400 USERNAME_NOT_OCCUPIED")
	_, err = ada.api().ContactsResolveUsername(ctx, &tg.ContactsResolveUsernameRequest{Username: "no body"})
	wantError(t, err, "400 USERNAME_INVALID")
	wantError(t, messages(ada, closed), "400 CHANNEL_PRIVATE")
	wantError(t, messages(ada, &tg.InputChannel{ChannelID: channel.ChannelID, AccessHash: channel.AccessHash + 2}), "400 CHANNEL_INVALID")
	wantError(t, messages(ada, &tg.InputChannel{ChannelID: channel.ChannelID}), "400 CHANNEL_INVALID")
	wantError(t, messages(ada, &tg.InputChannel{ChannelID: 12345}), "400 CHANNEL_INVALID")
	// Access hashes are the account's own.
	wantError(t, messages(ben, channel), "400 CHANNEL_INVALID")
	if err := messages(c.as(t, scenario.Bot), &tg.InputChannel{ChannelID: channel.ChannelID}); err != nil {
		t.Errorf("bot without an access hash: %v", err)
	}
	_, err = ada.api().ChannelsGetMessages(ctx, &tg.ChannelsGetMessagesRequest{Channel: channel})
	wantError(t, err, "400 MESSAGE_IDS_EMPTY")
	_, err = ada.api().ChannelsGetChannels(ctx, []tg.InputChannelClass{channel, closed})
	wantError(t, err, "400 CHANNEL_PRIVATE")
	_, err = ada.api().UsersGetFullUser(ctx, &tg.InputUser{UserID: scenario.Ben})
	wantError(t, err, "400 USER_ID_INVALID")
	_, err = ada.api().MessagesGetHistory(ctx, &tg.MessagesGetHistoryRequest{Peer: &tg.InputPeerUser{UserID: scenario.Ben}})
	wantError(t, err, "400 PEER_ID_INVALID")
	_, err = ada.api().MessagesGetHistory(ctx, &tg.MessagesGetHistoryRequest{Peer: &tg.InputPeerChat{ChatID: 1}})
	wantError(t, err, "400 PEER_ID_INVALID")
}

func TestMembersOnly(t *testing.T) {
	s := scenario.Default()
	s.Chats[1].Members = []int64{scenario.Ada}
	c := startTest(t, &s)
	_, err := c.as(t, scenario.Ben).api().ChannelsGetChannels(t.Context(), []tg.InputChannelClass{
		&tg.InputChannel{ChannelID: scenario.ClubChannel, AccessHash: (&call{endpoint: c.endpoints[0], account: c.world.accounts[scenario.Ben]}).accessHash("channel", scenario.ClubChannel)},
	})
	wantError(t, err, "400 CHANNEL_PRIVATE")
	for id, want := range map[int64]bool{scenario.Ada: true, scenario.Ben: false} {
		dialogs, err := c.as(t, id).api().MessagesGetDialogs(t.Context(), &tg.MessagesGetDialogsRequest{OffsetPeer: &tg.InputPeerEmpty{}})
		if err != nil {
			t.Fatal(err)
		}
		modified, _ := dialogs.AsModified()
		if got := slices.ContainsFunc(modified.GetChats(), func(x tg.ChatClass) bool { return x.GetID() == scenario.ClubChannel }); got != want {
			t.Errorf("account %d sees the club: %v", id, got)
		}
	}
}

func TestUsers(t *testing.T) {
	c := startTest(t, nil)
	ctx := t.Context()
	ada := c.as(t, scenario.Ada)
	peer, err := ada.api().ContactsResolveUsername(ctx, &tg.ContactsResolveUsernameRequest{Username: "simfilesbot"})
	if err != nil {
		t.Fatal(err)
	}
	bot := peer.Users[0].(*tg.User)
	users, err := ada.api().UsersGetUsers(ctx, []tg.InputUserClass{
		&tg.InputUserSelf{}, bot.AsInput(), &tg.InputUser{UserID: scenario.Ben, AccessHash: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	self := users[0].(*tg.User)
	if self.ID != scenario.Ada || !self.Self || self.Phone != "9996610001" {
		t.Errorf("self: %v", self)
	}
	if got := users[1].(*tg.User); !got.Bot || got.ID != scenario.Bot {
		t.Errorf("bot: %v", got)
	}
	if _, ok := users[2].(*tg.UserEmpty); !ok {
		t.Errorf("user by a wrong access hash: %v", users[2])
	}
	full, err := ada.api().UsersGetFullUser(ctx, bot.AsInput())
	if err != nil || full.FullUser.ID != scenario.Bot {
		t.Errorf("full user %v, %v", full, err)
	}
}

func TestMessages(t *testing.T) {
	c := startTest(t, nil)
	ada := c.as(t, scenario.Ada)
	channel := ada.inputChannel(t, "simfiles")
	list := ada.messages(t, channel, 1, 2, 7, 14, 999)
	if m := list[0].(*tg.Message); m.Media != nil || m.Message == "" || !m.Post {
		t.Errorf("text: %v", m)
	}
	if m := list[1].(*tg.Message); m.GroupedID == 0 {
		t.Errorf("album: %v", m)
	} else if photo := m.Media.(*tg.MessageMediaPhoto).Photo.(*tg.Photo); photo.DCID != 1 || len(photo.Sizes) != 3 {
		t.Errorf("photo: %v", photo)
	}
	doc := list[2].(*tg.Message).Media.(*tg.MessageMediaDocument).Document.(*tg.Document)
	if doc.DCID != 2 || doc.Size != 96<<20+4321 || doc.MimeType != "video/mp4" {
		t.Errorf("moved video: %v", doc)
	}
	for _, i := range []int{3, 4} {
		if _, ok := list[i].(*tg.MessageEmpty); !ok {
			t.Errorf("message %d is %v", i, list[i])
		}
	}

	saved, err := ada.api().MessagesGetMessages(t.Context(), append(inputIDs(2, 77), &tg.InputMessagePinned{}))
	if err != nil {
		t.Fatal(err)
	}
	own := saved.(*tg.MessagesMessages).Messages
	if m, ok := own[0].(*tg.Message); !ok || m.Media == nil || m.Out || m.SavedPeerID == nil {
		t.Errorf("saved message: %v", own[0])
	}
	for _, m := range own[1:] {
		if _, ok := m.(*tg.MessageEmpty); !ok {
			t.Errorf("a message that is not there: %v", m)
		}
	}
	if other, err := c.as(t, scenario.Ben).api().MessagesGetMessages(t.Context(), inputIDs(2)); err != nil {
		t.Error(err)
	} else if _, ok := other.(*tg.MessagesMessages).Messages[0].(*tg.MessageEmpty); !ok {
		t.Error("another account sees Ada's saved messages")
	}
}

func TestPage(t *testing.T) {
	var list []*message // 10 … 1, one per second
	for id := 10; id > 0; id-- {
		list = append(list, &message{Message: scenario.Message{ID: id, Date: 1000 + id}})
	}
	for _, c := range []struct {
		name    string
		request tg.MessagesGetHistoryRequest
		want    []int
	}{
		{"latest", tg.MessagesGetHistoryRequest{Limit: 3}, []int{10, 9, 8}},
		{"no limit", tg.MessagesGetHistoryRequest{OffsetID: 4}, []int{3, 2, 1}},
		{"before an id", tg.MessagesGetHistoryRequest{OffsetID: 5, Limit: 2}, []int{4, 3}},
		{"before a date", tg.MessagesGetHistoryRequest{OffsetDate: 1003, Limit: 9}, []int{2, 1}},
		{"around an id", tg.MessagesGetHistoryRequest{OffsetID: 6, AddOffset: -2, Limit: 3}, []int{7, 6, 5}},
		{"skip", tg.MessagesGetHistoryRequest{AddOffset: 8, Limit: 5}, []int{2, 1}},
		{"newer than there are", tg.MessagesGetHistoryRequest{OffsetID: 10, AddOffset: -5, Limit: 5}, []int{10}},
		{"far newer", tg.MessagesGetHistoryRequest{OffsetID: 10, AddOffset: -50, Limit: 5}, nil},
		{"after the end", tg.MessagesGetHistoryRequest{OffsetID: 1, Limit: 5}, nil},
		{"between ids", tg.MessagesGetHistoryRequest{MinID: 3, MaxID: 6}, []int{5, 4}},
	} {
		var got []int
		for _, m := range page(list, &c.request) {
			got = append(got, m.ID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestHistory(t *testing.T) {
	c := startTest(t, nil)
	ctx := t.Context()
	ada := c.as(t, scenario.Ada)
	channel := ada.inputChannel(t, "simfiles")
	history, err := ada.api().MessagesGetHistory(ctx, &tg.MessagesGetHistoryRequest{
		Peer:     &tg.InputPeerChannel{ChannelID: channel.ChannelID, AccessHash: channel.AccessHash},
		OffsetID: 16, Limit: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	got := history.(*tg.MessagesChannelMessages)
	// 14 was deleted.
	if got.Count != 24 || len(got.Messages) != 2 || got.Messages[0].GetID() != 15 || got.Messages[1].GetID() != 13 {
		t.Errorf("%d in all, %v", got.Count, got.Messages)
	}
	for _, limit := range []int{1, 100} {
		history, err := ada.api().MessagesGetHistory(ctx, &tg.MessagesGetHistoryRequest{Peer: &tg.InputPeerSelf{}, Limit: limit})
		if err != nil {
			t.Fatal(err)
		}
		if modified, ok := history.AsModified(); !ok || len(modified.GetMessages()) != min(limit, 3) {
			t.Errorf("own messages: %v", history)
		}
	}
	if _, err := ada.api().MessagesGetHistory(ctx, &tg.MessagesGetHistoryRequest{Peer: &tg.InputPeerUser{UserID: scenario.Ada}}); err == nil {
		t.Error("a user without an access hash")
	}
}

func TestCounts(t *testing.T) {
	s := scenario.Demo()
	s.Files = append(s.Files, scenario.File{ID: 100_000, Count: 2000, Size: 64 << 10, DC: 1, Name: "small-%d.bin"})
	s.Chats[0].Messages = append(s.Chats[0].Messages, scenario.Message{ID: 1000, Count: 2000, File: 100_000})
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	c := startTest(t, &s)
	ada := c.as(t, scenario.Ada)
	m := ada.messages(t, ada.inputChannel(t, "simfiles"), 2999)[0].(*tg.Message)
	doc := m.Media.(*tg.MessageMediaDocument).Document.(*tg.Document)
	name := doc.Attributes[0].(*tg.DocumentAttributeFilename).FileName
	if doc.ID != 101_999 || name != "small-2000.bin" {
		t.Errorf("document %d, %q", doc.ID, name)
	}
	links := c.File().Links
	if last := links[len(links)-1]; last.URL != "https://t.me/simfiles/2999" || len(last.SHA256) != 64 {
		t.Errorf("last link %+v", last)
	}
}

func TestStartup(t *testing.T) {
	c := startTest(t, nil)
	ctx := t.Context()
	ada := c.as(t, scenario.Ada)
	channel := ada.inputChannel(t, "simfiles")
	for _, tc := range []struct {
		in  bin.Encoder
		out bin.Decoder
	}{
		{&tg.UpdatesGetStateRequest{}, &tg.UpdatesState{}},
		{&tg.UpdatesGetDifferenceRequest{}, &tg.UpdatesDifferenceBox{}},
		{&tg.UpdatesGetChannelDifferenceRequest{Channel: channel, Filter: &tg.ChannelMessagesFilterEmpty{}}, &tg.UpdatesChannelDifferenceBox{}},
		{&tg.AccountUpdateStatusRequest{}, &tg.BoolBox{}},
		{&tg.MessagesGetDialogFiltersRequest{}, &tg.MessagesDialogFilters{}},
		{&tg.MessagesGetPinnedDialogsRequest{}, &tg.MessagesPeerDialogs{}},
		{&tg.ContactsGetContactsRequest{}, &tg.ContactsContactsBox{}},
		{&tg.HelpGetTermsOfServiceUpdateRequest{}, &tg.HelpTermsOfServiceUpdateBox{}},
		{&tg.LangpackGetLangPackRequest{LangCode: "en"}, &tg.LangPackDifference{}},
		{&tg.LangpackGetDifferenceRequest{LangCode: "en"}, &tg.LangPackDifference{}},
		{&tg.AuthDropTempAuthKeysRequest{}, &tg.BoolBox{}},
		{&tg.AccountGetNotifySettingsRequest{Peer: &tg.InputNotifyUsers{}}, &tg.PeerNotifySettings{}},
		{&tg.AccountGetContentSettingsRequest{}, &tg.AccountContentSettings{}},
		{&tg.AccountGetThemesRequest{}, &tg.AccountThemesBox{}},
		{&tg.MessagesGetPeerSettingsRequest{Peer: &tg.InputPeerSelf{}}, &tg.MessagesPeerSettings{}},
		{&tg.MessagesGetAvailableReactionsRequest{}, &tg.MessagesAvailableReactionsBox{}},
		{&tg.MessagesGetAvailableEffectsRequest{}, &tg.MessagesAvailableEffectsBox{}},
		{&tg.MessagesGetAllStickersRequest{}, &tg.MessagesAllStickersBox{}},
		{&tg.MessagesGetAllDraftsRequest{}, &tg.UpdatesBox{}},
		{&tg.HelpGetPromoDataRequest{}, &tg.HelpPromoDataBox{}},
		{&tg.HelpGetPeerColorsRequest{}, &tg.HelpPeerColorsBox{}},
		{&tg.HelpGetCountriesListRequest{}, &tg.HelpCountriesListBox{}},
		{&tg.StoriesGetPeerStoriesRequest{Peer: &tg.InputPeerSelf{}}, &tg.StoriesPeerStories{}},
		{&tg.StoriesGetAllStoriesRequest{}, &tg.StoriesAllStoriesBox{}},
		{&tg.AccountGetPasswordRequest{}, &tg.AccountPassword{}},
	} {
		if err := ada.Invoke(ctx, tc.in, tc.out); err != nil {
			t.Errorf("%T: %v", tc.in, err)
		}
	}
	news, err := ada.api().UpdatesGetChannelDifference(ctx, &tg.UpdatesGetChannelDifferenceRequest{Channel: channel, Filter: &tg.ChannelMessagesFilterEmpty{}})
	if err != nil {
		t.Fatal(err)
	}
	if timeout, ok := news.(*tg.UpdatesChannelDifferenceEmpty).GetTimeout(); !ok || timeout < 1 {
		t.Error("nobody is told when to ask a channel for news again")
	}
}
