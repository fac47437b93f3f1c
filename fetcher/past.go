package fetcher

import (
	"context"
	"errors"
	"fmt"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/session"
)

// A supergroup may have been a basic group before. What was written there stays
// there, under ids of its own.
//
// https://core.telegram.org/api/channel#migration

// past finds the basic group that a supergroup was; nil if it was none.
func (c *Client) past(ctx context.Context, of *chat) (*chat, error) {
	answer, err := withFreshHash(ctx, c, of, func() (*tg.MessagesChatFull, error) {
		return c.home().ChannelsGetFullChannel(ctx, of.inputChannel())
	})
	if dcpool.MethodMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	full, ok := answer.FullChat.(*tg.ChannelFull)
	if !ok || full.MigratedFromChatID == 0 {
		return nil, nil
	}
	peer := session.Peer{Kind: session.PeerChat, ID: full.MigratedFromChatID, Title: of.Title}
	return &chat{Peer: peer, link: Link{Group: peer.ID}}, nil
}

// pastOf finds the basic group that a link means by the supergroup it became.
func (c *Client) pastOf(ctx context.Context, link Link) (*chat, error) {
	now, err := c.chatOf(ctx, Link{Channel: link.Channel})
	if err != nil {
		return nil, err
	}
	before, err := c.past(ctx, now)
	if err == nil && before == nil {
		err = fmt.Errorf("the supergroup was no basic group before: %w", ErrNotFound)
	}
	return before, err
}

// whole yields all messages of a chat, those of the basic group that it was
// included. Bounds are in the supergroup's own ids, and leave those out.
func (r *resolver) whole(ctx context.Context, chat *chat, link Link) error {
	now := func() error { return r.history(ctx, chat, link, r.searching(chat, 0, r.c.wholeChat(chat)), 0) }
	if chat.Kind != session.PeerChannel || chat.Broadcast || r.opts.MinID > 0 || r.opts.MaxID > 0 {
		return now()
	}
	if r.opts.OldestFirst {
		if err := r.before(ctx, chat, link); err != nil {
			return err
		}
		return now()
	}
	if err := now(); err != nil || !r.more || chat.Broadcast || r.ends(link) {
		return err
	}
	return r.before(ctx, chat, link)
}

// before yields the messages of the basic group that a chat was. Who joined
// later may not see them.
func (r *resolver) before(ctx context.Context, chat *chat, link Link) error {
	before, err := r.c.past(ctx, chat)
	if before == nil || err != nil {
		return err
	}
	err = r.history(ctx, before, link, r.searching(before, 0, r.c.wholeChat(before)), 0)
	if errors.Is(err, ErrNoAccess) {
		r.c.log.Info("the account may not see what the group was before", "group", before.ID, "err", err)
		return nil
	}
	return err
}
