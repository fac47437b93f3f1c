package simdc

import (
	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// photo is the file of the account's latest profile photo; 0 if there is none.
func (a *account) photo() int64 {
	if len(a.Photos) == 0 {
		return 0
	}
	return a.Photos[0]
}

// profilePhoto describes the picture of an account or a chat in full.
func (c *call) profilePhoto(id int64) *tg.Photo {
	return c.picture(id, 0)
}

// picture describes the n-th picture of an account or a chat.
func (c *call) picture(id int64, n int) *tg.Photo {
	f := c.cluster.world.files[id]
	photo := c.photo(f, origin{fromProfile, n}, baseDate)
	photo.Sizes = sizes(f.pictureSizes())
	return photo
}

// chatPhoto describes a chat's picture as lists of chats do.
func (c *call) chatPhoto(x *chat) tg.ChatPhotoClass {
	if x.Photo == 0 {
		return &tg.ChatPhotoEmpty{}
	}
	return &tg.ChatPhoto{PhotoID: x.Photo, DCID: statedDC(c.cluster.world.files[x.Photo].File)}
}

// fullPhoto is chatPhoto in what is said of one chat alone.
func (c *call) fullPhoto(x *chat) tg.PhotoClass {
	if x.Photo == 0 {
		return &tg.PhotoEmpty{}
	}
	return c.profilePhoto(x.Photo)
}

func (c *call) getFullChannel(r *tg.ChannelsGetFullChannelRequest) (bin.Encoder, error) {
	x, err := c.channel(r.Channel)
	if err != nil {
		return nil, err
	}
	full := &tg.ChannelFull{ID: x.ID, ChatPhoto: c.fullPhoto(x), Pts: 1}
	if x.Discussion != 0 {
		full.SetLinkedChatID(x.Discussion)
	}
	if old := c.cluster.world.chats[x.MigratedFrom]; old != nil {
		full.SetMigratedFromChatID(old.ID)
		full.SetMigratedFromMaxID(old.box.last())
	}
	return &tg.MessagesChatFull{FullChat: c.layeredChannelFull(full), Chats: []tg.ChatClass{c.chat(x)}}, nil
}

func (c *call) getFullChat(r *tg.MessagesGetFullChatRequest) (bin.Encoder, error) {
	x, err := c.basicGroup(r.ChatID)
	if err != nil {
		return nil, err
	}
	full := &tg.ChatFull{ID: x.ID, Participants: &tg.ChatParticipantsForbidden{ChatID: x.ID}}
	full.SetChatPhoto(c.fullPhoto(x))
	return &tg.MessagesChatFull{FullChat: full, Chats: []tg.ChatClass{c.chat(x)}}, nil
}

// pictured is the file that a location without a file reference stands for: a
// picture by who has it, or a sticker set's thumbnail. It is nil if there is none.
// https://core.telegram.org/api/files#downloading-files
func (c *call) pictured(in tg.InputFileLocationClass) (f *file, size string) {
	w := c.cluster.world
	switch in := in.(type) {
	case *tg.InputPeerPhotoFileLocation:
		id := c.photoOf(in.Peer)
		if id == 0 || id != in.PhotoID {
			return nil, ""
		}
		if size = smallPicture; in.Big {
			size = bigPicture
		}
		return w.files[id], size
	case *tg.InputStickerSetThumb:
		if set, ok := c.stickerSet(in.Stickerset); ok && in.ThumbVersion == thumbVersion {
			return w.files[set.Thumb], "m"
		}
	}
	return nil, ""
}

// photoOf is the file of the picture of a peer; 0 if it has none.
func (c *call) photoOf(peer tg.InputPeerClass) int64 {
	s, err := c.source(peer)
	switch {
	case err != nil:
		return 0
	case s.chat != nil:
		return s.chat.Photo
	}
	return c.cluster.world.accounts[s.peer.(*tg.PeerUser).UserID].photo()
}
