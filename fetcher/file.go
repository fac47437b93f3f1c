package fetcher

import (
	"context"
	"fmt"
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
	// everywhere.
	Name string
	// OriginalName is the name as its sender gave it, unsafe and perhaps empty.
	OriginalName string
	// MIME is the type as its sender gave it.
	MIME string
	// Date is when the message was sent.
	Date time.Time

	// Location is what upload.getFile wants. It carries the file reference.
	Location tg.InputFileLocationClass
	// Source is where the file was found.
	Source Source

	form string // what it is to people, for a derived name
}

// Key identifies the file whatever the link, the file reference or the data
// center: kind, id and variant.
func (f File) Key() string {
	if f.Variant == "" {
		return fmt.Sprintf("%s:%d", f.Kind, f.ID)
	}
	return fmt.Sprintf("%s:%d:%s", f.Kind, f.ID, f.Variant)
}

// dcKey is the file's key in session.State.Documents.
func (f File) dcKey() string {
	if f.Kind == Photo {
		return session.PhotoKey(f.ID)
	}
	return session.DocumentKey(f.ID)
}

// Source is the message a file was found in.
type Source struct {
	// Chat is where the message is.
	Chat session.Peer
	// Message is its id; 0 if the file does not come from a message.
	Message int
	// Album is the id that the messages of an album share, or 0.
	Album int64
	// Caption is the message's text.
	Caption string
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
