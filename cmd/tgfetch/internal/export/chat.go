package export

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/tgfetch/tgfetch/fetcher"
)

// SkipError is a message or chat of an export that gives no link.
type SkipError struct {
	Item   string // for a person
	Reason string
}

// Error implements error.
func (e *SkipError) Error() string { return e.Item + ": " + e.Reason }

// shapeError is a value that is not of the type that belongs in its place.
type shapeError struct {
	found json.Token
	want  json.Delim
}

func (e *shapeError) Error() string { return fmt.Sprintf("%v in place of %v", e.found, e.want) }

// isShape reports whether an error is about one value, which was read to its end.
func isShape(err error) bool {
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return true
	}
	_, ok := errors.AsType[*shapeError](err)
	return ok
}

// misfit says of a value without Go's words why it is not understood.
func misfit(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		err = fmt.Errorf("a value of the type %s is out of place", wrong.Value)
	}
	return fmt.Errorf("it is not understood: %w", err)
}

// chat is what an export says of a chat. Its messages are small enough to wait until all of it is
// known.
type chat struct {
	name, kind string
	id         int64
	former     bool // exported before ids had 64 bits
	messages   []message
	odd        error // why it is not understood; nil if it is
}

// message is a message that has media, or may have.
type message struct {
	id int64
	// there says that its file is beside the export.
	there bool
	odd   error // why it is not understood; nil if it is
}

// note keeps an error that is about one value, and returns any other.
func (c *chat) note(err error) error {
	if !isShape(err) {
		return err
	}
	c.odd = err
	return nil
}

// label is what a person calls the chat.
func (c *chat) label() string {
	switch {
	case c.name != "":
		return fmt.Sprintf("chat %q", c.name)
	case c.id != 0:
		return fmt.Sprintf("chat %d", c.id)
	}
	return "a chat"
}

// link is the link of the chat.
func (c *chat) link() (fetcher.Link, error) {
	if c.odd != nil {
		return fetcher.Link{}, misfit(c.odd)
	}
	if len(c.messages) == 0 {
		return fetcher.Link{}, nil
	}
	if c.kind == "" && c.name == "" {
		return fetcher.Link{}, fmt.Errorf("it looks like an export of tdl, which does not say what kind of chat it is; "+
			"give its messages as links, such as https://t.me/c/%d/%d; its files: %d", c.id, max(c.messages[0].id, 1), len(c.messages))
	}
	if c.id < 1 {
		return fetcher.Link{}, fmt.Errorf("no chat has the number %d; its files: %d", c.id, len(c.messages))
	}
	switch c.kind {
	case "public_channel", "private_channel", "public_supergroup", "private_supergroup":
		return fetcher.Link{Channel: c.id}, nil
	case "private_group":
		return fetcher.Link{Group: c.unshifted(formerGroups)}, nil
	case "personal_chat", "bot_chat", "replies", "verification_codes":
		return fetcher.Link{User: c.unshifted(formerUsers)}, nil
	case "saved_messages":
		return fetcher.Link{Username: "me"}, nil
	}
	return fetcher.Link{}, fmt.Errorf("%q is an unknown type of chat; its files: %d", c.kind, len(c.messages))
}

// What was added to the ids of users and basic groups until 2021. Users have such ids of their own
// today, so the number alone does not tell.
const (
	formerUsers  = 1 << 32
	formerGroups = 2 << 32
)

// unshifted is the chat's id without what was added to it.
func (c *chat) unshifted(shift int64) int64 {
	if c.former && c.id > shift {
		return c.id - shift
	}
	return c.id
}

// pastIDs is what Telegram Desktop takes from the ids that messages have from the time when a
// supergroup was a basic group.
const pastIDs = 1_000_000_000

// in is the link of the message, if it has any, in that of its chat.
func (m message) in(chat fetcher.Link) (fetcher.Link, error) {
	if m.odd == nil && m.id < 0 && m.id > -pastIDs && chat.Channel != 0 {
		m.id += pastIDs
		chat.Past = true
	}
	chat.First, chat.Last, chat.Single = int(m.id), int(m.id), true
	return chat, m.check()
}

// check says why a message has no link.
func (m message) check() error {
	switch {
	case m.odd != nil:
		return misfit(m.odd)
	case m.id < 1 || m.id > math.MaxInt32:
		return errors.New("no message has that number")
	}
	return nil
}
