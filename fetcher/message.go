package fetcher

import (
	"context"
	"maps"
	"math"
	"slices"
	"sort"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/session"
)

// idsPerCall is the most messages one call may ask for.
//
// https://core.telegram.org/method/channels.getMessages
const idsPerCall = 100

// page is messages of one chat, by id, and who is named in them.
type page struct {
	messages map[int]tg.NotEmptyMessage
	// unreadable is why messages that are there are not in messages.
	unreadable map[int]error
	people     []session.Peer
	// forum says that the chat has topics, broadcast that it is a channel.
	forum, broadcast bool
	// peers is what the server told about the chats and people named.
	peers named
}

func newPage() *page {
	return &page{messages: map[int]tg.NotEmptyMessage{}, unreadable: map[int]error{}}
}

func (p *page) add(other *page) {
	maps.Copy(p.messages, other.messages)
	maps.Copy(p.unreadable, other.unreadable)
	p.people = append(p.people, other.people...)
	p.forum, p.broadcast = p.forum || other.forum, p.broadcast || other.broadcast
	p.peers.add(other.peers)
}

func (p *page) told() named { return p.peers }

// messages fetches messages by their ids, at most idsPerCall, in ascending
// order. Those that do not exist are missing.
func (c *Client) messages(ctx context.Context, chat *chat, ids []int) (*page, error) {
	return withFreshHash(ctx, c, chat, func() (*page, error) { return c.messagesOnce(ctx, chat, ids) })
}

func (c *Client) messagesOnce(ctx context.Context, chat *chat, ids []int) (*page, error) {
	if !c.noGetMessages.Load() {
		found, err := c.messagesByID(ctx, chat, ids)
		if err == nil || !dcpool.MethodMissing(err) {
			return found, err
		}
		c.noGetMessages.Store(true)
		c.log.Info("the server has no getMessages, the history is read instead", "err", err)
	}
	return c.fromHistory(ctx, chat, ids)
}

// messagesByID asks for messages until all but those that cannot be read are
// there.
func (c *Client) messagesByID(ctx context.Context, chat *chat, ids []int) (*page, error) {
	found := newPage()
	for len(ids) > 0 {
		answer, err := c.getMessages(ctx, chat, ids)
		if err != nil {
			return nil, err
		}
		more := pick(answer, chat, func(id int) bool { return slices.Contains(ids, id) })
		if answer.bad == nil {
			found.add(more)
			break
		}
		bad := answer.bad.id
		if !slices.Contains(ids, bad) { // Answers come in the order of the question.
			bad = ids[min(len(answer.messages), len(ids)-1)]
		}
		found.unreadable[bad] = answer.bad.err
		ids = slices.DeleteFunc(slices.Clone(ids), func(id int) bool { return id == bad })
	}
	return found, nil
}

func (c *Client) getMessages(ctx context.Context, chat *chat, ids []int) (*messagesAnswer, error) {
	in := make([]tg.InputMessageClass, len(ids))
	for i, id := range ids {
		in[i] = &tg.InputMessageID{ID: id}
	}
	if chat.Kind != session.PeerChannel {
		return c.askMessages(ctx, &tg.MessagesGetMessagesRequest{ID: in})
	}
	return c.askMessages(ctx, &tg.ChannelsGetMessagesRequest{Channel: chat.inputChannel(), ID: in})
}

// fromHistory finds messages by their ids in the chat's history.
//
// https://core.telegram.org/api/offsets
func (c *Client) fromHistory(ctx context.Context, chat *chat, ids []int) (*page, error) {
	found := newPage()
	for len(ids) > 0 {
		answer, err := c.askMessages(ctx, &tg.MessagesGetHistoryRequest{
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
func pick(answer *messagesAnswer, chat *chat, wanted func(id int) bool) *page {
	found := newPage()
	found.people = namesOf(answer.chats, answer.users)
	found.peers = named{answer.chats, answer.users}
	found.forum, found.broadcast = formOfChat(answer.chats, chat)
	for _, class := range answer.messages {
		m, ok := class.AsNotEmpty()
		if ok && isPeer(chat.Peer, m.GetPeerID()) && wanted(m.GetID()) {
			found.messages[m.GetID()] = m
		}
	}
	if answer.bad != nil && answer.bad.id != 0 && wanted(answer.bad.id) {
		found.unreadable[answer.bad.id] = answer.bad.err
	}
	return found
}

// formOfChat is what an answer tells of a chat's form.
func formOfChat(chats []tg.ChatClass, of *chat) (forum, broadcast bool) {
	for _, class := range chats {
		if ch, ok := class.(*tg.Channel); ok && of.Kind == session.PeerChannel && ch.ID == of.ID {
			return ch.Forum, ch.Broadcast
		}
	}
	return false, false
}
