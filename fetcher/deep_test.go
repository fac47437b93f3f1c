package fetcher

import (
	"errors"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool"
)

// deepMessage is a message with a web page whose title has more styles inside one another than
// can be read.
func deepMessage(id, levels int) *tg.Message {
	var title tg.RichTextClass = &tg.TextPlain{Text: "title"}
	for range levels {
		title = &tg.TextBold{Text: title}
	}
	page := tg.WebPage{URL: "https://example.org"}
	page.SetCachedPage(tg.Page{URL: page.URL, Blocks: []tg.PageBlockClass{&tg.PageBlockTitle{Text: title}}})
	m := plainMessage(id)
	m.SetMedia(&tg.MessageMediaWebPage{Webpage: &page})
	return m
}

func plainMessage(id int) *tg.Message {
	return &tg.Message{ID: id, PeerID: &tg.PeerChannel{ChannelID: 1}}
}

// A message that is nested too deep, which anybody may send, ends at itself: those before it
// are read, and it is named.
func TestDeepMessageEndsItself(t *testing.T) {
	for _, levels := range []int{10, 200, 100_000} {
		deep := levels > 100
		var b bin.Buffer
		if err := (&tg.MessagesMessages{Messages: []tg.MessageClass{plainMessage(9), deepMessage(8, levels), plainMessage(7)}}).Encode(&b); err != nil {
			t.Fatal(err)
		}
		got := &messagesAnswer{}
		if err := dcpool.DecodeAnswer(&b, got); err != nil {
			t.Fatal(err)
		}
		switch {
		case !deep && (len(got.messages) != 3 || got.bad != nil):
			t.Errorf("%d levels: %d messages, bad %v", levels, len(got.messages), got.bad)
		case deep && (len(got.messages) != 1 || got.total != 3 || got.bad == nil || got.bad.id != 8 || !errors.Is(got.bad.err.(*UnreadableError).Err, dcpool.ErrDeepAnswer)):
			t.Errorf("%d levels: %d of %d messages, bad %v", levels, len(got.messages), got.total, got.bad)
		}

		b.Reset()
		user := &tg.User{ID: 5, FirstName: "somebody"}
		if err := (&tg.MessagesDialogs{
			Dialogs:  []tg.DialogClass{&tg.Dialog{Peer: &tg.PeerUser{UserID: 5}}},
			Messages: []tg.MessageClass{deepMessage(8, levels)}, Users: []tg.UserClass{user},
		}).Encode(&b); err != nil {
			t.Fatal(err)
		}
		page := &dialogsAnswer{}
		if err := dcpool.DecodeAnswer(&b, page); err != nil || len(page.dialogs) != 1 || len(page.users) != 1 {
			t.Errorf("dialogs with %d levels: %d dialogs, %d people, error %v", levels, len(page.dialogs), len(page.users), err)
		}
	}
}
