package simdc

import (
	"slices"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// registerThreads adds the methods about forum topics and comments, both of
// which are threads: messages that point at the one that began it.
// https://core.telegram.org/api/threads
func registerThreads(m methods) {
	add(m, userOnly, (*call).getDiscussionMessage)
	add(m, userOnly, (*call).getReplies)
}

// root returns the group and the message in it that stands for a channel's post.
func (w *world) root(channel *chat, post int) (*chat, *message, bool) {
	group := w.chats[channel.Discussion]
	if group == nil {
		return nil, nil, false
	}
	i := slices.IndexFunc(group.box, func(m *message) bool { return m.Post == post && !m.Deleted })
	if i < 0 {
		return nil, nil, false
	}
	return group, group.box[i], true
}

// generalTopic is the id of the topic that every forum has. Its messages name
// no topic. https://core.telegram.org/api/forum
const generalTopic = 1

// topicColor is the colour of the icon of every topic.
const topicColor = 0x6fb9f0

// thread returns the messages of a thread, newest first.
func (c *chat) thread(top int) []*message {
	if c.Forum && top == generalTopic {
		return slices.DeleteFunc(c.box.live(), func(m *message) bool { return m.Topic != 0 || m.TopicTitle != "" })
	}
	return slices.DeleteFunc(c.box.live(), func(m *message) bool { return m.Topic != top })
}

// threadHeader is what a message says of the thread that it is in.
func (c *call) threadHeader(s source, m *message) tg.MessageReplyHeaderClass {
	return c.layeredReplyHeader(&tg.MessageReplyHeader{ForumTopic: s.chat != nil && s.chat.Forum, ReplyToMsgID: m.Topic})
}

// comments describes what a channel's post says of its comments.
func (c *call) comments(x *chat, post *message) tg.MessageReplies {
	out := tg.MessageReplies{Comments: true, RepliesPts: 1}
	out.SetChannelID(x.Discussion)
	if group, root, ok := c.cluster.world.root(x, post.ID); ok {
		out.Replies = len(group.thread(root.ID))
	}
	return out
}

// thread resolves what a thread is named by: its first message, or the post
// of a channel.
func (c *call) thread(peer tg.InputPeerClass, id int) (group, top source, root int, err error) {
	s, err := c.source(peer)
	if err != nil {
		return source{}, source{}, 0, err
	}
	if s.chat == nil || id <= 0 {
		return source{}, source{}, 0, fail(400, "MSG_ID_INVALID")
	}
	if s.chat.Forum && id == generalTopic && !c.cluster.world.scenario.Turns(scenario.GeneralIsThread) {
		return s, s, id, nil
	}
	if x, root, ok := c.cluster.world.root(s.chat, id); ok {
		return c.channelSource(x), s, root.ID, nil
	}
	if m, ok := s.box.find(id); !ok || s.chat.Discussion != 0 || s.chat.Forum && m.TopicTitle == "" {
		return source{}, source{}, 0, fail(400, "MSG_ID_INVALID")
	}
	return s, s, id, nil
}

func (c *call) threadChats(group, top source) []tg.ChatClass {
	out := []tg.ChatClass{c.chat(group.chat)}
	if top.chat != group.chat {
		out = append(out, c.chat(top.chat))
	}
	return out
}

// getDiscussionMessage leads from a post to the message that stands for it in
// the discussion group.
func (c *call) getDiscussionMessage(r *tg.MessagesGetDiscussionMessageRequest) (bin.Encoder, error) {
	group, top, root, err := c.thread(r.Peer, r.MsgID)
	if err != nil {
		return nil, err
	}
	message, ok := group.box.find(root)
	if !ok {
		return nil, fail(400, "MSG_ID_INVALID")
	}
	return &tg.MessagesDiscussionMessage{
		Messages: []tg.MessageClass{c.message(group, message)}, Chats: c.threadChats(group, top),
	}, nil
}

func (c *call) getReplies(r *tg.MessagesGetRepliesRequest) (bin.Encoder, error) {
	group, top, root, err := c.thread(r.Peer, r.MsgID)
	if err != nil {
		return nil, err
	}
	thread := group.chat.thread(root)
	var list []tg.MessageClass
	for _, m := range page(thread, &tg.MessagesGetHistoryRequest{
		OffsetID: r.OffsetID, OffsetDate: r.OffsetDate, AddOffset: r.AddOffset, Limit: r.Limit, MaxID: r.MaxID, MinID: r.MinID,
	}) {
		list = append(list, c.message(group, m))
	}
	return &tg.MessagesChannelMessages{Pts: 1, Count: len(thread), Messages: list, Chats: c.threadChats(group, top)}, nil
}
