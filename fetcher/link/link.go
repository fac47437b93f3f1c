// Package link reads links to messages, chats, stories and sticker sets of Telegram,
// and writes them. It asks nobody.
package link

import (
	"fmt"
	"strconv"
	"strings"
)

// Link is a parsed link to messages, or to all messages of a chat. Two links
// are equal if they lead to the same items.
type Link struct {
	// Exactly one of these six says which chat, or which sticker set. Username is that of a public
	// chat, a user or a bot, in lower case, or "me" for Saved Messages; Channel
	// the id of a channel or supergroup, Group of a basic group and User of a
	// user or bot that the account knows; Invite the hash of an invite link;
	// Stickers the name of a set of stickers or emoji, in lower case.
	Username string
	Channel  int64
	Group    int64
	User     int64
	Invite   string
	Stickers string
	// First and Last are the message ids, the same for one message. Both are 0
	// for all messages of the chat.
	First, Last int
	// Topic is the forum topic or thread the link was shown in, or 0. It does
	// not change which single message is meant; a range holds the messages of the
	// topic only, and without messages it stands for all of them.
	Topic int
	// Comment is the id of a message in the linked discussion group: First is
	// the post that is discussed. 0 if it is not a comment.
	Comment int
	// Comments asks for all comments on the post First.
	Comments bool
	// Past says that First is a message of the basic group that the supergroup
	// Channel was before, which has ids of its own.
	Past bool
	// Story says that First and Last are ids of stories.
	Story bool
	// Single asks for one item of an album, not all of it.
	Single bool
}

// Grows says that the link may lead to more tomorrow: it is about all messages
// of a chat, a topic or a discussion, or about a sticker set. Of a link to one
// message only Telegram knows whether that is a topic, see
// fetcher.ResolveOptions.Topic.
func (l Link) Grows() bool { return l.First == 0 || l.Comments }

// String is the link in the form https://t.me/…, or tg://… where there is no
// other. [Parse] reads it back.
func (l Link) String() string {
	var params []string
	base := l.webBase()
	if l.User != 0 || l.Group != 0 {
		base, params = l.appBase()
	}
	if l.First == 0 && l.Topic != 0 {
		params = append(params, fmt.Sprintf("thread=%d", l.Topic))
	}
	if l.Single {
		params = append(params, "single")
	}
	if l.Comments {
		params = append(params, "comment")
	} else if l.Comment != 0 {
		params = append(params, fmt.Sprintf("comment=%d", l.Comment))
	}
	if len(params) == 0 {
		return base
	}
	return base + "?" + strings.Join(params, "&")
}

func (l Link) webBase() string {
	var b strings.Builder
	b.WriteString("https://t.me/")
	switch {
	case l.Channel != 0:
		fmt.Fprintf(&b, "c/%d", l.Channel)
	case l.Invite != "":
		b.WriteString("+" + l.Invite)
	case l.Stickers != "":
		b.WriteString("addstickers/" + l.Stickers)
	default:
		b.WriteString(l.Username)
	}
	if l.Story {
		b.WriteString("/s")
	}
	if l.First != 0 {
		if l.Topic != 0 {
			fmt.Fprintf(&b, "/%d", l.Topic)
		}
		b.WriteString("/" + l.ids())
	}
	return b.String()
}

// appBase is for chats that have no link on the web.
func (l Link) appBase() (base string, params []string) {
	name, id := "user_id", l.User
	if l.Group != 0 {
		name, id = "chat_id", l.Group
	}
	params = append(params, fmt.Sprintf("%s=%d", name, id))
	if l.First != 0 {
		params = append(params, "message_id="+l.ids())
	}
	return "tg://openmessage", params
}

// ids is the message, or the range of them.
func (l Link) ids() string {
	if l.Past {
		return strconv.Itoa(l.First - pastIDs)
	}
	if l.Last == l.First {
		return strconv.Itoa(l.First)
	}
	return fmt.Sprintf("%d-%d", l.First, l.Last)
}

// pastIDs is what Telegram Desktop takes from the ids of messages of the basic
// group that a supergroup was, so that they are not mistaken for its own.
const pastIDs = 1_000_000_000

// Item is the link of one message of the link's chat, or of one of its stories.
func (l Link) Item(id int) Link {
	item := l.Chat()
	item.First, item.Last, item.Story = id, id, l.Story
	return item
}

// Chat is the link of the chat alone.
func (l Link) Chat() Link {
	return Link{
		Username: l.Username, Channel: l.Channel, Past: l.Past, Group: l.Group, User: l.User, Invite: l.Invite, Stickers: l.Stickers,
	}
}

// Error reports a link that leads to nothing to download.
type Error struct {
	// Link is the link as it was given.
	Link string
	// Reason is what is wrong with it.
	Reason string
}

func (e *Error) Error() string {
	return fmt.Sprintf("link %q: %s; a link to a message looks like https://t.me/durov/43", e.Link, e.Reason)
}
