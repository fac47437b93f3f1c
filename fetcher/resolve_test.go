package fetcher

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/session"
)

// outcomes writes down what a link resolves to: message:file, or message:why
// not.
func outcomes(ctx context.Context, c *Client, link Link) string {
	var out []string
	for f, err := range c.Resolve(ctx, link) {
		item, failed := errors.AsType[*ItemError](err)
		switch {
		case err == nil:
			out = append(out, fmt.Sprintf("%d:%d", f.Source.Message, f.ID))
		case failed:
			at := item.Item[strings.LastIndex(item.Item, "/")+1:]
			for _, why := range []struct {
				err  error
				name string
			}{{ErrNotFound, "not found"}, {ErrNoMedia, "no media"}, {ErrNoAccess, "no access"}} {
				if errors.Is(err, why.err) {
					out = append(out, at+":"+why.name)
				}
			}
		default:
			out = append(out, err.Error())
		}
	}
	return strings.Join(out, " ")
}

func TestResolve(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	for _, tt := range []struct{ link, want string }{
		{"t.me/simfiles/9", "9:3002"},
		{"t.me/SimFiles/9?single", "9:3002"},
		{"t.me/simfiles/2", "2:1001 3:1002 4:1003 5:1004"},
		{"t.me/simfiles/4", "2:1001 3:1002 4:1003 5:1004"},
		{"t.me/simfiles/4?single", "4:1003"},
		{"t.me/simfiles/1-4", "1:no media 2:1001 3:1002 4:1003"},
		{"t.me/simfiles/13-16", "13:4001 14:not found 15:3006 16:3007"},
		{"t.me/simfiles/1", "1:no media"},
		{"t.me/simfiles/14", "14:not found"},
		{"t.me/simfiles/99999", "99999:not found"},
		{"t.me/simfiles/2147483647", "2147483647:not found"},
		{"t.me/nobodyhere/5", "5:not found"},
		{"t.me/simclosed/1", "1:no access"},
		{"t.me/c/1600000002/2", "2:5001"},
		{"t.me/c/1600000002/3", "3:5002 4:5003"},
		{"t.me/c/1700000003/1", "1:no access"},
		{"t.me/c/1999999999/1", "1:no access"},
	} {
		link, err := ParseLink(tt.link)
		if err != nil {
			t.Fatal(err)
		}
		if got := outcomes(t.Context(), c, link); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.link, got, tt.want)
		}
	}
}

func TestPhotoOfAnAlbum(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	files := resolve(t, c, simLink(t, simAlbum))
	if len(files) != 4 {
		t.Fatalf("%d files", len(files))
	}
	dir := t.TempDir()
	for _, f := range files {
		if f.Kind != Photo || f.Source.Album == 0 || f.DC != 1 {
			t.Errorf("file %+v", f)
		}
		result, err := c.Fetch(t.Context(), f, Target{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		checkContent(t, result.Path, f)
	}
	checkDir(t, dir, "photo_1001.jpg", "photo_1002.jpg", "photo_1003.jpg", "photo_1004.jpg")
}

func TestRangeCostsOneCallPerHundred(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	for range c.Resolve(t.Context(), Link{Username: "simfiles", First: 1, Last: 250}) {
	}
	if n := s.Log().DC(1).Methods["channels.getMessages"]; n != 3 {
		t.Errorf("%d calls for 250 messages", n)
	}
	for range c.Resolve(t.Context(), simLink(t, simSmall)) {
	}
	if n := s.Log().DC(1).Methods["contacts.resolveUsername"]; n != 1 {
		t.Errorf("the name was resolved %d times", n)
	}
}

func TestStaleAccessHashIsLookedUpAgain(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	file(t, c, simSmall)
	spoil := func(key string) {
		err := s.store.UpdateState(func(state *session.State) error {
			peer := state.Peers[key]
			if peer.ID == 0 {
				t.Errorf("%s is not known", key)
			}
			peer.AccessHash++
			state.Peers[key] = peer
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	spoil(session.UsernameKey("simfiles"))
	file(t, c, simSmall)
	if n := s.Log().DC(1).Methods["contacts.resolveUsername"]; n != 2 {
		t.Errorf("the name was resolved %d times", n)
	}
	club := Link{Channel: simClub, First: 2, Last: 2}
	resolve(t, c, club)
	spoil(session.ChannelKey(simClub))
	resolve(t, c, club)
}

func TestServerWithoutGetMessages(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	s.fault(scenario.Fault{Do: scenario.DoError, Method: "channels.getMessages", Code: 400, Text: "INPUT_METHOD_INVALID_1"})
	for _, tt := range []struct{ link, want string }{
		{"t.me/simfiles/9", "9:3002"},
		{"t.me/simfiles/3", "2:1001 3:1002 4:1003 5:1004"},
		{"t.me/simfiles/13-16", "13:4001 14:not found 15:3006 16:3007"},
	} {
		link, err := ParseLink(tt.link)
		if err != nil {
			t.Fatal(err)
		}
		if got := outcomes(t.Context(), c, link); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.link, got, tt.want)
		}
	}
	if n := s.Log().DC(1).Methods["channels.getMessages"]; n != 1 {
		t.Errorf("asked %d times for a method that is not there", n)
	}
}

func TestResolveStopsWithTheContext(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	n := 0
	for _, err := range c.Resolve(ctx, Link{Username: "simfiles", First: 1, Last: 1 << 30}) {
		if n++; n == 1 {
			cancel(stop)
		}
		if errors.Is(err, stop) {
			return
		}
		if n > idsPerCall+1 {
			t.Fatal("still going on")
		}
	}
	t.Errorf("ended after %d items without the cause", n)
}

// scripted is a Doer that answers by the type of the request.
type scripted func(in bin.Encoder, out bin.Decoder) error

func (s scripted) Do(_ context.Context, _ dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	return s(in, out)
}

// answer hands a TL value to whoever decodes the answer.
func answer(value bin.Encoder, out bin.Decoder) error {
	var b bin.Buffer
	if err := value.Encode(&b); err != nil {
		return err
	}
	return out.Decode(&b)
}

func TestCommentLeadsToTheDiscussion(t *testing.T) {
	channel := &tg.Channel{ID: 10, AccessHash: 100, Title: "Channel", Photo: &tg.ChatPhotoEmpty{}}
	group := &tg.Channel{ID: 20, AccessHash: 200, Title: "Group", Photo: &tg.ChatPhotoEmpty{}, Megagroup: true}
	channel.SetFlags()
	group.SetFlags()
	c, err := New(Config{Doer: scripted(func(in bin.Encoder, out bin.Decoder) error {
		switch in := in.(type) {
		case *tg.ContactsResolveUsernameRequest:
			return answer(&tg.ContactsResolvedPeer{Peer: &tg.PeerChannel{ChannelID: 10}, Chats: []tg.ChatClass{channel}}, out)
		case *tg.MessagesGetDiscussionMessageRequest:
			return answer(&tg.MessagesDiscussionMessage{
				Messages: []tg.MessageClass{&tg.Message{ID: 5, PeerID: &tg.PeerChannel{ChannelID: 20}}},
				Chats:    []tg.ChatClass{channel, group},
			}, out)
		case *tg.ChannelsGetMessagesRequest:
			if got := in.Channel.(*tg.InputChannel); got.ChannelID != 20 || got.AccessHash != 200 {
				t.Errorf("messages of %+v were asked for", got)
			}
			m := &tg.Message{ID: 77, PeerID: &tg.PeerChannel{ChannelID: 20}}
			m.SetMedia(&tg.MessageMediaDocument{Flags: 1, Document: &tg.Document{ID: 1}})
			return answer(&tg.MessagesChannelMessages{Messages: []tg.MessageClass{m}}, out)
		}
		return fmt.Errorf("unexpected %T", in)
	})})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	link, err := ParseLink("https://t.me/channel/5?comment=77")
	if err != nil {
		t.Fatal(err)
	}
	if got := outcomes(t.Context(), c, link); got != "77:1" {
		t.Errorf("got %s", got)
	}
}

// A server may send anything; only what was asked for counts.
func TestAnswersWithStrangeMessages(t *testing.T) {
	channel := &tg.Channel{ID: 10, AccessHash: 100, Photo: &tg.ChatPhotoEmpty{}}
	channel.SetFlags()
	document := func(id int, of int64) *tg.Message {
		m := &tg.Message{ID: id, PeerID: &tg.PeerChannel{ChannelID: of}, Message: "x"}
		m.SetMedia(&tg.MessageMediaDocument{Document: &tg.Document{ID: int64(id), Size: -5, DCID: -1}})
		return m
	}
	c, err := New(Config{Doer: scripted(func(in bin.Encoder, out bin.Decoder) error {
		switch in.(type) {
		case *tg.ContactsResolveUsernameRequest:
			return answer(&tg.ContactsResolvedPeer{Peer: &tg.PeerChannel{ChannelID: 10}, Chats: []tg.ChatClass{channel}}, out)
		case *tg.ChannelsGetMessagesRequest:
			return answer(&tg.MessagesChannelMessages{Messages: []tg.MessageClass{
				document(5, 99), document(500, 10), &tg.MessageEmpty{ID: 5}, &tg.MessageService{ID: 6, PeerID: &tg.PeerChannel{ChannelID: 10}, Action: &tg.MessageActionEmpty{}},
			}}, out)
		}
		return fmt.Errorf("unexpected %T", in)
	})})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := outcomes(t.Context(), c, Link{Username: "channel", First: 5, Last: 6}); got != "5:not found 6:no media" {
		t.Errorf("got %s", got)
	}
}
