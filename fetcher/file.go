package fetcher

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/session"
)

// UnknownSize is the Size of a File whose end only the server knows.
const UnknownSize = -1

// Kind is what Telegram keeps a file as.
type Kind string

// Kinds of files.
const (
	Document Kind = "document"
	Photo    Kind = "photo"
)

// File is one downloadable file and how to find it again.
type File struct {
	// Kind, ID and Variant identify the file for ever.
	Kind Kind
	ID   int64
	// Variant is the type of a photo's size; documents have none.
	Variant string

	// DC is the data center the message names; it may have moved since.
	DC int
	// Size is in bytes, or UnknownSize.
	Size int64
	// Name is the name to save it under: one path element that is safe
	// everywhere. Fetch makes it so if it is not.
	Name string
	// OriginalName is the name as its sender gave it, unsafe and perhaps empty.
	OriginalName string
	// MIME is the type as its sender gave it.
	MIME string
	// Form is what the file is to people: document, photo, video, round,
	// animation, audio, voice, sticker, thumbnail, cover (of a video), live (the
	// video of a live photo) or picture (of a profile).
	Form string
	// Width and Height are in pixels, 0 if they are not known or the file is no
	// picture.
	Width, Height int
	// Duration of a video or a recording; 0 if it is not known.
	Duration time.Duration
	// Date is when the message was sent.
	Date time.Time

	// Location is what upload.getFile wants. It carries the file reference.
	Location tg.InputFileLocationClass
	// Source is where the file was found. A File made by hand needs it, or
	// Config.Refresh, for when its reference expires: Chat and Message (or Story), or
	// Stickers, or a Link to the one message.
	Source Source
}

// Key identifies the file whatever the link, the file reference or the data
// center: kind, id and variant.
func (f File) Key() string {
	if f.Variant == "" {
		return fmt.Sprintf("%s:%d", f.Kind, f.ID)
	}
	return fmt.Sprintf("%s:%d:%s", f.Kind, f.ID, f.Variant)
}

// Ext is the extension of Name in lower case, without its dot; it may be
// empty.
func (f File) Ext() string { return strings.ToLower(strings.TrimPrefix(path.Ext(f.Name), ".")) }

// dcKey is the file's key in session.State.Documents.
func (f File) dcKey() string {
	if f.Kind == Photo {
		return session.PhotoKey(f.ID)
	}
	return session.DocumentKey(f.ID)
}

// Source is where a file was found.
type Source struct {
	// Link is the link that was resolved.
	Link Link
	// Chat is where the message or the story is; the zero Peer for stickers.
	Chat session.Peer
	// Message is the message's id, or 0.
	Message int
	// Story is the story's id if the file is a story's, or 0.
	Story int
	// Picture says that the file is the chat's own picture, or a sticker set's
	// thumbnail.
	Picture bool
	// Stickers is the name of the sticker set that the file is of, or empty.
	Stickers string
	// WebPage is the address of the page that the message previews, if the file is
	// of that page.
	WebPage string
	// Album is the id that the messages of an album share, or 0.
	Album int64
	// AlbumIndex is the file's place in its album, from 1; in a range or a chat
	// that begins within the album, among the messages of one call. 0 if there
	// is no album.
	AlbumIndex int
	// Sender is who sent the message, with no access hash; the zero Peer if the
	// server did not say, or it was the account itself.
	Sender session.Peer
	// Caption is the message's text.
	Caption string
}

// Item is the link of the very message or story; of the whole chat or sticker
// set if it is neither.
func (s Source) Item() Link {
	if s.Stickers != "" {
		return Link{Stickers: s.Stickers}
	}
	if s.throughPost() {
		post := s.Link.Item(s.Link.First)
		post.Comment, post.Single = s.Message, true
		return post
	}
	link := linkOf(s.Chat, s.Link)
	if s.Picture {
		return link
	}
	link.Story = s.Story != 0
	link = link.Item(max(s.Message, s.Story))
	link.Single = !link.Story
	return link
}

// throughPost reports whether the account sees the message through the post that
// it comments on, and no other way.
func (s Source) throughPost() bool {
	return s.Chat.Kind == session.PeerChannel && s.Chat.AccessHash == 0 && (s.Link.Comment != 0 || s.Link.Comments)
}

// linkOf is the link of a chat: in the words of a link that led there, if there
// is one and it named the chat itself.
func linkOf(peer session.Peer, from Link) Link {
	switch {
	case from.Username != "" && from.Comment == 0 && !from.Comments:
		return Link{Username: from.Username}
	case peer.Kind == session.PeerChannel:
		return Link{Channel: peer.ID}
	case peer.Kind == session.PeerChat:
		return Link{Group: peer.ID}
	default:
		return Link{User: peer.ID}
	}
}

// Refresher finds a file again whose file reference has expired and returns
// its location with the reference of now. One call serves all waiting parts of
// the file.
//
// https://core.telegram.org/api/file-references
type Refresher func(ctx context.Context, f File) (tg.InputFileLocationClass, error)

// label is what errors call the file.
func (f File) label() string {
	if f.Name != "" {
		return f.Name
	}
	return f.Key()
}
