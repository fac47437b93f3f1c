package fetcher

import (
	"context"
	"maps"
	"math"
	"slices"
	"sort"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/session"
)

// idsPerCall is the most messages one call may ask for.
//
// https://core.telegram.org/method/channels.getMessages
const idsPerCall = 100

// page is messages of one chat, by id, and who is named in them.
type page struct {
	messages map[int]tg.NotEmptyMessage
	people   []session.Peer
}

func (p *page) add(other *page) {
	maps.Copy(p.messages, other.messages)
	p.people = append(p.people, other.people...)
}

// messages fetches messages by their ids, at most idsPerCall, in ascending
// order. Those that do not exist are missing.
func (c *Client) messages(ctx context.Context, chat *chat, ids []int) (*page, error) {
	return withFreshHash(ctx, c, chat, func() (*page, error) { return c.messagesOnce(ctx, chat, ids) })
}

// withFreshHash makes a call that names a chat. If its access hash is stale it
// is looked up again, once.
func withFreshHash[T any](ctx context.Context, c *Client, chat *chat, call func() (T, error)) (T, error) {
	answer, err := call()
	if err == nil || !chat.stored || !tgerr.Is(err, "CHANNEL_INVALID", "CHANNEL_PRIVATE", "PEER_ID_INVALID", "USER_ID_INVALID") {
		return answer, explain(err)
	}
	fresh, lookErr := c.lookUp(ctx, chat.link)
	if lookErr != nil {
		return answer, lookErr
	}
	*chat = *fresh
	answer, err = call()
	return answer, explain(err)
}

func (c *Client) messagesOnce(ctx context.Context, chat *chat, ids []int) (*page, error) {
	if !c.noGetMessages.Load() {
		answer, err := c.getMessages(ctx, chat, ids)
		if err == nil {
			return pick(answer, chat, func(id int) bool { return slices.Contains(ids, id) }), nil
		}
		if !isUnknownMethod(err) {
			return nil, err
		}
		c.noGetMessages.Store(true)
		c.log.Info("the server has no getMessages, the history is read instead", "err", err)
	}
	return c.fromHistory(ctx, chat, ids)
}

func (c *Client) getMessages(ctx context.Context, chat *chat, ids []int) (tg.MessagesMessagesClass, error) {
	in := make([]tg.InputMessageClass, len(ids))
	for i, id := range ids {
		in[i] = &tg.InputMessageID{ID: id}
	}
	if chat.Kind != session.PeerChannel {
		return c.home().MessagesGetMessages(ctx, in)
	}
	return c.home().ChannelsGetMessages(ctx, &tg.ChannelsGetMessagesRequest{
		Channel: chat.inputChannel(),
		ID:      in,
	})
}

// fromHistory finds messages by their ids in the chat's history.
//
// https://core.telegram.org/api/offsets
func (c *Client) fromHistory(ctx context.Context, chat *chat, ids []int) (*page, error) {
	found := &page{messages: map[int]tg.NotEmptyMessage{}}
	for len(ids) > 0 {
		answer, err := c.home().MessagesGetHistory(ctx, &tg.MessagesGetHistoryRequest{
			Peer:     chat.inputPeer(),
			OffsetID: ids[len(ids)-1] + 1,
			Limit:    idsPerCall,
			MinID:    ids[0] - 1,
		})
		if err != nil {
			return nil, err
		}
		lowest := math.MaxInt
		found.add(pick(answer, chat, func(id int) bool {
			lowest = min(lowest, id)
			return slices.Contains(ids, id)
		}))
		if lowest > ids[len(ids)-1] {
			break // The history has no more in this range.
		}
		ids = ids[:sort.SearchInts(ids, lowest)]
	}
	return found, nil
}

// pick takes the messages that are wanted out of an answer, which may hold
// anything.
func pick(answer tg.MessagesMessagesClass, chat *chat, wanted func(id int) bool) *page {
	found := &page{messages: map[int]tg.NotEmptyMessage{}}
	got, ok := answer.AsModified()
	if !ok {
		return found
	}
	found.people = namesOf(got.GetChats(), got.GetUsers())
	for _, class := range got.GetMessages() {
		m, ok := class.AsNotEmpty()
		if ok && isPeer(chat.Peer, m.GetPeerID()) && wanted(m.GetID()) {
			found.messages[m.GetID()] = m
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
