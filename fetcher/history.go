package fetcher

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
)

// pager reads messages around an id, newest first, at most idsPerCall.
//
// https://core.telegram.org/api/offsets
type pager func(ctx context.Context, offsetID, addOffset int) (tg.MessagesMessagesClass, error)

// wholeChat reads the history of a chat.
func (c *Client) wholeChat(chat *chat) pager {
	return func(ctx context.Context, offsetID, addOffset int) (tg.MessagesMessagesClass, error) {
		return c.home().MessagesGetHistory(ctx, &tg.MessagesGetHistoryRequest{
			Peer: chat.inputPeer(), OffsetID: offsetID, AddOffset: addOffset, Limit: idsPerCall,
		})
	}
}

// replies reads a thread: a forum's topic, or the comments on a post.
//
// https://core.telegram.org/api/threads
func (c *Client) replies(chat *chat, root int) pager {
	return func(ctx context.Context, offsetID, addOffset int) (tg.MessagesMessagesClass, error) {
		return c.home().MessagesGetReplies(ctx, &tg.MessagesGetRepliesRequest{
			Peer: chat.inputPeer(), MsgID: root, OffsetID: offsetID, AddOffset: addOffset, Limit: idsPerCall,
		})
	}
}

// history yields what all messages have that a pager finds, page by page.
func (r *resolver) history(ctx context.Context, chat *chat, link Link, read pager) error {
	at := r.opts.firstOffset()
	for first := true; r.more; first = false {
		if !first && r.ends(link) {
			return nil
		}
		found, last, err := r.nextPage(ctx, chat, read, at)
		if err != nil {
			return err
		}
		ids := make([]int, 0, len(found.messages))
		for id := range found.messages {
			ids = append(ids, id)
		}
		if len(ids) == 0 {
			return nil
		}
		slices.Sort(ids)
		if !r.opts.OldestFirst {
			slices.Reverse(ids)
		}
		at = ids[len(ids)-1]
		for _, id := range ids {
			r.itemUnlessSkipped(found, chat, link, id)
		}
		if last {
			return nil
		}
	}
	return nil
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

// nextPage reads the messages that follow the one at an id. There are none
// when everything was read; last says that the following are out of bounds.
func (r *resolver) nextPage(ctx context.Context, chat *chat, read pager, at int) (found *page, last bool, err error) {
	offsetID, addOffset := at, 0
	if at == math.MaxInt32 {
		offsetID = 0
	}
	follows := func(id int) bool { return id < at }
	if r.opts.OldestFirst {
		offsetID, addOffset = at+1, -idsPerCall
		follows = func(id int) bool { return id > at }
	}
	wanted := func(id int) bool {
		last = last || follows(id) && r.opts.outside(id)
		return follows(id) && !r.opts.outside(id)
	}
	answer, err := withFreshHash(ctx, r.c, chat, func() (tg.MessagesMessagesClass, error) {
		return read(ctx, offsetID, addOffset)
	})
	if tgerr.Is(err, "BOT_METHOD_INVALID") {
		return nil, false, fmt.Errorf("%w: Telegram lets no bot list a chat's messages; give a range such as %s/1-500 (%w)",
			ErrNoAccess, chat.link, err)
	}
	if err != nil {
		return nil, false, err
	}
	found = pick(answer, chat, wanted)
	return found, last, nil
}

// discussionOf finds the message in the linked group that stands for a post.
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
	}
	return nil, 0, fmt.Errorf("the post has no discussion: %w", ErrNotFound)
}
