package fetcher

import (
	"context"
	"fmt"
	"iter"
	"math"

	"github.com/gotd/td/tg"
)

// albumReach is how far the items of an album are from one another at most,
// in message ids: an album has up to ten.
const albumReach = 9

// Resolve finds the files behind a link, in the order of their messages: of
// one message, of the whole album if it belongs to one, or of a range.
//
// An item that gives no file yields an [*ItemError] and the next items follow;
// an error of the whole link, an *ItemError too, ends the sequence. Both wrap
// [ErrNotFound], [ErrNoMedia], [ErrNoAccess] or an error of dcpool's Do. When
// ctx ends the error is its cause.
func (c *Client) Resolve(ctx context.Context, link Link) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		chat, err := c.chatOf(ctx, link)
		if err == nil && link.Comment != 0 {
			chat, link, err = c.discussion(ctx, chat, link)
		}
		if err != nil {
			yield(File{}, whole(ctx, link, err))
			return
		}
		if link.First == link.Last {
			c.resolveOne(ctx, chat, link, yield)
			return
		}
		c.resolveRange(ctx, chat, link, yield)
	}
}

// resolveOne finds the files of one message and, unless single, its album, in
// one call.
func (c *Client) resolveOne(ctx context.Context, chat *chat, link Link, yield func(File, error) bool) {
	first, last := link.First, link.First
	if !link.Single {
		first, last = max(first-albumReach, 1), min(last, math.MaxInt32-albumReach)+albumReach
	}
	found, err := c.messages(ctx, chat, first, last)
	if err != nil {
		yield(File{}, whole(ctx, link, err))
		return
	}
	ids := []int{link.First}
	if !link.Single {
		ids = album(found, link.First)
	}
	for _, id := range ids {
		if !c.yieldFiles(found, chat, id, yield) {
			return
		}
	}
}

// resolveRange finds the files of a range of messages, as many per call as one
// call may ask for.
func (c *Client) resolveRange(ctx context.Context, chat *chat, link Link, yield func(File, error) bool) {
	for first := link.First; first <= link.Last; first += idsPerCall {
		last := min(first+idsPerCall-1, link.Last)
		found, err := c.messages(ctx, chat, first, last)
		if err != nil {
			yield(File{}, whole(ctx, link, err))
			return
		}
		for id := first; id <= last; id++ {
			if !c.yieldFiles(found, chat, id, yield) {
				return
			}
		}
	}
}

func (c *Client) yieldFiles(found map[int]tg.NotEmptyMessage, chat *chat, id int, yield func(File, error) bool) bool {
	files, err := c.filesIn(found, chat, id)
	if err != nil {
		return yield(File{}, &ItemError{Item: chat.item(id), Err: err})
	}
	for _, f := range files {
		if !yield(f, nil) {
			return false
		}
	}
	return true
}

// discussion leads from a post to its comment in the linked group.
//
// https://core.telegram.org/api/threads
func (c *Client) discussion(ctx context.Context, post *chat, link Link) (*chat, Link, error) {
	found, err := c.home().MessagesGetDiscussionMessage(ctx, &tg.MessagesGetDiscussionMessageRequest{
		Peer:  post.inputPeer(),
		MsgID: link.First,
	})
	if err != nil {
		return nil, link, explain(err)
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
				link = Link{Channel: peer.ID, First: link.Comment, Last: link.Comment, Single: link.Single}
				return &chat{Peer: peer, link: link}, link, nil
			}
		}
	}
	return nil, link, fmt.Errorf("the post has no discussion: %w", ErrNotFound)
}

// whole is an error of all of a link.
func whole(ctx context.Context, link Link, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &ItemError{Item: link.String(), Err: err}
}
