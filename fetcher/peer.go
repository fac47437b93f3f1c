package fetcher

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/session"
)

// chat is the chat of a link.
type chat struct {
	session.Peer
	link Link // of the chat alone
	// stored says that the access hash comes from the store and may be stale, and
	// the name of the link, too.
	stored bool
	// fixed says that the chat is this one, whoever has the name of the link now.
	fixed bool
	// via is the message through which alone the account may see the channel; nil
	// is none.
	via *tg.InputPeerChannelFromMessage
}

func (c *chat) inputPeer() tg.InputPeerClass {
	switch c.Kind {
	case session.PeerChannel:
		if c.via != nil {
			return c.via
		}
		return &tg.InputPeerChannel{ChannelID: c.ID, AccessHash: c.AccessHash}
	case session.PeerChat:
		return &tg.InputPeerChat{ChatID: c.ID}
	default:
		return &tg.InputPeerUser{UserID: c.ID, AccessHash: c.AccessHash}
	}
}

func (c *chat) inputChannel() tg.InputChannelClass {
	if c.via != nil {
		return &tg.InputChannelFromMessage{Peer: c.via.Peer, MsgID: c.via.MsgID, ChannelID: c.via.ChannelID}
	}
	return &tg.InputChannel{ChannelID: c.ID, AccessHash: c.AccessHash}
}

func (c *chat) inputUser() *tg.InputUser {
	return &tg.InputUser{UserID: c.ID, AccessHash: c.AccessHash}
}

// chatOf finds the chat of a link, in the store if it is there.
func (c *Client) chatOf(ctx context.Context, link Link) (*chat, error) {
	if peer, ok := c.storedPeer(storeKey(link)); ok && !forgotten(link, peer) {
		peer.Seen = time.Time{} // Of the name.
		c.expectFiles(peer)
		return &chat{Peer: peer, link: link.Chat(), stored: true}, nil
	}
	return c.lookUp(ctx, link)
}

// storeKey is where the store keeps the chat of a link.
func storeKey(link Link) string {
	switch {
	case link.Past:
		return "" // It is found through the supergroup.
	case link.Channel != 0:
		return session.ChannelKey(link.Channel)
	case link.Group != 0:
		return session.ChatKey(link.Group)
	case link.User != 0:
		return session.UserKey(link.User)
	case link.Invite != "":
		return "" // The account may have joined or left since.
	default:
		return session.UsernameKey(link.Username)
	}
}

// lookUp asks Telegram for the chat of a link.
func (c *Client) lookUp(ctx context.Context, link Link) (*chat, error) {
	var peer session.Peer
	var err error
	link = link.Chat()
	switch {
	case link.Past:
		return c.pastOf(ctx, link)
	case link.Channel != 0:
		peer, err = c.findChannel(ctx, link.Channel)
	case link.Group != 0:
		peer = session.Peer{Kind: session.PeerChat, ID: link.Group} // Groups have no access hash.
	case link.User != 0:
		peer, err = c.findInDialogs(ctx, session.PeerUser, link.User)
	case link.Invite != "":
		if peer, err = c.checkInvite(ctx, link.Invite); err == nil {
			link = linkOf(peer, Link{}) // Of its messages.
		}
	case link.Username == savedMessages:
		peer, err = c.self(ctx)
	default:
		peer, err = c.resolveUsername(ctx, link.Username)
	}
	if err != nil {
		return nil, explain(err)
	}
	return &chat{Peer: peer, link: link}, nil
}

// self is the account, whose chat with itself is Saved Messages.
func (c *Client) self(ctx context.Context) (session.Peer, error) {
	users, err := c.home().UsersGetUsers(ctx, []tg.InputUserClass{&tg.InputUserSelf{}})
	if err != nil {
		return session.Peer{}, err
	}
	for _, peer := range peersOf(nil, users) {
		peer.Title = "Saved Messages"
		c.storePeers(nil, session.UsernameKey(savedMessages), peer)
		return peer, nil
	}
	return session.Peer{}, fmt.Errorf("the account itself: %w", ErrNoAccess)
}

// resolveUsername: https://core.telegram.org/method/contacts.resolveUsername
func (c *Client) resolveUsername(ctx context.Context, name string) (session.Peer, error) {
	resolved, err := c.home().ContactsResolveUsername(ctx, &tg.ContactsResolveUsernameRequest{Username: name})
	if err != nil {
		return session.Peer{}, err
	}
	c.noticeNames(named{resolved.Chats, resolved.Users})
	peers := peersOf(resolved.Chats, resolved.Users)
	for _, peer := range peers {
		if !isPeer(peer, resolved.Peer) {
			continue
		}
		c.storePeers(peers, session.UsernameKey(name), peer)
		return peer, nil
	}
	// The name leads somewhere, but not to a chat that is open to the account.
	return session.Peer{}, fmt.Errorf("@%s: %w", name, ErrNoAccess)
}

// findChannel finds a channel whose access hash is not known: a bot may ask
// without one, a user has it in the list of dialogs.
func (c *Client) findChannel(ctx context.Context, id int64) (session.Peer, error) {
	found, refused := c.home().ChannelsGetChannels(ctx, []tg.InputChannelClass{&tg.InputChannel{ChannelID: id}})
	if refused == nil {
		c.noticeNames(named{chats: found.GetChats()})
		peers := peersOf(found.GetChats(), nil)
		for _, peer := range peers {
			if peer.ID == id && peer.Kind == session.PeerChannel {
				c.storePeers(peers, "", session.Peer{})
				return peer, nil
			}
		}
	} else if _, ok := tgerr.As(refused); !ok {
		return session.Peer{}, refused
	}
	peer, err := c.findInDialogs(ctx, session.PeerChannel, id)
	if errors.Is(err, ErrNoAccess) {
		left, found, leftErr := c.findLeft(ctx, id)
		if found || leftErr != nil {
			return left, leftErr
		}
	}
	if tgerr.Is(err, "BOT_METHOD_INVALID") || dcpool.MethodMissing(err) {
		return session.Peer{}, fmt.Errorf("channel %d: %w", id, cmp.Or(refused, ErrNoAccess))
	}
	return peer, err
}

// peersOf are the peers an answer brought along, without those that cannot be
// used.
func peersOf(chats []tg.ChatClass, users []tg.UserClass) (peers []session.Peer) {
	for _, class := range chats {
		switch ch := class.(type) {
		case *tg.Channel:
			hash, ok := ch.GetAccessHash()
			if !ch.Min && ok {
				peers = append(peers, session.Peer{
					Kind: session.PeerChannel, ID: ch.ID, AccessHash: hash, Username: activeName(ch.Username, ch.Usernames), Title: ch.Title,
					Broadcast: ch.Broadcast,
				})
			}
		case *tg.Chat:
			peers = append(peers, session.Peer{Kind: session.PeerChat, ID: ch.ID, Title: ch.Title})
		}
	}
	for _, class := range users {
		u, ok := class.(*tg.User)
		if !ok {
			continue
		}
		if hash, ok := u.GetAccessHash(); ok && !u.Min {
			peers = append(peers, session.Peer{
				Kind: session.PeerUser, ID: u.ID, AccessHash: hash, Username: activeName(u.Username, u.Usernames), Title: personName(u), Bot: u.Bot,
			})
		}
	}
	return peers
}

func isPeer(p session.Peer, class tg.PeerClass) bool {
	switch peer := class.(type) {
	case *tg.PeerChannel:
		return p.Kind == session.PeerChannel && p.ID == peer.ChannelID
	case *tg.PeerChat:
		return p.Kind == session.PeerChat && p.ID == peer.ChatID
	case *tg.PeerUser:
		return p.Kind == session.PeerUser && p.ID == peer.UserID
	}
	return false
}
