package fetcher

import (
	"context"
	"slices"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/dcpool"
)

// Forms is what File.Form may be of a message's own media.
func Forms() []string {
	return []string{"photo", "video", "document", "audio", "voice", "round", "animation", "sticker", "live"}
}

// searches is what Telegram can search a chat for: the forms that a filter finds
// all messages of. Narrow ones come first.
var searches = []struct {
	forms  []string
	filter tg.MessagesFilterClass
}{
	{[]string{"photo", "live"}, &tg.InputMessagesFilterPhotos{}},
	{[]string{"video"}, &tg.InputMessagesFilterVideo{}},
	{[]string{"photo", "live", "video"}, &tg.InputMessagesFilterPhotoVideo{}},
	{[]string{"document"}, &tg.InputMessagesFilterDocument{}},
	{[]string{"audio"}, &tg.InputMessagesFilterMusic{}},
	{[]string{"voice"}, &tg.InputMessagesFilterVoice{}},
	{[]string{"round"}, &tg.InputMessagesFilterRoundVideo{}},
	{[]string{"voice", "round"}, &tg.InputMessagesFilterRoundVoice{}},
	{[]string{"animation"}, &tg.InputMessagesFilterGif{}},
}

// searchFilter is the filter that finds all media of some kinds; nil if none does.
func searchFilter(kinds []string) tg.MessagesFilterClass {
	for _, s := range searches {
		if len(kinds) > 0 && !slices.ContainsFunc(kinds, func(kind string) bool { return !slices.Contains(s.forms, kind) }) {
			return s.filter
		}
	}
	return nil
}

// search reads the messages of a chat, or of a thread if that is not 0, that a
// filter finds.
//
// https://core.telegram.org/method/messages.search
func (c *Client) search(chat *chat, filter tg.MessagesFilterClass, thread int) pager {
	return c.byRange(chat, func(ctx context.Context, within *tg.MessageRange, offsetID, addOffset, limit int) (*messagesAnswer, error) {
		return c.askMessages(ctx, ranged(within, &tg.MessagesSearchRequest{
			Peer: chat.inputPeer(), Filter: filter, TopMsgID: thread, OffsetID: offsetID, AddOffset: addOffset, Limit: limit,
		}))
	})
}

// searching has the server search where that finds all that is wanted, and reads
// everything where it cannot.
func (r *resolver) searching(chat *chat, thread int, everything pager) pager {
	filter := searchFilter(r.opts.Kinds)
	if filter == nil {
		return everything
	}
	search, refused := r.c.search(chat, filter, thread), false
	return func(ctx context.Context, offsetID, addOffset, limit int) (*messagesAnswer, error) {
		if !refused {
			answer, err := search(ctx, offsetID, addOffset, limit)
			if !dcpool.MethodMissing(err) && !tgerr.Is(err, "MSG_ID_INVALID", "TOPIC_ID_INVALID", "INPUT_FILTER_INVALID") {
				return answer, err
			}
			refused = true
			r.c.log.Info("the server does not search, everything is read instead", "err", err)
		}
		return everything(ctx, offsetID, addOffset, limit)
	}
}

// itemOfKind yields what a message itself carries of the kinds that are wanted. It
// says nothing of a message that has nothing of them: a search does not find it.
func (r *resolver) itemOfKind(found *page, chat *chat, link Link, id int) bool {
	if m, ok := found.messages[id].(*tg.Message); found.unreadable[id] == nil && (!ok || !isOwn(m.Media)) {
		return r.more
	}
	if item := chat.link.Item(id); r.skipsItem(item) {
		return r.skip(link, item)
	}
	files, err := r.c.filesIn(found, chat, id, r.wish())
	if err != nil && found.unreadable[id] != nil {
		return r.fail(link, chat.link.Item(id), err)
	}
	return r.files(link, slices.DeleteFunc(files, func(f File) bool { return !f.OfKind(r.opts.Kinds) }))
}

// OfKind reports whether the file is of one of some kinds, or what is wanted beside
// one: a thumbnail or a cover. No kinds are all.
func (f File) OfKind(kinds []string) bool {
	return len(kinds) == 0 || slices.Contains(kinds, f.Form) || f.Form == "thumbnail" || f.Form == "cover"
}

// isOwn reports media that a message carries itself, rather than what it links to or
// holds among other things.
func isOwn(media tg.MessageMediaClass) bool {
	switch media.(type) {
	case *tg.MessageMediaPhoto, *tg.MessageMediaDocument:
		return true
	}
	return false
}
