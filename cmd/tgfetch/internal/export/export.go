// Package export reads what Telegram Desktop exports as JSON (result.json): one chat or a whole
// account. It gives the links of the messages that have media, and reads a file of any size in little
// memory.
package export

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"

	"github.com/tgfetch/tgfetch/fetcher"
)

// Links yields the links of an export's messages with media, in their order. Each is of that message
// alone, for the items of an album are messages of their own. An error ends the sequence; links
// that came before are good.
func Links(r io.Reader) iter.Seq2[fetcher.Link, error] {
	return func(yield func(fetcher.Link, error) bool) {
		e := &reader{in: json.NewDecoder(r), yield: yield}
		err := e.object(e.part)
		if err == nil {
			err = e.links() // Of a file with one chat.
		}
		switch {
		case errors.Is(err, errEnough):
			return
		case err == nil && !e.isExport:
			err = errors.New("there are no chats and no messages in it")
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			err = errors.New("its end is missing")
		}
		if err != nil {
			yield(fetcher.Link{}, fmt.Errorf("this is no export of Telegram Desktop (result.json), at byte %d: %w", e.in.InputOffset(), err))
		}
	}
}

// errEnough means that the caller wants no more.
var errEnough = errors.New("enough")

type reader struct {
	in       *json.Decoder
	yield    func(fetcher.Link, error) bool
	chat     chat // the one whose object is read
	isExport bool
}

// chat is what an export says of a chat. The ids of messages are small enough to wait until all of it
// is known.
type chat struct {
	Type string
	ID   int64
	ids  []int
}

// part reads the value of a key of the whole file or of a chat: a file with one chat is that chat.
func (e *reader) part(key string) error {
	switch key {
	case "type":
		return e.in.Decode(&e.chat.Type)
	case "id":
		return e.in.Decode(&e.chat.ID)
	case "messages":
		e.isExport = true
		return e.array(e.message)
	case "chats", "left_chats":
		e.isExport = true
		return e.object(e.chats)
	}
	return e.skip()
}

func (e *reader) chats(key string) error {
	if key != "list" {
		return e.skip()
	}
	return e.array(func() error {
		if err := e.object(e.part); err != nil {
			return err
		}
		err := e.links()
		e.chat = chat{}
		return err
	})
}

// message reads a message and notes its id if it has media. Files that were not exported have a
// sentence in place of their path.
func (e *reader) message() error {
	var m struct {
		ID          int
		Photo, File *string
	}
	if err := e.in.Decode(&m); err != nil {
		return err
	}
	if m.Photo == nil && m.File == nil {
		return nil
	}
	if m.ID < 1 || m.ID > math.MaxInt32 {
		return fmt.Errorf("%d is no message's number", m.ID)
	}
	e.chat.ids = append(e.chat.ids, m.ID)
	return nil
}

// links yields the links of the chat that was read.
func (e *reader) links() error {
	if len(e.chat.ids) == 0 {
		return nil
	}
	link, err := e.chat.link()
	if err != nil {
		return err
	}
	for _, id := range e.chat.ids {
		link.First, link.Last, link.Single = id, id, true
		if !e.yield(link, nil) {
			return errEnough
		}
	}
	return nil
}

// link is the link of the chat.
func (c *chat) link() (fetcher.Link, error) {
	if c.ID < 1 {
		return fetcher.Link{}, fmt.Errorf("a chat has the number %d", c.ID)
	}
	switch c.Type {
	case "public_channel", "private_channel", "public_supergroup", "private_supergroup":
		return fetcher.Link{Channel: c.ID}, nil
	case "private_group":
		return fetcher.Link{Group: c.ID}, nil
	case "personal_chat", "bot_chat", "replies", "verification_codes":
		return fetcher.Link{User: c.ID}, nil
	case "saved_messages":
		return fetcher.Link{Username: "me"}, nil
	}
	return fetcher.Link{}, fmt.Errorf("%q is an unknown type of chat", c.Type)
}

// object reads an object, with the reader of a value for each key.
func (e *reader) object(value func(key string) error) error {
	if err := e.delim('{'); err != nil {
		return err
	}
	for e.in.More() {
		key, err := e.in.Token()
		if err != nil {
			return err
		}
		if err := value(key.(string)); err != nil {
			return err
		}
	}
	return e.delim('}')
}

func (e *reader) array(element func() error) error {
	if err := e.delim('['); err != nil {
		return err
	}
	for e.in.More() {
		if err := element(); err != nil {
			return err
		}
	}
	return e.delim(']')
}

func (e *reader) delim(want json.Delim) error {
	token, err := e.in.Token()
	if err == nil && token != want {
		err = fmt.Errorf("%v in place of %v", token, want)
	}
	return err
}

// skip reads over a value without keeping it.
func (e *reader) skip() error {
	for depth := 0; ; {
		token, err := e.in.Token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}
