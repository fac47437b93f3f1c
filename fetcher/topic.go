package fetcher

import (
	"context"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
)

// generalTopic is the id of the topic that every forum has. No message began
// it, and its messages do not name it.
//
// https://core.telegram.org/api/forum
const generalTopic = 1

// isTopic reports whether a link to one message names a forum's topic: its id
// is that of the message that began it.
func (p *page) isTopic(link Link) bool {
	if link.First != link.Last || link.Single || link.Topic != 0 {
		return false
	}
	if link.First == generalTopic {
		return p.forum
	}
	m, ok := p.messages[link.First].(*tg.MessageService)
	if !ok {
		return false
	}
	_, ok = m.Action.(*tg.MessageActionTopicCreate)
	return ok
}

// elsewhere reports whether a message is known to be outside of a topic or
// thread; 0 is none, which holds all.
func (p *page) elsewhere(id, topic int) bool {
	m := p.messages[id]
	return topic != 0 && m != nil && id != topic && p.topicOf(m) != topic
}

// topicOf is the topic or thread that a message belongs to, 0 if none.
//
// https://core.telegram.org/api/threads
func (p *page) topicOf(class tg.NotEmptyMessage) int {
	var reply tg.MessageReplyHeaderClass
	switch m := class.(type) {
	case *tg.Message:
		reply = m.ReplyTo
	case *tg.MessageService:
		reply = m.ReplyTo
		if _, began := m.Action.(*tg.MessageActionTopicCreate); began {
			return m.ID
		}
	}
	header, ok := reply.(*tg.MessageReplyHeader)
	switch {
	case p.forum && (!ok || !header.ForumTopic):
		return generalTopic // What a message answers to there is no topic.
	case !ok:
		return 0
	case header.ReplyToTopID != 0:
		return header.ReplyToTopID
	default:
		return header.ReplyToMsgID
	}
}

// topic yields all messages of a topic or thread.
func (r *resolver) topic(ctx context.Context, chat *chat, link Link, id int) error {
	if id == generalTopic {
		return r.history(ctx, chat, link, r.searching(chat, id, r.c.general(chat)), id)
	}
	return r.history(ctx, chat, link, r.searching(chat, id, r.c.replies(chat, id)), 0)
}

// general reads General, which some servers do not take for a thread: then the
// whole chat is read, and what belongs to other topics is left out.
func (c *Client) general(chat *chat) pager {
	thread, whole, refused := c.replies(chat, generalTopic), c.wholeChat(chat), false
	return func(ctx context.Context, offsetID, addOffset, limit int) (*messagesAnswer, error) {
		if !refused {
			answer, err := thread(ctx, offsetID, addOffset, limit)
			if !tgerr.Is(err, "MSG_ID_INVALID", "TOPIC_ID_INVALID") {
				return answer, err
			}
			refused = true
		}
		return whole(ctx, offsetID, addOffset, limit)
	}
}
