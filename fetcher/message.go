package fetcher

import (
	"context"
	"fmt"
	"slices"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/session"
)

// idsPerCall is the most messages one call may ask for.
//
// https://core.telegram.org/method/channels.getMessages
const idsPerCall = 100

// messages fetches the messages from first to last, at most idsPerCall, by
// their ids. Those that do not exist are missing. A stale access hash is looked up
// again, once.
func (c *Client) messages(ctx context.Context, chat *chat, first, last int) (map[int]tg.NotEmptyMessage, error) {
	found, err := c.messagesOnce(ctx, chat, first, last)
	if err == nil || !chat.stored || !tgerr.Is(err, "CHANNEL_INVALID", "CHANNEL_PRIVATE", "PEER_ID_INVALID", "USER_ID_INVALID") {
		return found, explain(err)
	}
	fresh, lookErr := c.lookUp(ctx, chat.link)
	if lookErr != nil {
		return nil, lookErr
	}
	*chat = *fresh
	found, err = c.messagesOnce(ctx, chat, first, last)
	return found, explain(err)
}

func (c *Client) messagesOnce(ctx context.Context, chat *chat, first, last int) (map[int]tg.NotEmptyMessage, error) {
	if !c.noGetMessages.Load() {
		answer, err := c.getMessages(ctx, chat, first, last)
		if err == nil {
			return pick(answer, chat, first, last), nil
		}
		if !isUnknownMethod(err) {
			return nil, err
		}
		c.noGetMessages.Store(true)
		c.log.Info("the server has no getMessages, the history is read instead", "err", err)
	}
	return c.history(ctx, chat, first, last)
}

func (c *Client) getMessages(ctx context.Context, chat *chat, first, last int) (tg.MessagesMessagesClass, error) {
	var ids []tg.InputMessageClass
	for id := first; id <= last; id++ {
		ids = append(ids, &tg.InputMessageID{ID: id})
	}
	if chat.Kind != session.PeerChannel {
		return c.home().MessagesGetMessages(ctx, ids)
	}
	return c.home().ChannelsGetMessages(ctx, &tg.ChannelsGetMessagesRequest{
		Channel: &tg.InputChannel{ChannelID: chat.ID, AccessHash: chat.AccessHash},
		ID:      ids,
	})
}

// history reads the messages from first to last out of the chat's history.
//
// https://core.telegram.org/api/offsets
func (c *Client) history(ctx context.Context, chat *chat, first, last int) (map[int]tg.NotEmptyMessage, error) {
	answer, err := c.home().MessagesGetHistory(ctx, &tg.MessagesGetHistoryRequest{
		Peer:     chat.inputPeer(),
		OffsetID: last + 1,
		Limit:    last - first + 1,
		MinID:    first - 1,
	})
	if err != nil {
		return nil, err
	}
	return pick(answer, chat, first, last), nil
}

// pick takes the messages that were asked for out of an answer, which may hold
// anything.
func pick(answer tg.MessagesMessagesClass, chat *chat, first, last int) map[int]tg.NotEmptyMessage {
	found := make(map[int]tg.NotEmptyMessage)
	page, ok := answer.AsModified()
	if !ok {
		return found
	}
	for _, class := range page.GetMessages() {
		m, ok := class.AsNotEmpty()
		if ok && m.GetID() >= first && m.GetID() <= last && isPeer(chat.Peer, m.GetPeerID()) {
			found[m.GetID()] = m
		}
	}
	return found
}

// isUnknownMethod recognises a server that does not implement a method.
// Telegram has no such answer for methods of its own; servers hosted by others
// have many.
func isUnknownMethod(err error) bool {
	return tgerr.Is(err, "METHOD_NOT_FOUND", "METHOD_INVALID", "INPUT_METHOD_INVALID", "METHOD_NOT_IMPLEMENTED", "NOT_IMPLEMENTED") ||
		tgerr.IsCode(err, 404, 501)
}

// filesAt is the files of one message, fetched anew.
func (c *Client) filesAt(ctx context.Context, chat *chat, id int) ([]File, error) {
	found, err := c.messages(ctx, chat, id, id)
	if err != nil {
		return nil, err
	}
	return c.filesIn(found, chat, id)
}

// filesIn is the files of one of the messages found.
func (c *Client) filesIn(found map[int]tg.NotEmptyMessage, chat *chat, id int) ([]File, error) {
	switch m := found[id].(type) {
	case *tg.Message:
		files, err := filesOf(m, chat)
		for i, f := range files {
			if dc, ok := c.storedDC(f); ok {
				files[i].DC = dc
			}
		}
		return files, err
	case nil:
		return nil, fmt.Errorf("message %d: %w", id, ErrNotFound)
	default:
		return nil, fmt.Errorf("%w: it is about the chat itself", ErrNoMedia)
	}
}

// album is the ids of the messages of the album that a message belongs to, in
// order; of the message alone if it belongs to none.
func album(found map[int]tg.NotEmptyMessage, id int) []int {
	first, ok := found[id].(*tg.Message)
	if !ok || first.GroupedID == 0 {
		return []int{id}
	}
	var ids []int
	for other, m := range found {
		if m, ok := m.(*tg.Message); ok && m.GroupedID == first.GroupedID {
			ids = append(ids, other)
		}
	}
	slices.Sort(ids)
	return ids
}
