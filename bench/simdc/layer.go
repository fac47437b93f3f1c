package simdc

import (
	"encoding/binary"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// Clients speak older layers of the API than gotd's. Of the types that a
// downloader meets, some got fields since, and with them another constructor.
// Where the fields are optional, the encoding differs in nothing else as long
// as they are not set; the types that lose a field in older layers are in
// layerold.go. https://core.telegram.org/api/invoking#layers

// former is a constructor that a type had up to a layer. Where a layer was never
// published the type is taken to be as it was in the layer before.
type former struct {
	until int
	id    uint32
}

// formers are the former constructors of types, the oldest first. They are
// those of TDLib's and gotd's schemas of the layers from OldestLayer on.
var formers = map[uint32][]former{
	tg.UserTypeID: {{195, 0x83314fca}, {199, 0x4b46c37e}, {216, 0x20b1422}, {227, 0x31774388}},
	tg.ChannelTypeID: {
		{195, 0xfe4478bd}, {199, 0xe00998b7}, {203, 0x7482147e}, {216, 0xfe685355}, {227, 0x1c32b11c},
	},
	tg.ChannelFullTypeID: {
		{195, 0xbbab348d}, {197, 0x9ff3b858}, {204, 0x52d6806b}, {213, 0xe07429de}, {226, 0xe4e0b29d},
	},
	tg.ChatInviteTypeID: {{195, 0xfe65389d}},
	tg.MessageTypeID: {
		{195, 0x94345242}, {199, 0x96fdbbe9}, {205, 0xeabcdd4d}, {216, 0x9815cec8}, {220, 0xb92f76cf},
		{222, 0x9cb490e9}, {224, 0x3ae56482}, {226, 0x95ef6f2b},
	},
	tg.MessageServiceTypeID:       {{195, 0x2b085862}, {204, 0xd3d28540}},
	tg.MessageMediaDocumentTypeID: {{197, 0xdd570bd5}},
	tg.MessageMediaPhotoTypeID:    {{223, 0x695150d7}},
	tg.MessageReplyHeaderTypeID:   {{207, 0xafbc09db}, {223, 0x6917560b}},
	tg.StoryItemTypeID:            {{210, 0x79b26a24}, {223, 0xedf164f1}},
	tg.UserFullTypeID: {
		{194, 0x1f58e369}, {195, 0x979d2376}, {199, 0x4d975bbc}, {200, 0xd2234ea0}, {209, 0x99e78045},
		{210, 0x29de80be}, {213, 0x7e63ce1f}, {215, 0xc577b5ad}, {223, 0xa02bc13e},
	},
	// These lost a field, see layerold.go.
	tg.DialogTypeID:                {{223, 0xd58a08c6}},
	tg.MessageMediaPollTypeID:      {{223, 0x4bd6e798}},
	tg.PollTypeID:                  {{223, 0x58747131}, {224, 0xb8425be9}},
	tg.PollAnswerTypeID:            {{223, 0xff16e2ca}},
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

type formerService struct {
	*tg.MessageService
	id uint32
}

func (m formerService) Encode(b *bin.Buffer) error { return encodeAs(b, m.MessageService, m.id) }

func (c *call) layeredService(m *tg.MessageService) tg.MessageClass {
	if id, ok := c.former(tg.MessageServiceTypeID); ok {
		return formerService{m, id}
	}
	return m
}

type formerPhoto struct {
	*tg.MessageMediaPhoto
	id uint32
}

func (m formerPhoto) Encode(b *bin.Buffer) error { return encodeAs(b, m.MessageMediaPhoto, m.id) }

// layeredPhoto leaves the video of a live photo out where it is not known.
func (c *call) layeredPhoto(m *tg.MessageMediaPhoto) tg.MessageMediaClass {
	if id, ok := c.former(tg.MessageMediaPhotoTypeID); ok {
		return formerPhoto{&tg.MessageMediaPhoto{Spoiler: m.Spoiler, Photo: m.Photo, TTLSeconds: m.TTLSeconds}, id}
	}
	return m
}

type formerDocument struct {
	*tg.MessageMediaDocument
	id uint32
}

func (m formerDocument) Encode(b *bin.Buffer) error { return encodeAs(b, m.MessageMediaDocument, m.id) }

// layeredDocument leaves the cover of a video out where it is not known.
func (c *call) layeredDocument(m *tg.MessageMediaDocument) tg.MessageMediaClass {
	if id, ok := c.former(tg.MessageMediaDocumentTypeID); ok {
		return formerDocument{&tg.MessageMediaDocument{
			Nopremium: m.Nopremium, Spoiler: m.Spoiler, Video: m.Video, Round: m.Round, Voice: m.Voice,
			Document: m.Document, AltDocuments: m.AltDocuments, TTLSeconds: m.TTLSeconds,
		}, id}
	}
	return m
}

type formerReplyHeader struct {
	*tg.MessageReplyHeader
	id uint32
}

func (h formerReplyHeader) Encode(b *bin.Buffer) error {
	return encodeAs(b, h.MessageReplyHeader, h.id)
}

func (c *call) layeredReplyHeader(h *tg.MessageReplyHeader) tg.MessageReplyHeaderClass {
	if id, ok := c.former(tg.MessageReplyHeaderTypeID); ok {
		return formerReplyHeader{h, id}
	}
	return h
}

type formerStory struct {
	*tg.StoryItem
	id uint32
}

func (x formerStory) Encode(b *bin.Buffer) error { return encodeAs(b, x.StoryItem, x.id) }

func (c *call) layeredStory(x *tg.StoryItem) tg.StoryItemClass {
	if id, ok := c.former(tg.StoryItemTypeID); ok {
		return formerStory{x, id}
	}
	return x
}

type formerChannelFull struct {
	*tg.ChannelFull
	id uint32
}

func (x formerChannelFull) Encode(b *bin.Buffer) error { return encodeAs(b, x.ChannelFull, x.id) }

func (c *call) layeredChannelFull(x *tg.ChannelFull) tg.ChatFullClass {
	if id, ok := c.former(tg.ChannelFullTypeID); ok {
		return formerChannelFull{x, id}
	}
	return x
}

type formerInvite struct {
	*tg.ChatInvite
	id uint32
}

func (x formerInvite) Encode(b *bin.Buffer) error { return encodeAs(b, x.ChatInvite, x.id) }

func (c *call) layeredInvite(x *tg.ChatInvite) bin.Encoder {
	if id, ok := c.former(tg.ChatInviteTypeID); ok {
		return formerInvite{x, id}
	}
	return x
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
