package simdc

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

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

// formerPoll is messageMediaPoll without files: neither the question nor the
// answers could have one.
type formerPoll struct {
	*tg.MessageMediaPoll
	media, poll, answer uint32
}

func (m formerPoll) Encode(b *bin.Buffer) error {
	b.PutID(m.media)
	b.PutID(m.poll)
	b.PutLong(m.Poll.ID)
	b.PutUint32(0) // flags
	if err := m.Poll.Question.Encode(b); err != nil {
		return err
	}
	b.PutVectorHeader(len(m.Poll.Answers))
	for _, class := range m.Poll.Answers {
		answer, ok := class.(*tg.PollAnswer)
		if !ok {
			return errors.New("an answer of a poll that no layer has")
		}
		b.PutID(m.answer)
		if err := answer.Text.Encode(b); err != nil {
			return err
		}
		b.PutBytes(answer.Option)
	}
	return m.Results.Encode(b)
}

// latterPoll is messageMediaPoll whose poll has the constructor of layer 224.
type latterPoll struct {
	*tg.MessageMediaPoll
	poll uint32
}

func (m latterPoll) Encode(b *bin.Buffer) error {
	// Before the poll are constructor and flags.
	const at = 2 * bin.Word
	start := b.Len()
	if err := m.MessageMediaPoll.Encode(b); err != nil {
		return err
	}
	binary.LittleEndian.PutUint32(b.Buf[start+at:], m.poll)
	return nil
}

func (c *call) layeredPoll(m *tg.MessageMediaPoll) tg.MessageMediaClass {
	poll, old := c.former(tg.PollTypeID)
	media, older := c.former(tg.MessageMediaPollTypeID)
	switch {
	case older:
		answer, _ := c.former(tg.PollAnswerTypeID)
		return formerPoll{m, media, poll, answer}
	case old:
		return latterPoll{m, poll}
	}
	return m
}
