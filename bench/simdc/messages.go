package simdc

import (
	"maps"
	"slices"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// registerMessages adds the methods that return messages.
func registerMessages(m methods) {
	add(m, homeDC, (*call).channelMessages)
	add(m, homeDC, (*call).ownMessages)
	add(m, userOnly, (*call).getHistory)
	add(m, userOnly, (*call).search)
}

// maxMessages is how many messages one answer holds.
const maxMessages = 100

// source is a chat as its messages see it: a channel, a group, or the caller's
// chat with another account or itself.
type source struct {
	peer tg.PeerClass
	chat *chat // nil for a chat with an account
	box  messageBox
}

func (c *call) channelSource(x *chat) source {
	if x.Basic {
		return source{peer: &tg.PeerChat{ChatID: x.ID}, chat: x, box: x.box}
	}
	return source{peer: &tg.PeerChannel{ChannelID: x.ID}, chat: x, box: x.box}
}

// private is the caller's chat with another account, or with itself.
func (c *call) private(with *account) source {
	return source{peer: &tg.PeerUser{UserID: with.ID}, box: c.account.private[with.ID]}
}

// id tells sources apart in file references.
func (s source) id() int64 {
	if s.chat != nil {
		return s.chat.ID
	}
	return 0
}

// same reports whether two sources are one chat of the same account.
func (s source) same(o source) bool {
	if s.chat != nil || o.chat != nil {
		return s.chat == o.chat
	}
	return s.peer.(*tg.PeerUser).UserID == o.peer.(*tg.PeerUser).UserID
}

// message describes a message to the caller.
func (c *call) message(s source, m *message) tg.MessageClass {
	if m.TopicTitle != "" {
		return c.layeredService(&tg.MessageService{
			ID: m.ID, PeerID: s.peer, Date: m.Date, Action: &tg.MessageActionTopicCreate{Title: m.TopicTitle, IconColor: topicColor},
		})
	}
	out := &tg.Message{ID: m.ID, PeerID: s.peer, Date: m.Date, Message: m.Text, GroupedID: m.Album}
	if m.file != nil || m.WebPage != "" || len(m.Poll) > 0 {
		out.Media = c.media(s, m)
	}
	if m.Unknown {
		out.Media = unknownMedia{&tg.MessageMediaEmpty{}}
	}
	if s.chat == nil {
		c.describePrivate(out, s, m)
	} else if out.Post = !s.chat.Group && !s.chat.Basic; out.Post {
		out.SetViews(1)
	}
	if m.Topic != 0 {
		out.SetReplyTo(c.threadHeader(s, m))
	}
	if s.chat != nil && s.chat.Discussion != 0 {
		out.SetReplies(c.comments(s.chat, m))
	}
	return c.layeredMessage(out)
}

// describePrivate says who sent a message of a chat with an account. What one
// sends to oneself is not outgoing, and names the chat that it was saved from.
// https://core.telegram.org/api/saved-messages
func (c *call) describePrivate(out *tg.Message, s source, m *message) {
	out.FromID = s.peer
	if m.With == 0 {
		out.SetSavedPeerID(s.peer)
	}
}

// pick returns the messages with these ids; one that is not there is a
// messageEmpty, as Telegram answers.
func (c *call) pick(s source, ids []tg.InputMessageClass) []tg.MessageClass {
	var out []tg.MessageClass
	for _, in := range ids[:min(len(ids), maxMessages)] {
		input, ok := in.(*tg.InputMessageID)
		if !ok {
			out = append(out, &tg.MessageEmpty{})
		} else if m, ok := s.box.find(input.ID); ok {
			out = append(out, c.message(s, m))
		} else {
			out = append(out, &tg.MessageEmpty{ID: input.ID})
		}
	}
	return out
}

func (c *call) channelMessages(r *tg.ChannelsGetMessagesRequest) (bin.Encoder, error) {
	x, err := c.channel(r.Channel)
	if err != nil {
		return nil, err
	}
	if len(r.ID) == 0 {
		return nil, fail(400, "MESSAGE_IDS_EMPTY")
	}
	list := c.pick(c.channelSource(x), r.ID)
	return &tg.MessagesChannelMessages{Pts: 1, Count: len(list), Messages: list, Chats: []tg.ChatClass{c.chat(x)}}, nil
}

// ownMessages serves the ids of private chats and basic groups, which share one
// row of them.
func (c *call) ownMessages(r *tg.MessagesGetMessagesRequest) (bin.Encoder, error) {
	out := &tg.MessagesMessages{}
	groups := c.basicGroups()
	for _, in := range r.ID[:min(len(r.ID), maxMessages)] {
		from := c.private(c.account)
		if input, ok := in.(*tg.InputMessageID); ok {
			from = c.holder(input.ID, groups)
		}
		out.Messages = append(out.Messages, c.pick(from, []tg.InputMessageClass{in})...)
	}
	for _, x := range groups {
		out.Chats = append(out.Chats, c.chat(x))
	}
	for _, a := range c.correspondents() {
		out.Users = append(out.Users, c.user(a))
	}
	return c.layeredMessages(out), nil
}

// correspondents are the accounts that the caller has a chat with, by id; it
// is one of them.
func (c *call) correspondents() []*account {
	var out []*account
	for _, id := range slices.Sorted(maps.Keys(c.account.private)) {
		out = append(out, c.cluster.world.accounts[id])
	}
	return out
}

// holder is the chat that a message of the caller's own row is in, if it is in
// any.
func (c *call) holder(message int, groups []*chat) source {
	for _, x := range groups {
		if _, ok := x.box.find(message); ok {
			return c.channelSource(x)
		}
	}
	for _, a := range c.correspondents() {
		if _, ok := c.account.private[a.ID].find(message); ok {
			return c.private(a)
		}
	}
	return c.private(c.account)
}

// source resolves an InputPeer.
func (c *call) source(in tg.InputPeerClass) (source, error) {
	switch in := in.(type) {
	case *tg.InputPeerSelf:
		return c.private(c.account), nil
	case *tg.InputPeerUser:
		a := c.findUser(&tg.InputUser{UserID: in.UserID, AccessHash: in.AccessHash})
		if a == nil {
			return source{}, fail(400, "PEER_ID_INVALID")
		}
		return c.private(a), nil
	case *tg.InputPeerChat:
		if x, err := c.basicGroup(in.ChatID); err == nil {
			return c.channelSource(x), nil
		}
	case *tg.InputPeerChannel:
		x, err := c.channelByID(in.ChannelID, in.AccessHash)
		if err != nil {
			return source{}, err
		}
		return c.channelSource(x), nil
	case *tg.InputPeerChannelFromMessage:
		x, err := c.channelFromMessage(in.Peer, in.MsgID, in.ChannelID)
		if err != nil {
			return source{}, err
		}
		return c.channelSource(x), nil
	}
	return source{}, fail(400, "PEER_ID_INVALID")
}

// page cuts out of messages, newest first, what the offsets ask for.
// https://core.telegram.org/api/offsets
func page(list []*message, r *tg.MessagesGetHistoryRequest) []*message {
	start := slices.IndexFunc(list, func(m *message) bool {
		return (r.OffsetID == 0 || m.ID < r.OffsetID) && (r.OffsetDate == 0 || m.Date < r.OffsetDate)
	})
	if start < 0 {
		start = len(list)
	}
	limit := r.Limit
	if limit <= 0 || limit > maxMessages {
		limit = maxMessages
	}
	// A negative add_offset reaches for newer messages.
	from := start + r.AddOffset
	to := min(max(from+limit, 0), len(list))
	from = min(max(from, 0), to)
	return slices.DeleteFunc(slices.Clone(list[from:to]), func(m *message) bool {
		return r.MaxID > 0 && m.ID >= r.MaxID || r.MinID > 0 && m.ID <= r.MinID
	})
}

func (c *call) getHistory(r *tg.MessagesGetHistoryRequest) (bin.Encoder, error) {
	s, err := c.source(r.Peer)
	if err != nil {
		return nil, err
	}
	return c.historyOf(s, s.box.live(), r), nil
}

// historyOf answers with what the offsets cut out of messages of a source.
func (c *call) historyOf(s source, live []*message, r *tg.MessagesGetHistoryRequest) bin.Encoder {
	var list []tg.MessageClass
	for _, m := range page(c.inRange(s, live), r) {
		list = append(list, c.message(s, m))
	}
	if s.chat != nil && !s.chat.Basic {
		return &tg.MessagesChannelMessages{Pts: 1, Count: len(live), Messages: list, Chats: []tg.ChatClass{c.chat(s.chat)}}
	}
	users := []tg.UserClass{c.user(c.account)}
	var chats []tg.ChatClass
	if s.chat != nil {
		chats = append(chats, c.chat(s.chat))
	} else if with := c.cluster.world.accounts[s.peer.(*tg.PeerUser).UserID]; with != c.account {
		users = append(users, c.user(with))
	}
	if len(list) == len(live) {
		return c.layeredMessages(&tg.MessagesMessages{Messages: list, Chats: chats, Users: users})
	}
	return c.layeredMessages(&tg.MessagesMessagesSlice{Count: len(live), Messages: list, Chats: chats, Users: users})
}
