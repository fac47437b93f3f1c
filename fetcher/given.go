package fetcher

import (
	"fmt"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/session"
)

// Files is the files of a message that the caller has from elsewhere, with safe names
// and all that it takes to find them again; it asks nobody. chat is where the message
// is: with no access hash it is looked up if that is ever needed, and the zero Peer is
// the peer that the message itself names. The error is a [*SkipError] that says what
// the message has in place of files.
//
// A message that came in an update of a private chat or a basic group needs no chat;
// one of a channel is found again sooner with the channel's access hash.
func Files(message tg.MessageClass, chat session.Peer) ([]File, error) {
	if message == nil {
		return nil, nothingIn("there is no message", nil)
	}
	m, ok := message.AsNotEmpty()
	if !ok {
		return nil, &SkipError{Reason: SkipDeleted, Err: fmt.Errorf("message %d: %w", message.GetID(), ErrNotFound)}
	}
	if chat.ID == 0 {
		chat = peerOf(m.GetPeerID())
	}
	return filesOf(m, newChat(chat), wish{})
}

// FileOf is the file of a document or a photo that the caller has from elsewhere, with
// a safe name; it asks nobody. media is a *tg.Document, or a *tg.Photo, of which the
// largest size is taken. source says where it can be found again when its reference
// expires, see [File]. An error is [ErrInvalidFile].
func FileOf(media interface{ TypeName() string }, source Source) (File, error) {
	var f File
	ok := false
	switch m := media.(type) {
	case *tg.Document:
		if m != nil {
			f, ok = documentFile(m)
		}
	case *tg.Photo:
		if m != nil {
			f, ok = photoFile(m)
		}
	case nil:
	default:
		return File{}, fmt.Errorf("%w: it is %s, not a document or a photo", ErrInvalidFile, media.TypeName())
	}
	if !ok {
		return File{}, fmt.Errorf("%w: it is nothing, or a photo without sizes", ErrInvalidFile)
	}
	files := []File{f}
	finish(files, 0, source)
	f = files[0]
	f.Source = source
	return f, nil
}

// newChat is a chat that a caller names.
func newChat(peer session.Peer) *chat {
	return &chat{Peer: peer, link: linkOf(peer, Link{}), stored: true, fixed: true}
}

// peerOf is the chat that a message names.
func peerOf(class tg.PeerClass) session.Peer {
	switch p := class.(type) {
	case *tg.PeerChannel:
		return session.Peer{Kind: session.PeerChannel, ID: p.ChannelID}
	case *tg.PeerChat:
		return session.Peer{Kind: session.PeerChat, ID: p.ChatID}
	case *tg.PeerUser:
		return session.Peer{Kind: session.PeerUser, ID: p.UserID}
	}
	return session.Peer{}
}
