package fetcher

import (
	"encoding/binary"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool"
)

// dialogsAnswer is a page of the list of dialogs, read as far as it can be read: a
// last message in a constructor that this program does not know hides the messages
// behind it, but neither the dialogs nor their chats and people.
type dialogsAnswer struct {
	dialogs  []tg.DialogClass
	messages []tg.MessageClass
	named
	more bool // there are dialogs behind the page
}

// Decode implements bin.Decoder.
func (a *dialogsAnswer) Decode(b *bin.Buffer) error { return a.DecodePartial(b) }

// DecodePartial implements dcpool.PartialDecoder.
func (a *dialogsAnswer) DecodePartial(b *bin.Buffer) error {
	whole := bin.Buffer{Buf: b.Buf}
	decode := flat(tg.DecodeMessagesDialogs)
	class, err := decode(b)
	if err != nil {
		// It may be of an older layer.
		whole.Buf = dcpool.Lift(whole.Buf, func(b *bin.Buffer) error {
			_, err := tg.DecodeMessagesDialogs(b)
			return err
		})
		b.Buf = whole.Buf
		class, err = decode(b)
	}
	if err != nil {
		if !a.readSome(&whole) {
			return err
		}
		b.Buf = nil // The rest is of unknown length.
		return nil
	}
	if page, ok := class.AsModified(); ok {
		a.dialogs, a.messages, a.named = page.GetDialogs(), page.GetMessages(), named{page.GetChats(), page.GetUsers()}
	}
	_, a.more = class.(*tg.MessagesDialogsSlice)
	return nil
}

// readSome reads around a message that cannot be read.
func (a *dialogsAnswer) readSome(b *bin.Buffer) bool {
	id, err := b.ID()
	if err != nil {
		return false
	}
	if a.more = id == tg.MessagesDialogsSliceTypeID; a.more {
		if _, err := b.Int(); err != nil { // How many there are.
			return false
		}
	}
	if a.dialogs, err = vector(b, flat(tg.DecodeDialog)); err != nil {
		return false
	}
	a.messages, _ = vector(b, flat(tg.DecodeMessage))
	var found bool
	a.named, found = namedBehind(b.Buf)
	return found
}

// vector reads a vector. With an error it returns the elements before the one that
// cannot be read.
func vector[T any](b *bin.Buffer, element func(*bin.Buffer) (T, error)) (list []T, err error) {
	n, err := b.VectorHeader()
	if err != nil {
		return nil, err
	}
	for len(list) < n {
		next, err := element(b)
		if err != nil {
			return list, err
		}
		list = append(list, next)
	}
	return list, nil
}

// maxResumes bounds where the chats and people of an answer are looked for.
const maxResumes = 4096

// namedBehind finds the chats and people with which an answer ends, behind
// something that cannot be read: two vectors that leave nothing over. Neither can be nested.
func namedBehind(buf []byte) (named, bool) {
	tries := 0
	for at := 0; at+2*bin.Word <= len(buf) && tries < maxResumes; at += bin.Word {
		if binary.LittleEndian.Uint32(buf[at:]) != bin.TypeVector {
			continue
		}
		tries++
		b := &bin.Buffer{Buf: buf[at:]}
		chats, err := vector(b, tg.DecodeChat)
		if err != nil {
			continue
		}
		if users, err := vector(b, tg.DecodeUser); err == nil && b.Len() == 0 {
			return named{chats, users}, true
		}
	}
	return named{}, false
}
