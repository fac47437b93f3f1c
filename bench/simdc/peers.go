package simdc

import (
	"strings"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// registerPeers adds the methods that say who is who.
// https://core.telegram.org/api/peers
func registerPeers(m methods) {
	// Clients ask who they are on every DC that they have a login on.
	add(m, anyDC, (*call).getUsers)
	add(m, anyDC, (*call).getFullUser)
	add(m, homeDC, (*call).resolveUsername)
	add(m, homeDC, (*call).getChannels)
	add(m, homeDC, (*call).getFullChannel)
	add(m, homeDC, (*call).getChats)
	add(m, homeDC, (*call).getFullChat)
}

// accessHash is what the caller must show to name a peer; it differs between
// accounts, as Telegram's do.
func (c *call) accessHash(kind string, id int64) int64 {
	h := mixAll(c.cluster.world.scenario.Seed, uint64(c.account.ID), uint64(id), uint64(len(kind)), uint64(kind[0]))
	return int64(h | 1) // Never 0, which stands for an unknown hash.
}

// mayName reports whether an access hash is right. Bots may leave it out for
// what they have seen. https://core.telegram.org/api/peers#access-hash
func (c *call) mayName(kind string, id, hash int64) bool {
	return hash == c.accessHash(kind, id) || hash == 0 && c.account.BotToken != ""
}

// user describes an account to the caller.
func (c *call) user(a *account) tg.UserClass {
	out := &tg.User{
		ID:         a.ID,
		AccessHash: c.accessHash("user", a.ID),
		FirstName:  a.Name,
		Premium:    a.Premium,
		Bot:        a.BotToken != "",
		Self:       a == c.account,
	}
	out.Username, out.Usernames = c.cluster.world.names.of(a)
	if id := a.photo(); id != 0 {
		out.SetPhoto(&tg.UserProfilePhoto{PhotoID: id, DCID: statedDC(c.cluster.world.files[id].File)})
	}
	if out.Bot {
		out.SetBotInfoVersion(1)
	}
	if out.Self {
		out.Phone = scenario.Digits(a.Phone)
	}
	return c.layeredUser(out)
}

// findUser resolves an InputUser; nil is nobody.
func (c *call) findUser(in tg.InputUserClass) *account {
	switch in := in.(type) {
	case *tg.InputUserSelf:
		return c.account
	case *tg.InputUser:
		if a := c.cluster.world.accounts[in.UserID]; a != nil && c.mayName("user", a.ID, in.AccessHash) {
			return a
		}
	}
	return nil
}

func (c *call) getUsers(r *tg.UsersGetUsersRequest) (bin.Encoder, error) {
	out := &tg.UserClassVector{}
	for _, in := range r.ID {
		if a := c.findUser(in); a != nil {
			out.Elems = append(out.Elems, c.user(a))
		} else if u, ok := in.(*tg.InputUser); ok {
			out.Elems = append(out.Elems, &tg.UserEmpty{ID: u.UserID})
		}
	}
	return out, nil
}

func (c *call) getFullUser(r *tg.UsersGetFullUserRequest) (bin.Encoder, error) {
	a := c.findUser(r.ID)
	if a == nil {
		return nil, fail(400, "USER_ID_INVALID")
	}
	full := tg.UserFull{ID: a.ID}
	if id := a.photo(); id != 0 {
		full.SetProfilePhoto(c.profilePhoto(id))
	}
	return c.layeredUserFull(&tg.UsersUserFull{FullUser: full, Users: []tg.UserClass{c.user(a)}}), nil
}

// resolveUsername takes names as people write them, in any case.
func (c *call) resolveUsername(r *tg.ContactsResolveUsernameRequest) (bin.Encoder, error) {
	name := strings.ToLower(r.Username)
	if name == "" || strings.ContainsFunc(name, notInUsername) {
		return nil, fail(400, "USERNAME_INVALID")
	}
	switch x := c.cluster.world.names.owner(name).(type) {
	case *account:
		return &tg.ContactsResolvedPeer{Peer: &tg.PeerUser{UserID: x.ID}, Users: []tg.UserClass{c.user(x)}}, nil
	case *chat:
		return &tg.ContactsResolvedPeer{Peer: &tg.PeerChannel{ChannelID: x.ID}, Chats: []tg.ChatClass{c.chat(x)}}, nil
	}
	return nil, fail(400, "USERNAME_NOT_OCCUPIED")
}

// notInUsername reports whether a lower-case rune cannot be in a username.
func notInUsername(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_'
}

// chat describes a chat to the caller, who may have been thrown out of it.
func (c *call) chat(x *chat) tg.ChatClass {
	if x.Basic {
		return c.basicChat(x)
	}
	hash := c.accessHash("channel", x.ID)
	if x.Min && !x.member(c.account.ID) {
		return c.minChannel(x)
	}
	if !x.visible(c.account.ID) && !c.mayExport(x) {
		return &tg.ChannelForbidden{ID: x.ID, AccessHash: hash, Title: x.Title, Broadcast: !x.Group, Megagroup: x.Group}
	}
	out := &tg.Channel{
		ID: x.ID, Title: x.Title, Broadcast: !x.Group, Megagroup: x.Group,
		Forum: x.Forum, HasLink: x.Discussion != 0, Left: !x.member(c.account.ID), Photo: c.chatPhoto(x), Date: baseDate,
	}
	out.Username, out.Usernames = c.cluster.world.names.of(x)
	out.SetAccessHash(hash)
	return c.layeredChat(out)
}

// minChannel describes a channel to who meets it in a message: its access hash
// is good for its picture alone.
//
// https://core.telegram.org/api/min
func (c *call) minChannel(x *chat) tg.ChatClass {
	out := &tg.Channel{
		Min: true, ID: x.ID, Title: x.Title, Broadcast: !x.Group, Megagroup: x.Group, Forum: x.Forum,
		Photo: c.chatPhoto(x), Date: baseDate,
	}
	out.SetAccessHash(c.accessHash("min channel", x.ID))
	return c.layeredChat(out)
}

// channelFromMessage resolves a channel by a post that is discussed in it.
func (c *call) channelFromMessage(peer tg.InputPeerClass, message int, id int64) (*chat, error) {
	s, err := c.source(peer)
	if err != nil {
		return nil, err
	}
	x := c.cluster.world.chats[id]
	if s.chat == nil || x == nil || s.chat.Discussion != id {
		return nil, fail(400, "CHANNEL_INVALID")
	}
	if _, ok := s.box.find(message); !ok {
		return nil, fail(400, "MSG_ID_INVALID")
	}
	if x.Closed {
		return nil, fail(400, "CHANNEL_PRIVATE")
	}
	return x, nil
}

// channel resolves an InputChannel to a chat that the caller may read.
func (c *call) channel(in tg.InputChannelClass) (*chat, error) {
	switch in := in.(type) {
	case *tg.InputChannel:
		return c.channelByID(in.ChannelID, in.AccessHash)
	case *tg.InputChannelFromMessage:
		return c.channelFromMessage(in.Peer, in.MsgID, in.ChannelID)
	}
	return nil, fail(400, "CHANNEL_INVALID")
}

func (c *call) channelByID(id, hash int64) (*chat, error) {
	x := c.cluster.world.chats[id]
	switch {
	case x == nil || x.Basic || !c.mayName("channel", id, hash):
		return nil, fail(400, "CHANNEL_INVALID")
	case c.mayExport(x):
	case !x.visible(c.account.ID), x.Min && !x.member(c.account.ID):
		return nil, fail(400, "CHANNEL_PRIVATE")
	}
	return x, nil
}

func (c *call) getChannels(r *tg.ChannelsGetChannelsRequest) (bin.Encoder, error) {
	out := &tg.MessagesChats{}
	for _, in := range r.ID {
		x, err := c.channel(in)
		if err != nil {
			return nil, err
		}
		out.Chats = append(out.Chats, c.chat(x))
	}
	return out, nil
}
