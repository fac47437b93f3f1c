package fetcher

import (
	"context"
	"sync"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/session"
)

// Within an export, what was written with users and in basic groups is read in
// ranges of ids, which an account has one row of.
//
// https://core.telegram.org/api/takeout

// splitRanges is the ranges of an export, asked for once. The zero value is ready.
type splitRanges struct {
	mu    sync.Mutex
	known bool              // Guarded by mu.
	list  []tg.MessageRange // Guarded by mu. In ascending order.
}

// ranges is the ranges in which a chat's history is read; none is in whole.
func (c *Client) ranges(ctx context.Context, chat *chat) ([]tg.MessageRange, error) {
	if c.takeout == nil || chat.Kind == session.PeerChannel {
		return nil, nil
	}
	r := &c.takeout.ranges
	for {
		r.mu.Lock()
		known, list := r.known, r.list
		r.mu.Unlock()
		if known {
			return list, nil
		}
		_, err := c.takeout.begins.once(ctx, turnRanges, func() error {
			list, err := c.home().MessagesGetSplitRanges(ctx)
			if err != nil && !dcpool.MethodMissing(err) {
				return explain(err)
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			r.known, r.list = true, list
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
}

// byRange reads a chat's history range by range, if there are ranges: read is told
// the one to read, and nil if there are none.
func (c *Client) byRange(chat *chat, read func(ctx context.Context, within *tg.MessageRange, offsetID, addOffset, limit int) (*messagesAnswer, error)) pager {
	return func(ctx context.Context, offsetID, addOffset, limit int) (*messagesAnswer, error) {
		list, err := c.ranges(ctx, chat)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			return read(ctx, nil, offsetID, addOffset, limit)
		}
		answer := &messagesAnswer{}
		for i := range list {
			within, beyond := &list[len(list)-1-i], false
			if beyond = offsetID != 0 && within.MinID >= offsetID; addOffset < 0 { // Oldest first.
				within = &list[i]
				beyond = within.MaxID < offsetID
			}
			if beyond {
				continue
			}
			answer, err = read(ctx, within, offsetID, addOffset, limit)
			if err != nil || len(answer.messages) > 0 || answer.bad != nil {
				return answer, err
			}
		}
		return answer, nil
	}
}

// inRange is a query about a range of messages. It goes by the name of the query.
type inRange struct {
	within tg.MessageRange
	query  bin.Encoder
}

// ranged is a query about a range, or the query itself without one.
func ranged(within *tg.MessageRange, query bin.Encoder) bin.Encoder {
	if within == nil {
		return query
	}
	return inRange{*within, query}
}

// Encode implements bin.Encoder: invokeWithMessagesRange#365275f2 {X:Type}
// range:MessageRange query:!X = X.
func (q inRange) Encode(b *bin.Buffer) error {
	b.PutID(tg.InvokeWithMessagesRangeRequestTypeID)
	if err := q.within.Encode(b); err != nil {
		return err
	}
	return q.query.Encode(b)
}

// TypeName is that of the query.
func (q inRange) TypeName() string { return typeName(q.query) }

// findLeft looks for a channel among those that the account has left, which only an
// export shows.
func (c *Client) findLeft(ctx context.Context, id int64) (session.Peer, bool, error) {
	if c.takeout == nil {
		return session.Peer{}, false, nil
	}
	for offset := 0; ; {
		answer, err := c.home().ChannelsGetLeftChannels(ctx, offset)
		if dcpool.MethodMissing(err) {
			return session.Peer{}, false, nil
		}
		if err != nil {
			return session.Peer{}, false, explain(err)
		}
		chats := answer.GetChats()
		for _, peer := range peersOf(chats, nil) {
			if peer.Kind == session.PeerChannel && peer.ID == id {
				return peer, true, nil
			}
		}
		slice, more := answer.(*tg.MessagesChatsSlice)
		if offset += len(chats); !more || len(chats) == 0 || offset >= slice.Count || offset > maxPages*dialogsPerPage {
			return session.Peer{}, false, nil
		}
	}
}
