package simdc

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// Clients speak older layers of the API than gotd's. Of the types that a
// downloader meets, some got optional fields since, and with them another
// constructor: as long as the fields are not set, their encoding differs in
// nothing else. Layers from 198 on are known here; older ones are answered as
// that one. https://core.telegram.org/api/invoking#layers

// former is a constructor that a type had up to a layer. Where the layer of a
// change is not known it is taken to have come with the first that has it.
type former struct {
	until int
	id    uint32
}

// formers are the former constructors of types, the oldest first.
var formers = map[uint32][]former{
	tg.UserTypeID:    {{200, 0x4b46c37e}, {219, 0x20b1422}, {227, 0x31774388}},
	tg.ChannelTypeID: {{200, 0xe00998b7}, {203, 0x7482147e}, {219, 0xfe685355}, {227, 0x1c32b11c}},
	tg.MessageTypeID: {
		{200, 0x96fdbbe9}, {206, 0xeabcdd4d}, {219, 0x9815cec8}, {221, 0xb92f76cf}, {224, 0x9cb490e9}, {226, 0x95ef6f2b},
	},
	tg.MessageMediaPhotoTypeID: {{224, 0x695150d7}},
	tg.UserFullTypeID:          {{200, 0x4d975bbc}, {210, 0x99e78045}, {215, 0x7e63ce1f}, {224, 0xa02bc13e}},
	// These lost a field, see below.
	tg.DialogTypeID:                {{224, 0xd58a08c6}},
	tg.MessagesMessagesTypeID:      {{215, 0x8c718e87}},
	tg.MessagesMessagesSliceTypeID: {{210, 0x3a54685e}, {215, 0x762b263d}},
}

// former returns the constructor by which the caller knows a type, and
// whether that is another than gotd's.
func (c *call) former(id uint32) (uint32, bool) {
	for _, f := range formers[id] {
		if c.layer <= f.until {
			return f.id, true
		}
	}
	return id, false
}

// encodeAs encodes e with another constructor.
func encodeAs(b *bin.Buffer, e bin.Encoder, id uint32) error {
	start := b.Len()
	if err := e.Encode(b); err != nil {
		return err
	}
	binary.LittleEndian.PutUint32(b.Buf[start:], id)
	return nil
}

type formerUser struct {
	*tg.User
	id uint32
}

func (u formerUser) Encode(b *bin.Buffer) error { return encodeAs(b, u.User, u.id) }

func (c *call) layeredUser(u *tg.User) tg.UserClass {
	if id, ok := c.former(tg.UserTypeID); ok {
		return formerUser{u, id}
	}
	return u
}

type formerChannel struct {
	*tg.Channel
	id uint32
}

func (x formerChannel) Encode(b *bin.Buffer) error { return encodeAs(b, x.Channel, x.id) }

func (c *call) layeredChat(x *tg.Channel) tg.ChatClass {
	if id, ok := c.former(tg.ChannelTypeID); ok {
		return formerChannel{x, id}
	}
	return x
}

type formerMessage struct {
	*tg.Message
	id uint32
}

func (m formerMessage) Encode(b *bin.Buffer) error { return encodeAs(b, m.Message, m.id) }

func (c *call) layeredMessage(m *tg.Message) tg.MessageClass {
	if id, ok := c.former(tg.MessageTypeID); ok {
		return formerMessage{m, id}
	}
	return m
}

type formerPhoto struct {
	*tg.MessageMediaPhoto
	id uint32
}

func (m formerPhoto) Encode(b *bin.Buffer) error { return encodeAs(b, m.MessageMediaPhoto, m.id) }

func (c *call) layeredPhoto(m *tg.MessageMediaPhoto) tg.MessageMediaClass {
	if id, ok := c.former(tg.MessageMediaPhotoTypeID); ok {
		return formerPhoto{m, id}
	}
	return m
}

// formerUserFull is users.userFull, whose first field has another constructor.
type formerUserFull struct {
	*tg.UsersUserFull
	id uint32
}

func (u formerUserFull) Encode(b *bin.Buffer) error {
	start := b.Len()
	if err := u.UsersUserFull.Encode(b); err != nil {
		return err
	}
	binary.LittleEndian.PutUint32(b.Buf[start+bin.Word:], u.id)
	return nil
}

func (c *call) layeredUserFull(u *tg.UsersUserFull) bin.Encoder {
	if id, ok := c.former(tg.UserFullTypeID); ok {
		return formerUserFull{u, id}
	}
	return u
}

// formerDialog is a dialog without unread_poll_votes_count.
type formerDialog struct {
	*tg.Dialog
	id uint32
}

func (d formerDialog) Encode(b *bin.Buffer) error {
	// Before the field are constructor, flags, a peer (constructor and id) and
	// six numbers.
	const at = 2*bin.Word + (bin.Word + 8) + 6*bin.Word
	start := b.Len()
	if err := encodeAs(b, d.Dialog, d.id); err != nil {
		return err
	}
	b.Buf = slices.Delete(b.Buf, start+at, start+at+bin.Word)
	return nil
}

func (c *call) layeredDialog(d *tg.Dialog) tg.DialogClass {
	if id, ok := c.former(tg.DialogTypeID); ok {
		return formerDialog{d, id}
	}
	return d
}

// formerMessages is messages.messages or, if it has a count,
// messages.messagesSlice, without topics.
type formerMessages struct {
	id       uint32
	count    *int
	messages []tg.MessageClass
	chats    []tg.ChatClass
	users    []tg.UserClass
}

func (m formerMessages) Encode(b *bin.Buffer) error {
	b.PutID(m.id)
	if m.count != nil {
		b.PutUint32(0) // flags
		b.PutInt(*m.count)
	}
	return errors.Join(putVector(b, m.messages), putVector(b, m.chats), putVector(b, m.users))
}

func putVector[T bin.Encoder](b *bin.Buffer, list []T) error {
	b.PutVectorHeader(len(list))
	for _, v := range list {
		if err := v.Encode(b); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) layeredMessages(m tg.MessagesMessagesClass) bin.Encoder {
	id, ok := c.former(m.TypeID())
	if !ok {
		return m
	}
	switch m := m.(type) {
	case *tg.MessagesMessages:
		return formerMessages{id: id, messages: m.Messages, chats: m.Chats, users: m.Users}
	case *tg.MessagesMessagesSlice:
		return formerMessages{id: id, count: &m.Count, messages: m.Messages, chats: m.Chats, users: m.Users}
	}
	return m
}
