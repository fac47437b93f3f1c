package fetcher

import (
	"context"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/session"
)

// pictureOf asks for a chat's current picture; the id is 0 if it has none.
func (c *Client) pictureOf(ctx context.Context, chat *chat) (id int64, dc int, err error) {
	switch chat.Kind {
	case session.PeerChannel:
		answer, err := withFreshHash(ctx, c, chat, func() (tg.MessagesChatsClass, error) {
			return c.home().ChannelsGetChannels(ctx, []tg.InputChannelClass{&tg.InputChannel{ChannelID: chat.ID, AccessHash: chat.AccessHash}})
		})
		if err != nil {
			return 0, 0, err
		}
		id, dc = chatPicture(answer.GetChats(), chat.ID)
	case session.PeerChat:
		answer, err := c.home().MessagesGetChats(ctx, []int64{chat.ID})
		if err != nil {
			return 0, 0, explain(err)
		}
		id, dc = chatPicture(answer.GetChats(), chat.ID)
	default:
		users, err := withFreshHash(ctx, c, chat, func() ([]tg.UserClass, error) {
			return c.home().UsersGetUsers(ctx, []tg.InputUserClass{&tg.InputUser{UserID: chat.ID, AccessHash: chat.AccessHash}})
		})
		if err != nil {
			return 0, 0, err
		}
		for _, class := range users {
			if u, ok := class.(*tg.User); ok && u.ID == chat.ID {
				if p, ok := u.Photo.(*tg.UserProfilePhoto); ok {
					id, dc = p.PhotoID, p.DCID
				}
			}
		}
	}
	return id, dc, nil
}

func chatPicture(chats []tg.ChatClass, of int64) (id int64, dc int) {
	for _, class := range chats {
		var photo tg.ChatPhotoClass
		switch ch := class.(type) {
		case *tg.Channel:
			photo = ch.Photo
		case *tg.Chat:
			photo = ch.Photo
		}
		if p, ok := photo.(*tg.ChatPhoto); ok && class.GetID() == of {
			return p.PhotoID, p.DCID
		}
	}
	return 0, 0
}

// pictureFile is a chat's picture in its large version. Nobody says its size.
//
// https://core.telegram.org/api/files#downloading-files
func pictureFile(chat *chat, id int64, dc int) File {
	return File{
		Kind:     Photo,
		ID:       id,
		Variant:  "picture",
		DC:       dc,
		Size:     UnknownSize,
		MIME:     "image/jpeg",
		Form:     "picture",
		Location: &tg.InputPeerPhotoFileLocation{Big: true, Peer: chat.inputPeer(), PhotoID: id},
	}
}
