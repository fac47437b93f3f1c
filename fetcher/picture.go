package fetcher

import (
	"context"
	"fmt"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/session"
)

// picture is the chat's own picture, and the video of it if it moves.
func (c *Client) picture(ctx context.Context, chat *chat) ([]File, error) {
	p, err := c.profile(ctx, chat)
	if dcpool.MethodMissing(err) {
		p, err = c.briefProfile(ctx, chat)
	}
	if err != nil {
		return nil, err
	}
	files := []File{pictureFile(chat, p.id, p.dc)}
	date := 0
	if photo, ok := p.photo.(*tg.Photo); ok {
		if found := photoFiles(photo); len(found) > 0 {
			files, date = found, photo.Date
		}
	}
	if files[0].ID == 0 {
		return nil, &SkipError{Reason: SkipNoMedia, Err: fmt.Errorf("%w: the chat has no picture", ErrNoMedia)}
	}
	for i := range files {
		files[i].Form = "picture"
	}
	finish(files, date, Source{Chat: chat.Peer, Picture: true})
	return files, nil
}

// profile is what is known of a chat's picture: at best the photo, else its id,
// 0 if there is none, and its data center.
type profile struct {
	photo tg.PhotoClass
	id    int64
	dc    int
}

// profile asks for all about a chat, the sizes of its picture included.
func (c *Client) profile(ctx context.Context, chat *chat) (profile, error) {
	switch chat.Kind {
	case session.PeerChannel:
		answer, err := withFreshHash(ctx, c, chat, func() (*tg.MessagesChatFull, error) {
			return c.home().ChannelsGetFullChannel(ctx, chat.inputChannel())
		})
		return profileOfChat(answer, chat.ID), err
	case session.PeerChat:
		answer, err := c.home().MessagesGetFullChat(ctx, chat.ID)
		return profileOfChat(answer, chat.ID), explain(err)
	default:
		answer, err := withFreshHash(ctx, c, chat, func() (*tg.UsersUserFull, error) {
			return c.home().UsersGetFullUser(ctx, chat.inputUser())
		})
		if err != nil {
			return profile{}, err
		}
		p := profileOfUser(answer.Users, chat.ID)
		p.photo, _ = answer.FullUser.GetProfilePhoto()
		return p, nil
	}
}

func profileOfChat(answer *tg.MessagesChatFull, id int64) profile {
	if answer == nil {
		return profile{}
	}
	p := briefProfileOfChat(answer.Chats, id)
	switch full := answer.FullChat.(type) {
	case *tg.ChannelFull:
		p.photo = full.ChatPhoto
	case *tg.ChatFull:
		p.photo, _ = full.GetChatPhoto()
	}
	return p
}

// briefProfile is for servers that tell less.
func (c *Client) briefProfile(ctx context.Context, chat *chat) (profile, error) {
	switch chat.Kind {
	case session.PeerChannel:
		answer, err := withFreshHash(ctx, c, chat, func() (tg.MessagesChatsClass, error) {
			return c.home().ChannelsGetChannels(ctx, []tg.InputChannelClass{chat.inputChannel()})
		})
		if err != nil {
			return profile{}, err
		}
		return briefProfileOfChat(answer.GetChats(), chat.ID), nil
	case session.PeerChat:
		answer, err := c.home().MessagesGetChats(ctx, []int64{chat.ID})
		if err != nil {
			return profile{}, explain(err)
		}
		return briefProfileOfChat(answer.GetChats(), chat.ID), nil
	default:
		users, err := withFreshHash(ctx, c, chat, func() ([]tg.UserClass, error) {
			return c.home().UsersGetUsers(ctx, []tg.InputUserClass{chat.inputUser()})
		})
		if err != nil {
			return profile{}, err
		}
		return profileOfUser(users, chat.ID), nil
	}
}

func profileOfUser(users []tg.UserClass, id int64) profile {
	for _, class := range users {
		if u, ok := class.(*tg.User); ok && u.ID == id {
			if p, ok := u.Photo.(*tg.UserProfilePhoto); ok {
				return profile{id: p.PhotoID, dc: p.DCID}
			}
		}
	}
	return profile{}
}

func briefProfileOfChat(chats []tg.ChatClass, id int64) profile {
	for _, class := range chats {
		var photo tg.ChatPhotoClass
		switch ch := class.(type) {
		case *tg.Channel:
			photo = ch.Photo
		case *tg.Chat:
			photo = ch.Photo
		}
		if p, ok := photo.(*tg.ChatPhoto); ok && class.GetID() == id {
			return profile{id: p.PhotoID, dc: p.DCID}
		}
	}
	return profile{}
}

// pictureFile is a chat's picture of which nothing is known but its id, in its
// large version. Nobody says its size.
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
