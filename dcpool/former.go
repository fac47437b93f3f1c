package dcpool

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// A server that takes no notice of invokeWithLayer answers in a layer of its
// own, which may be a little older than gotd's. Of the types that a downloader
// meets most differ from the older ones by optional fields alone: they are read
// when their constructor is replaced, and a few when a field is put in. The
// simulator has the reverse of this table, from the same sources, in bench/simdc;
// it may import nothing of the client, so that one mistake is not made twice.

// formers are the constructors that types had in the layers from 195 on, as
// TDLib's and gotd's schemas have them, with gotd's.
var formers = func() map[uint32]uint32 {
	m := map[uint32]uint32{}
	for now, old := range map[uint32][]uint32{
		tg.UserTypeID:        {0x83314fca, 0x4b46c37e, 0x20b1422, 0x31774388},
		tg.ChannelTypeID:     {0xfe4478bd, 0xe00998b7, 0x7482147e, 0xfe685355, 0x1c32b11c},
		tg.ChannelFullTypeID: {0xbbab348d, 0x9ff3b858, 0x52d6806b, 0xe07429de, 0xe4e0b29d},
		tg.ChatInviteTypeID:  {0xfe65389d},
		tg.MessageTypeID: {
			0x94345242, 0x96fdbbe9, 0xeabcdd4d, 0x9815cec8, 0xb92f76cf, 0x9cb490e9, 0x3ae56482, 0x95ef6f2b,
		},
		tg.MessageServiceTypeID:       {0x2b085862, 0xd3d28540},
		tg.MessageMediaDocumentTypeID: {0xdd570bd5},
		tg.MessageMediaPhotoTypeID:    {0x695150d7},
		tg.MessageReplyHeaderTypeID:   {0xafbc09db, 0x6917560b},
		tg.PollTypeID:                 {0xb8425be9},
		tg.StoryItemTypeID:            {0x79b26a24, 0xedf164f1},
		tg.UserFullTypeID: {
			0x979d2376, 0x4d975bbc, 0xd2234ea0, 0x99e78045, 0x29de80be, 0x7e63ce1f, 0xc577b5ad, 0xa02bc13e,
		},
		// These have more fields today, see lift.
		tg.DialogTypeID:                {0xd58a08c6},
		tg.MessagesMessagesTypeID:      {0x8c718e87},
		tg.MessagesMessagesSliceTypeID: {0x3a54685e, 0x762b263d},
	} {
		for _, id := range old {
			m[id] = now
		}
	}
	return m
}()

// lift puts in what a type has more than its former had, whose constructor at
// an offset was replaced. It returns nil for what it cannot read.
func lift(now uint32, data []byte, at int) []byte {
	switch now {
	case tg.DialogTypeID:
		return liftDialog(data, at)
	case tg.MessagesMessagesTypeID:
		return liftTopics(data, at, bin.Word)
	case tg.MessagesMessagesSliceTypeID:
		return liftSlice(data, at)
	}
	return data
}

const (
	// maxLifts bounds the constructors that are replaced in one answer.
	maxLifts = 2048
	// maxLiftWork bounds the bytes that are read again for that, with those of errors.
	maxLiftWork = 128 << 20
)

// Lift returns data as gotd's layer has it, as far as decode, which is called
// several times, gets with former constructors replaced. It is for decoders that
// read around what they do not know; data itself is not written to. What is nested too deep
// is not given to decode.
func Lift(data []byte, decode func(*bin.Buffer) error) []byte {
	lifted, _, _ := liftAll(data, func(b *bin.Buffer) error { return decodeFlat(b, decode) })
	return lifted
}

// liftAll decodes data, and replaces each former constructor that is in the
// way and decodes it again. It returns the data as it was decoded and what is left
// of it. If there is no way, the error is that of the first try.
func liftAll(data []byte, decode func(*bin.Buffer) error) (lifted, rest []byte, err error) {
	var first error
	for lifts, work := 0, 0; ; lifts++ {
		b := &bin.Buffer{Buf: data}
		err := decode(b)
		if err == nil {
			return data, b.Buf, nil
		}
		if first == nil {
			first = err
		}
		text := len(err.Error()) // It is repeated at each level, so that all of them take its square.
		work += len(data) + text*text/128
		unexpected, ok := errors.AsType[*bin.UnexpectedIDErr](err)
		if !ok || lifts == maxLifts || work > maxLiftWork {
			return data, nil, first
		}
		at := len(data) - b.Len()
		now, known := formers[unexpected.ID]
		if !known || b.Len() < bin.Word || binary.LittleEndian.Uint32(data[at:]) != unexpected.ID {
			return data, nil, first
		}
		if lifts == 0 {
			data = slices.Clone(data) // It is the connection's.
		}
		binary.LittleEndian.PutUint32(data[at:], now)
		longer := lift(now, data, at)
		if longer == nil {
			return data, nil, first
		}
		data = longer
	}
}

// liftDialog puts unread_poll_votes_count in: behind constructor, flags, a peer
// (constructor and id) and six numbers.
func liftDialog(data []byte, at int) []byte {
	at += 2*bin.Word + (bin.Word + 8) + 6*bin.Word
	if at > len(data) {
		return nil
	}
	return slices.Insert(data, at, make([]byte, bin.Word)...)
}

// liftSlice puts topics into messages.messagesSlice, whose messages begin behind
// optional fields.
func liftSlice(data []byte, at int) []byte {
	if at != 0 || len(data) < 3*bin.Word {
		return nil
	}
	const nextRate, offsetID, searchFlood = 0, 2, 3
	flags := bin.Fields(binary.LittleEndian.Uint32(data[bin.Word:]))
	head := 3 * bin.Word // Constructor, flags and count.
	for _, field := range []int{nextRate, offsetID} {
		if flags.Has(field) {
			head += bin.Word
		}
	}
	if flags.Has(searchFlood) {
		return nil // Its length is not known.
	}
	return liftTopics(data, at, head)
}

// liftTopics puts an empty list of topics behind the messages that begin at
// head, in an answer that is messages.messages or its slice as a whole.
func liftTopics(data []byte, at, head int) []byte {
	if at != 0 || head > len(data) {
		return nil
	}
	body, rest, err := liftAll(data[head:], func(b *bin.Buffer) error {
		n, err := b.VectorHeader()
		for range n {
			if err == nil {
				err = decodeFlat(b, func(b *bin.Buffer) error { _, err := tg.DecodeMessage(b); return err })
			}
		}
		return err
	})
	if err != nil {
		return nil
	}
	var empty bin.Buffer
	empty.PutVectorHeader(0)
	return slices.Concat(data[:head], body[:len(body)-len(rest)], empty.Buf, rest)
}
