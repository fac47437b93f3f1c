package simdc

import (
	"slices"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// Basic groups have no access hash: whoever is in one may name it.
// https://core.telegram.org/api/channel#basic-groups

// basicGroups are the basic groups that the caller is in.
func (c *call) basicGroups() []*chat {
	return slices.DeleteFunc(c.cluster.world.sortedChats(), func(x *chat) bool {
		return !x.Basic || !x.member(c.account.ID)
	})
}

func (c *call) basicGroup(id int64) (*chat, error) {
	for _, x := range c.basicGroups() {
		if x.ID == id {
			return x, nil
		}
	}
	return nil, fail(400, "CHAT_ID_INVALID")
}

// basicChat describes a basic group to the caller.
func (c *call) basicChat(x *chat) tg.ChatClass {
	if x.Closed {
		return &tg.ChatForbidden{ID: x.ID, Title: x.Title}
	}
	out := &tg.Chat{ID: x.ID, Title: x.Title, Photo: c.chatPhoto(x), ParticipantsCount: len(x.Members), Date: baseDate, Version: 1}
	if now := c.cluster.world.migrated(x.ID); now != nil {
		out.Deactivated = true
		out.SetMigratedTo(&tg.InputChannel{ChannelID: now.ID, AccessHash: c.accessHash("channel", now.ID)})
	}
	return out
}

// migrated is the supergroup that a basic group has become, or nil.
func (w *world) migrated(group int64) *chat {
	for _, x := range w.chats {
		if x.MigratedFrom == group {
			return x
		}
	}
	return nil
}

func (c *call) getChats(r *tg.MessagesGetChatsRequest) (bin.Encoder, error) {
	out := &tg.MessagesChats{}
	for _, id := range r.ID {
		x, err := c.basicGroup(id)
		if err != nil {
			return nil, err
		}
		out.Chats = append(out.Chats, c.chat(x))
	}
	return out, nil
}
