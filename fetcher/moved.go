package fetcher

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/session"
)

// nameAge is for how long a username is believed to be that of the chat it led
// to: names are sold, given up and taken by others.
const nameAge = 24 * time.Hour

// forgotten reports whether the name of a link has to be asked for again.
func forgotten(link Link, peer session.Peer) bool {
	return isName(link) && time.Since(peer.Seen) > nameAge
}

func isName(link Link) bool { return link.Username != "" && link.Username != savedMessages }

// activeName is the username that a chat or a person goes by: the first active
// one of a list where there is a list.
//
// https://core.telegram.org/api/fragment
func activeName(username string, others []tg.Username) string {
	for _, other := range others {
		if other.Active {
			return other.Username
		}
	}
	return username
}

// named is the chats and people that an answer brings along.
type named struct {
	chats []tg.ChatClass
	users []tg.UserClass
}

func (n *named) add(other named) {
	n.chats, n.users = append(n.chats, other.chats...), append(n.users, other.users...)
}

// telling is implemented by answers that bring chats and people along.
type telling interface{ told() named }

func (a *messagesAnswer) told() named { return named{a.chats, a.users} }

// toldBy is what an answer of any type brings along.
func toldBy(answer any) (n named) {
	if t, ok := answer.(telling); ok {
		return t.told()
	}
	if t, ok := answer.(interface{ GetChats() []tg.ChatClass }); ok {
		n.chats = t.GetChats()
	}
	if t, ok := answer.(interface{ GetUsers() []tg.UserClass }); ok {
		n.users = t.GetUsers()
	}
	if t, ok := answer.([]tg.UserClass); ok {
		n.users = t
	}
	return n
}

// owner is a chat or person that may have usernames.
type owner struct {
	kind session.PeerKind
	id   int64
}

func ownerOf(p session.Peer) owner { return owner{p.Kind, p.ID} }

// names is the usernames of all that were told in full.
func (n named) names() map[owner][]string {
	names := map[owner][]string{}
	note := func(o owner, username string, others []tg.Username) {
		names[o] = append(names[o], strings.ToLower(username))
		for _, other := range others {
			if other.Active {
				names[o] = append(names[o], strings.ToLower(other.Username))
			}
		}
	}
	for _, class := range n.chats {
		if ch, ok := class.(*tg.Channel); ok && !ch.Min {
			note(owner{session.PeerChannel, ch.ID}, ch.Username, ch.Usernames)
		}
	}
	for _, class := range n.users {
		if u, ok := class.(*tg.User); ok && !u.Min {
			note(owner{session.PeerUser, u.ID}, u.Username, u.Usernames)
		}
	}
	return names
}

// lost reports whether an answer shows that a chat does not have a name any
// more.
func lost(names map[owner][]string, peer session.Peer, name string) bool {
	now, told := names[ownerOf(peer)]
	return told && !slices.Contains(now, strings.ToLower(name))
}

// noticeNames forgets the names that an answer shows to be somebody else's, or
// nobody's.
func (c *Client) noticeNames(n named) {
	names := n.names()
	if len(names) == 0 {
		return
	}
	var gone []string
	err := c.store.ViewState(func(s *session.State) {
		for key, peer := range s.Peers {
			name, ok := strings.CutPrefix(key, "@")
			if ok && name != savedMessages && lost(names, peer, name) {
				gone = append(gone, key)
			}
		}
	})
	if err != nil || len(gone) == 0 {
		return // A store that cannot be read is reported where it is needed.
	}
	c.log.Info("names lead to other chats than before", "names", gone)
	err = c.store.UpdateState(func(s *session.State) error {
		for _, key := range gone {
			if lost(names, s.Peers[key], strings.TrimPrefix(key, "@")) {
				delete(s.Peers, key)
			}
		}
		return nil
	})
	if err != nil {
		c.log.Warn("names cannot be forgotten", "err", err)
	}
}

// withFreshHash makes a call that names a chat. If its access hash is stale, or
// the answer shows that the name of the link has gone to another chat, it is
// looked up again, once.
func withFreshHash[T any](ctx context.Context, c *Client, chat *chat, call func() (T, error)) (T, error) {
	answer, err := call()
	if err == nil {
		told := toldBy(answer)
		c.noticeNames(told)
		if !chat.stored || chat.fixed || !isName(chat.link) || !lost(told.names(), chat.Peer, chat.link.Username) {
			return answer, nil
		}
	} else if !chat.stored || !tgerr.Is(err, "CHANNEL_INVALID", "CHANNEL_PRIVATE", "PEER_ID_INVALID", "USER_ID_INVALID") {
		return answer, explain(err)
	}
	fresh, lookErr := c.lookUp(ctx, chat.link)
	if lookErr != nil {
		return answer, lookErr
	}
	if chat.fixed && ownerOf(fresh.Peer) != ownerOf(chat.Peer) {
		return answer, explain(err)
	}
	fresh.fixed = chat.fixed
	*chat = *fresh
	answer, err = call()
	return answer, explain(err)
}
