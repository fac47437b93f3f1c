package fetcher

import (
	"errors"
	"fmt"

	"github.com/tgfetch/tgfetch/session"
)

// whole is the source with what its link says where it does not say so itself, as that
// of a File made by hand may not. It asks nobody: of a name it does not know whose it
// is.
func (s Source) whole() Source {
	link := s.Link
	if s.Message == 0 && s.Story == 0 && !s.Picture && s.Stickers == "" {
		s.Stickers = link.Stickers
		if single := link.First == link.Last && link.Comment == 0 && !link.Comments; single && link.Story {
			s.Story = link.First
		} else if single {
			s.Message = link.First
		}
	}
	if s.Chat.ID == 0 {
		switch {
		case link.Channel != 0:
			s.Chat = session.Peer{Kind: session.PeerChannel, ID: link.Channel}
		case link.Group != 0:
			s.Chat = session.Peer{Kind: session.PeerChat, ID: link.Group}
		case link.User != 0:
			s.Chat = session.Peer{Kind: session.PeerUser, ID: link.User}
		}
	}
	return s
}

// named reports whether only the link's words say which chat it is.
func (s Source) named() bool {
	return s.Chat.ID == 0 && s.Stickers == "" && (s.Link.Username != "" || s.Link.Invite != "")
}

// check says what a source lacks to find a file again by.
func (s Source) check() error {
	lacks := func(what string) error {
		return fmt.Errorf("its File.Source has %s; or set Config.Refresh", what)
	}
	item := s.Message != 0 || s.Story != 0 || s.Picture
	chat := s.Chat.ID != 0 || s.named()
	switch {
	case s.Stickers != "", item && chat:
		return nil
	case item:
		return lacks("no Chat, and no Link to one")
	case chat:
		return lacks("a chat, but no Message and no Story in it")
	case s.WebPage != "":
		return errors.New("the file was not found in a message")
	}
	return lacks("neither Chat and Message, nor a Link to one message")
}
