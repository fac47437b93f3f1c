package fetcher

import (
	"context"
	"errors"
	"fmt"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool"
)

// messagesAnswer is an answer full of messages, read as far as it can be read: a
// message in a constructor that this program does not know ends at that
// message, because nothing says how long it is.
type messagesAnswer struct {
	messages []tg.MessageClass
	chats    []tg.ChatClass
	users    []tg.UserClass
	// total is how many messages the server sent; those behind bad are not read.
	total int
	bad   *unreadable // nil if all of it was read
}

// unreadable is a message that cannot be read.
type unreadable struct {
	id  int // 0 if not even that can be read
	err error
}

// UnreadableError reports a message that is in a form which this program does
// not know.
type UnreadableError struct {
	// Err is what was met in it.
	Err error
}

func (e *UnreadableError) Error() string {
	if unknown, ok := errors.AsType[*bin.UnexpectedIDErr](e.Err); ok {
		return fmt.Sprintf("the message is in a form that this version of the program cannot read (constructor %#x); a newer one may", unknown.ID)
	}
	if errors.Is(e.Err, dcpool.ErrDeepAnswer) {
		return "the message has more inside one another than any program has a use for, and is not read"
	}
	return fmt.Sprintf("the message is in a form that this version of the program cannot read; a newer one may (%.200s)", e.Err.Error())
}

func (e *UnreadableError) Unwrap() error { return e.Err }

// askMessages makes a call that messages answer.
func (c *Client) askMessages(ctx context.Context, in bin.Encoder) (*messagesAnswer, error) {
	answer := &messagesAnswer{}
	if err := (invoker{c, 0}).Invoke(ctx, in, answer); err != nil {
		return nil, err
	}
	if answer.bad != nil {
		c.log.Warn("a message cannot be read", "message", answer.bad.id, "err", answer.bad.err)
	}
	return answer, nil
}

// Decode implements bin.Decoder.
func (a *messagesAnswer) Decode(b *bin.Buffer) error { return a.DecodePartial(b) }

// DecodePartial implements dcpool.PartialDecoder.
func (a *messagesAnswer) DecodePartial(b *bin.Buffer) error {
	whole := bin.Buffer{Buf: b.Buf}
	decode := flat(tg.DecodeMessagesMessages)
	class, err := decode(b)
	if err != nil {
		// It may be of an older layer.
		whole.Buf = dcpool.Lift(whole.Buf, func(b *bin.Buffer) error {
			_, err := tg.DecodeMessagesMessages(b)
			return err
		})
		b.Buf = whole.Buf
		class, err = decode(b)
	}
	if err == nil {
		if got, ok := class.AsModified(); ok {
			a.messages, a.chats, a.users = got.GetMessages(), got.GetChats(), got.GetUsers()
			a.total = len(a.messages)
		}
		return nil
	}
	if !a.readSome(&whole) {
		return err
	}
	b.Buf = nil // The rest is of unknown length.
	return nil
}

// flat is a decoder of gotd's that is not given what is nested too deep.
func flat[T any](decode func(*bin.Buffer) (T, error)) func(*bin.Buffer) (T, error) {
	return func(b *bin.Buffer) (object T, err error) {
		if err := dcpool.CheckNesting(b.Buf); err != nil {
			return object, err
		}
		return decode(b)
	}
}

// headWords bounds what an answer has in front of its messages: constructor,
// flags and numbers.
const headWords = 10

// readSome reads the messages of an answer up to the first that cannot be
// read. It reports false if there are no messages to be found.
func (a *messagesAnswer) readSome(b *bin.Buffer) bool {
	found := false
	for range headWords {
		id, err := b.PeekID()
		if err != nil {
			return false
		}
		if found = id == bin.TypeVector; found {
			break
		}
		b.Skip(bin.Word)
	}
	n, err := b.VectorHeader()
	if !found || err != nil {
		return false
	}
	for a.total = n; len(a.messages) < n; {
		here := bin.Buffer{Buf: b.Buf}
		m, err := flat(tg.DecodeMessage)(b)
		if err != nil {
			a.bad = &unreadable{id: a.idOf(&here), err: &UnreadableError{Err: err}}
			return true
		}
		a.messages = append(a.messages, m)
	}
	return n > 0 // What cannot be read is about chats and people.
}

// idOf is the id of a message that cannot be read, or 0. In every layer it
// follows the flags, of which some constructors have two words.
func (a *messagesAnswer) idOf(b *bin.Buffer) int {
	var words [4]int
	for i := range words {
		n, err := b.Int32()
		if err != nil {
			return 0
		}
		words[i] = int(n)
	}
	if uint32(words[0]) == tg.MessageServiceTypeID {
		return a.plausible(words[2])
	}
	if id := a.plausible(words[3]); id != 0 {
		return id
	}
	return a.plausible(words[2])
}

// plausible is an id if a message with it may follow those that were read, else
// 0.
func (a *messagesAnswer) plausible(id int) int {
	for _, m := range a.messages {
		if m.GetID() == id {
			return 0
		}
	}
	return max(id, 0)
}
