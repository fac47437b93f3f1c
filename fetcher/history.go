package fetcher

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/session"
)

// pager reads messages around an id, newest first, at most limit.
//
// https://core.telegram.org/api/offsets
type pager func(ctx context.Context, offsetID, addOffset, limit int) (*messagesAnswer, error)

// wholeChat reads the history of a chat.
func (c *Client) wholeChat(chat *chat) pager {
	return c.byRange(chat, func(ctx context.Context, within *tg.MessageRange, offsetID, addOffset, limit int) (*messagesAnswer, error) {
		return c.askMessages(ctx, ranged(within, &tg.MessagesGetHistoryRequest{
			Peer: chat.inputPeer(), OffsetID: offsetID, AddOffset: addOffset, Limit: limit,
		}))
	})
}

// replies reads a thread: a forum's topic, or the comments on a post.
//
// https://core.telegram.org/api/threads
func (c *Client) replies(chat *chat, root int) pager {
	return func(ctx context.Context, offsetID, addOffset, limit int) (*messagesAnswer, error) {
		return c.askMessages(ctx, &tg.MessagesGetRepliesRequest{
			Peer: chat.inputPeer(), MsgID: root, OffsetID: offsetID, AddOffset: addOffset, Limit: limit,
		})
	}
}

// history yields what all messages have that a pager finds, page by page; only
// those in a topic if that is not 0.
func (r *resolver) history(ctx context.Context, chat *chat, link Link, read pager, topic int) error {
	at := r.opts.firstOffset()
	for first := true; r.more; first = false {
		if !first && r.ends(link) {
			return nil
		}
		found, last, err := r.nextPage(ctx, chat, read, at, idsPerCall)
		if err != nil {
			return err
		}
		chat.Broadcast = chat.Broadcast || found.broadcast
		ids := found.ids()
		if len(ids) == 0 {
			return nil
		}
		if !r.opts.OldestFirst {
			slices.Reverse(ids)
		}
		at = ids[len(ids)-1]
		found.forum = found.forum || topic == generalTopic
		for _, id := range ids {
			switch {
			case found.elsewhere(id, topic):
			case len(r.opts.Kinds) > 0:
				r.itemOfKind(found, chat, link, id)
			default:
				r.itemUnlessSkipped(found, chat, link, id)
			}
		}
		if last {
			return nil
		}
	}
	return nil
}

// ids is the ids of the page's messages, in ascending order.
func (p *page) ids() []int {
	ids := make([]int, 0, len(p.messages)+len(p.unreadable))
	for id := range p.messages {
		ids = append(ids, id)
	}
	for id := range p.unreadable {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// firstOffset is the id before the first message, in the order of reading.
func (o ResolveOptions) firstOffset() int {
	switch {
	case o.OldestFirst:
		return max(o.MinID-1, 0)
	case o.MaxID > 0:
		return min(o.MaxID, math.MaxInt32-1) + 1
	default:
		return math.MaxInt32
	}
}

// outside reports whether a message is beyond the bounds.
func (o ResolveOptions) outside(id int) bool { return id < o.MinID || o.MaxID > 0 && id > o.MaxID }

// nextPage reads at most limit messages that follow the one at an id. There are
// none when everything was read; last says that the following are out of bounds.
func (r *resolver) nextPage(ctx context.Context, chat *chat, read pager, at, limit int) (found *page, last bool, err error) {
	offsetID, addOffset := at, 0
	if at == math.MaxInt32 {
		offsetID = 0
	}
	follows := func(id int) bool { return id < at }
	if r.opts.OldestFirst {
		offsetID, addOffset = at+1, -limit
		follows = func(id int) bool { return id > at }
	}
	wanted := func(id int) bool {
		last = last || follows(id) && r.opts.outside(id)
		return follows(id) && !r.opts.outside(id)
	}
	answer, err := withFreshHash(ctx, r.c, chat, func() (*messagesAnswer, error) {
		return read(ctx, offsetID, addOffset, limit)
	})
	if tgerr.Is(err, "BOT_METHOD_INVALID") {
		return nil, false, fmt.Errorf("%w: Telegram lets no bot list a chat's messages; give a range such as %s/1-500 (%w)",
			ErrNoAccess, chat.link, err)
	}
	if err != nil {
		return nil, false, err
	}
	if answer.bad != nil {
		return r.shorterPage(ctx, chat, read, at, answer)
	}
	found = pick(answer, chat, wanted)
	return found, last, nil
}

// shorterPage reads the messages between the one at an id and one that could
// not be read, which the page has, too. They are asked for again, because what
// is told about chats and people comes behind the messages.
func (r *resolver) shorterPage(ctx context.Context, chat *chat, read pager, at int, answer *messagesAnswer) (found *page, last bool, err error) {
	bad, between := answer.bad, len(answer.messages)
	if r.opts.OldestFirst {
		between = answer.total - between - 1
	}
	if bad.id == 0 {
		return nil, false, bad.err
	}
	if found = newPage(); between > 0 {
		if found, last, err = r.nextPage(ctx, chat, read, at, between); err != nil || last {
			return found, last, err
		}
		if len(found.unreadable) > 0 {
			return found, last, nil // One that is nearer.
		}
	}
	if r.opts.outside(bad.id) {
		return found, true, nil
	}
	found.unreadable[bad.id] = bad.err
	return found, false, nil
}

// discussionOf finds the message in the linked group that stands for a post. A
// group that the account may only see through the post is read through it.
//
// https://core.telegram.org/api/min
func (c *Client) discussionOf(ctx context.Context, post *chat, id int) (group *chat, root int, err error) {
	found, err := withFreshHash(ctx, c, post, func() (*tg.MessagesDiscussionMessage, error) {
		return c.home().MessagesGetDiscussionMessage(ctx, &tg.MessagesGetDiscussionMessageRequest{Peer: post.inputPeer(), MsgID: id})
	})
	if err != nil {
		return nil, 0, err
	}
	peers := peersOf(found.Chats, found.Users)
	for _, class := range found.Messages {
		m, ok := class.AsNotEmpty()
		if !ok {
			continue
		}
		for _, peer := range peers {
			if isPeer(peer, m.GetPeerID()) {
				c.storePeers(peers, "", peer)
				return &chat{Peer: peer, link: Link{Channel: peer.ID}}, m.GetID(), nil
			}
		}
		for _, peer := range namesOf(found.Chats, nil) {
			if isPeer(peer, m.GetPeerID()) && peer.Kind == session.PeerChannel {
				via := &tg.InputPeerChannelFromMessage{Peer: post.inputPeer(), MsgID: id, ChannelID: peer.ID}
				return &chat{Peer: peer, link: Link{Channel: peer.ID}, via: via}, m.GetID(), nil
			}
		}
	}
	return nil, 0, fmt.Errorf("the post has no discussion: %w", ErrNotFound)
}
