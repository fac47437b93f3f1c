package fetcher

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/dcpool/filedata"
)

// The chats of a small server that knows what the simulator does not.
const (
	smallChannel = 10
	smallGroup   = 20
	smallUser    = 30
)

// smallServer answers as a server with a channel @channel, its discussion group
// and a user would.
type smallServer struct {
	t       *testing.T
	refuses string // a bot, if set
	chats   []tg.ChatClass
	users   []tg.UserClass
	asked   []string
}

func newSmallServer(t *testing.T) (*smallServer, *Client) {
	photo := &tg.ChatPhoto{PhotoID: 700, DCID: 3}
	channel := &tg.Channel{ID: smallChannel, AccessHash: 100, Title: "Channel", Username: "channel", Photo: photo}
	group := &tg.Channel{ID: smallGroup, AccessHash: 200, Title: "Group", Photo: &tg.ChatPhotoEmpty{}, Megagroup: true}
	user := &tg.User{ID: smallUser, AccessHash: 300, FirstName: "Ada", LastName: "L."}
	user.SetPhoto(&tg.UserProfilePhoto{PhotoID: 800, DCID: 4})
	channel.SetFlags()
	group.SetFlags()
	user.SetFlags()
	s := &smallServer{t: t, chats: []tg.ChatClass{channel, group}, users: []tg.UserClass{user}}
	c, err := New(Config{Doer: scripted(s.do)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, c
}

// document is a message with a document of the same id, and text without one.
func (s *smallServer) document(id int, peer tg.PeerClass) *tg.Message {
	m := &tg.Message{ID: id, PeerID: peer, Message: "words"}
	m.SetFromID(&tg.PeerUser{UserID: smallUser})
	m.SetMedia(&tg.MessageMediaDocument{Document: &tg.Document{ID: int64(id), DCID: 2}})
	return m
}

func (s *smallServer) page(list ...tg.MessageClass) *tg.MessagesChannelMessages {
	return &tg.MessagesChannelMessages{Messages: list, Chats: s.chats, Users: s.users}
}

func (s *smallServer) do(in bin.Encoder, out bin.Decoder) error {
	s.asked = append(s.asked, fmt.Sprintf("%T", in))
	group := &tg.PeerChannel{ChannelID: smallGroup}
	switch in := in.(type) {
	case *tg.ContactsResolveUsernameRequest:
		return answer(&tg.ContactsResolvedPeer{Peer: &tg.PeerChannel{ChannelID: smallChannel}, Chats: s.chats}, out)
	case *tg.MessagesGetDiscussionMessageRequest:
		return answer(&tg.MessagesDiscussionMessage{Messages: []tg.MessageClass{s.document(500, group)}, Chats: s.chats}, out)
	case *tg.ChannelsGetMessagesRequest:
		peer := &tg.PeerChannel{ChannelID: in.Channel.(*tg.InputChannel).ChannelID}
		var list []tg.MessageClass
		for _, id := range in.ID {
			list = append(list, s.document(id.(*tg.InputMessageID).ID, peer))
		}
		return answer(s.page(list...), out)
	case *tg.MessagesGetRepliesRequest:
		peer := in.Peer.(*tg.InputPeerChannel)
		var list []tg.MessageClass
		for id := in.MsgID + 3; id > in.MsgID; id-- {
			if in.OffsetID == 0 || id < in.OffsetID || in.AddOffset < 0 {
				list = append(list, s.document(id, &tg.PeerChannel{ChannelID: peer.ChannelID}))
			}
		}
		return answer(s.page(list...), out)
	case *tg.MessagesGetHistoryRequest:
		if s.refuses != "" {
			return tgerr.New(400, s.refuses)
		}
		return answer(s.page(), out)
	case *tg.StoriesGetStoriesByIDRequest:
		item := &tg.StoryItem{ID: 5, Date: 1000, Caption: "a story", Media: &tg.MessageMediaPhoto{Photo: &tg.Photo{
			ID: 900, DCID: 1, Sizes: []tg.PhotoSizeClass{&tg.PhotoSize{Type: "y", W: 8, H: 6, Size: 9}},
		}}}
		item.Media.(*tg.MessageMediaPhoto).SetFlags()
		return answer(&tg.StoriesStories{Stories: []tg.StoryItemClass{item, &tg.StoryItemDeleted{ID: 6}}, Chats: s.chats}, out)
	case *tg.MessagesCheckChatInviteRequest:
		if in.Hash == "memberHash" {
			return answer(&tg.ChatInviteAlready{Chat: s.chats[1]}, out)
		}
		return answer(&tg.ChatInvite{
			Title: "Secret garden", ParticipantsCount: 12, RequestNeeded: strings.HasPrefix(in.Hash, "ask"), Photo: &tg.PhotoEmpty{},
		}, out)
	case *tg.MessagesGetDialogsRequest:
		return answer(&tg.MessagesDialogs{Chats: s.chats, Users: s.users}, out)
	case *tg.MessagesGetMessagesRequest:
		return answer(&tg.MessagesMessages{
			Messages: []tg.MessageClass{s.document(7, &tg.PeerUser{UserID: smallUser})}, Users: s.users,
		}, out)
	case *tg.ChannelsGetChannelsRequest:
		return answer(&tg.MessagesChats{Chats: s.chats}, out)
	case *tg.UsersGetUsersRequest:
		return answer(&tg.UserClassVector{Elems: s.users}, out)
	case *tg.UploadGetFileRequest:
		location, ok := in.Location.(*tg.InputPeerPhotoFileLocation)
		if !ok || !location.Big || location.PhotoID != 700 {
			s.t.Errorf("location %+v", in.Location)
		}
		file := out.(*filedata.FileAnswer)
		file.N = int(max(0, min(int64(in.Limit), pictureSize-in.Offset)))
		simdc.Content(location.PhotoID, in.Offset, file.Into()[:file.N])
		return nil
	}
	return tgerr.New(400, "INPUT_METHOD_INVALID")
}

const pictureSize = 77_777

func TestSources(t *testing.T) {
	_, c := newSmallServer(t)
	for _, tt := range []struct{ link, want string }{
		{"t.me/channel/5?comment=77&single", "77"},
		{"t.me/channel/5?comment", "503 502 501"},
		{"t.me/c/20?thread=40", "43 42 41"},
		{"t.me/channel/s/5-6", "0 6:deleted"},
		{"tg://openmessage?user_id=30&message_id=7", "7"},
		{"t.me/+memberHash?thread=5", ""},
	} {
		link, err := ParseLink(tt.link)
		if err != nil {
			t.Fatal(err)
		}
		if got := resolveAll(t, c, []Link{link}, ResolveOptions{}); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.link, got, tt.want)
		}
	}
	comments := Link{Username: "channel", First: 5, Last: 5, Comments: true}
	if got := resolveAll(t, c, []Link{comments}, ResolveOptions{OldestFirst: true}); got != "501 502 503" {
		t.Errorf("oldest first: %s", got)
	}
}

func TestItemsOfSources(t *testing.T) {
	_, c := newSmallServer(t)
	for link, want := range map[string]string{
		"t.me/channel/5":                           "https://t.me/channel/5?single",
		"t.me/channel/5?comment=77":                "https://t.me/c/20/77?single",
		"t.me/channel/s/5":                         "https://t.me/channel/s/5",
		"tg://openmessage?user_id=30&message_id=7": "tg://openmessage?user_id=30&message_id=7&single",
		"https://t.me/c/20/8?thread=3":             "https://t.me/c/20/8?single",
	} {
		parsed, err := ParseLink(link)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range resolve(t, c, parsed) {
			if got := f.Source.Item().String(); got != want {
				t.Errorf("%s: item %s, want %s", link, got, want)
			}
			again, err := c.locate(t.Context(), f, nil)
			if err != nil || again.TypeID() != f.Location.TypeID() {
				t.Errorf("%s: found again: %v, %v", link, again, err)
			}
			if f.Source.Story == 0 && (f.Source.Sender.Title != "Ada L." || f.Source.Sender.AccessHash != 0) {
				t.Errorf("%s: sender %+v", link, f.Source.Sender)
			}
		}
	}
}

func TestInvites(t *testing.T) {
	s, c := newSmallServer(t)
	for hash, want := range map[string]string{
		"foreignHash":  `"Secret garden" (members: 12); join it`,
		"askFirstHash": `"Secret garden" (members: 12); ask to join it`,
	} {
		for _, err := range c.Resolve(t.Context(), Link{Invite: hash}) {
			invite, ok := errors.AsType[*InviteError](err)
			if !ok || !errors.Is(err, ErrNoAccess) || invite.Members != 12 || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", hash, err)
			}
		}
	}
	for _, method := range s.asked {
		if method != "*tg.MessagesCheckChatInviteRequest" {
			t.Errorf("asked for %s", method)
		}
	}
}

func TestBotsCannotListChats(t *testing.T) {
	s, c := newSmallServer(t)
	s.refuses = "BOT_METHOD_INVALID"
	for _, err := range c.Resolve(t.Context(), Link{Username: "channel"}) {
		if !errors.Is(err, ErrNoAccess) || !strings.Contains(err.Error(), "https://t.me/channel/1-500") {
			t.Errorf("got %v", err)
		}
	}
}

func TestPictures(t *testing.T) {
	_, c := newSmallServer(t)
	picture := ResolveOptions{Picture: true}
	for _, tt := range []struct {
		link Link
		id   int64
		dc   int
	}{
		{Link{Username: "channel"}, 700, 3},
		{Link{User: smallUser}, 800, 4},
		{Link{Channel: smallGroup}, 0, 0},
	} {
		for f, err := range c.ResolveAll(t.Context(), slices.Values([]Link{tt.link}), picture) {
			if tt.id == 0 && errors.Is(err, ErrNoMedia) {
				continue
			}
			if err != nil || f.ID != tt.id || f.DC != tt.dc || f.Size != UnknownSize || f.Source.Item() != tt.link {
				t.Errorf("%s: %+v, %v", tt.link, f, err)
			}
		}
	}
	for f, err := range c.ResolveAll(t.Context(), slices.Values([]Link{{Username: "channel"}}), picture) {
		if err != nil {
			t.Fatal(err)
		}
		result, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		if result.Bytes != pictureSize {
			t.Errorf("%d bytes", result.Bytes)
		}
		checkContent(t, result.Path, result.File)
	}
}

func TestQualities(t *testing.T) {
	video := func(id int64, w, h int, mime string) *tg.Document {
		return &tg.Document{ID: id, MimeType: mime, Attributes: []tg.DocumentAttributeClass{&tg.DocumentAttributeVideo{W: w, H: h}}}
	}
	sent := video(1, 1920, 1080, "video/mp4")
	sent.Attributes = append(sent.Attributes, &tg.DocumentAttributeFilename{FileName: "film.mov"})
	media := &tg.MessageMediaDocument{Document: sent, AltDocuments: []tg.DocumentClass{
		video(2, 1280, 720, "video/mp4"), video(3, 854, 480, "video/mp4"), video(4, 3840, 2160, "video/mp4"),
		video(5, 320, 180, "application/x-mpegurl"), &tg.DocumentEmpty{ID: 6}, video(7, 1920, 1080, "video/mp4"),
	}}
	for word, want := range map[string]struct {
		id   int64
		name string
	}{
		"best": {4, "film_2160p.mp4"}, "smallest": {3, "film_480p.mp4"}, "1080": {1, "film.mov"},
		"1079p": {2, "film_720p.mp4"}, "144p": {3, "film_480p.mp4"}, "9999": {4, "film_2160p.mp4"},
	} {
		q, err := ParseQuality(word)
		if err != nil {
			t.Fatal(err)
		}
		files, _ := mediaFiles(media, wish{quality: q})
		if len(files) != 1 || files[0].ID != want.id || files[0].OriginalName != want.name {
			t.Errorf("%s: %+v", word, files)
		}
		if again, err := ParseQuality(q.String()); err != nil || again != q {
			t.Errorf("%s is written %s", word, q)
		}
	}
	for _, word := range []string{"", "good", "0", "-1", "1080i", "99999999999"} {
		if q, err := ParseQuality(word); err == nil {
			t.Errorf("%q is %v", word, q)
		}
	}
}
