package hostile

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
	"github.com/gotd/td/tg"
)

const (
	// stormLimit and stormBytes bound one storm of a server that acts at random, so that a conversation
	// has many kinds of trouble and not much of one.
	stormLimit = 300
	stormBytes = 2 << 20
)

// chance draws what a server that acts at random does at a moment.
func (c *conn) chance(m Moment, s *Strike) (Attack, bool) {
	temper := 1 << (1 + c.server.seed%4) // One moment in 2 to 16.
	if c.rng.IntN(temper) != 0 {
		return Attack{}, false
	}
	switch n := c.rng.IntN(10); {
	case n < 4 && s.Honest != nil:
		return Attack{Do: func(s *Strike) { s.Send(s.spoil(s.Honest)) }}, true
	case n < 7:
		list := attacksAt()[m]
		if len(list) == 0 {
			return Attack{}, false
		}
		return list[c.rng.IntN(len(list))], true
	case m >= Session:
		return Attack{Do: (*Strike).chatter}, true
	}
	return Attack{}, false
}

// attacksAt is the table by moments, without those that go on for hours.
var attacksAt = sync.OnceValue(func() map[Moment][]Attack {
	list := map[Moment][]Attack{}
	for _, a := range Table() {
		if !a.Endless {
			list[a.At] = append(list[a.At], a)
		}
	}
	return list
})

// chatter sends service messages that nobody asked for, one by one or in a container, before what is honest.
func (s *Strike) chatter() {
	var messages []proto.Message
	for range 1 + s.rng.IntN(300) {
		body := s.service()
		if s.rng.IntN(3) == 0 {
			body = s.spoil(body)
		}
		messages = append(messages, s.in(body))
	}
	if s.rng.IntN(2) == 0 {
		s.Message(false, container(messages...))
	} else {
		for _, m := range messages {
			s.server.messages.Add(-1) // It is counted when it is sealed.
			s.Message(s.rng.IntN(2) == 0, m.Body)
		}
	}
	if s.Honest != nil {
		s.Send(s.Honest)
	}
}

// service is a service message with something in it that may mean something.
func (s *Strike) service() []byte {
	r := s.rng
	id := func() int64 {
		return []int64{s.MsgID, s.lastID, s.lastID + 4, s.session, r.Int64(), 0, -1}[r.IntN(7)]
	}
	list := []bin.Encoder{
		&mt.Pong{MsgID: id(), PingID: id()}, &mt.PingRequest{PingID: id()},
		&mt.BadServerSalt{BadMsgID: id(), ErrorCode: 48, NewServerSalt: id()},
		&mt.BadMsgNotification{BadMsgID: id(), ErrorCode: 16 + r.IntN(50)},
		&mt.NewSessionCreated{FirstMsgID: id(), UniqueID: id(), ServerSalt: id()},
		&mt.MsgsAck{MsgIDs: []int64{id(), id()}}, &mt.MsgsStateReq{MsgIDs: []int64{id(), id()}},
		&mt.MsgsAllInfo{MsgIDs: []int64{id()}, Info: []byte{4}}, &mt.MsgsStateInfo{ReqMsgID: id(), Info: []byte{1, 2, 4}},
		&mt.MsgResendReq{MsgIDs: []int64{id(), id()}}, &mt.MsgDetailedInfo{MsgID: id(), AnswerMsgID: id()},
		&mt.MsgNewDetailedInfo{AnswerMsgID: id()}, &mt.FutureSalts{ReqMsgID: id(), Salts: make([]mt.FutureSalt, r.IntN(70))},
		&mt.DestroySessionOk{SessionID: id()}, &tg.UpdatesTooLong{},
		&proto.Result{RequestMessageID: id(), Result: encode(&mt.Pong{MsgID: id(), PingID: id()})},
		&proto.Result{RequestMessageID: id(), Result: encode(&mt.RPCError{ErrorCode: 420, ErrorMessage: "FLOOD_WAIT_3"})},
		&proto.Result{RequestMessageID: id(), Result: s.Honest},
	}
	return encode(list[r.IntN(len(list))])
}

// spoil changes an object, as bytes or as TL, one to four times.
func (s *Strike) spoil(b []byte) []byte {
	b = slices.Clone(b)
	for range 1 + s.rng.IntN(4) {
		b = spoilers[s.rng.IntN(len(spoilers))](s, b)
	}
	return b
}

// words that mean something where they should not be.
var words = []uint32{
	0, 1, 2, 0xff, 0xfe, 1 << 8, 1<<24 | 0xfe, 0xffffff00 | 0xfe, 1 << 16, 1 << 20, math.MaxInt32, 1 << 31, math.MaxUint32, math.MaxUint32 - 3,
	bin.TypeVector, bin.TypeTrue, bin.TypeFalse, proto.GZIPTypeID, proto.MessageContainerTypeID, proto.ResultTypeID, mt.RPCErrorTypeID, 0x56730bcc,
}

// constructors are all that gotd knows.
var constructors = sync.OnceValue(func() []uint32 {
	var list []uint32
	for id := range tg.TypesMap() {
		list = append(list, id)
	}
	slices.Sort(list)
	return list
})

// spoilers are the ways in which an object is changed.
var spoilers = []func(*Strike, []byte) []byte{
	word(func(s *Strike) uint32 { return words[s.rng.IntN(len(words))] }),
	word(func(s *Strike) uint32 { return words[s.rng.IntN(len(words))] }),
	word(func(s *Strike) uint32 { return constructors()[s.rng.IntN(len(constructors()))] }),
	word(func(s *Strike) uint32 { return s.rng.Uint32() }),
	func(s *Strike, b []byte) []byte { // One bit.
		if len(b) > 0 {
			b[s.rng.IntN(len(b))] ^= 1 << s.rng.IntN(8)
		}
		return b
	},
	func(s *Strike, b []byte) []byte { return b[:s.rng.IntN(len(b)+1)] },
	func(s *Strike, b []byte) []byte { return append(b, make([]byte, s.rng.IntN(64))...) },
	func(s *Strike, b []byte) []byte { // Something is missing.
		from, to := s.span(b)
		return slices.Delete(b, from, to)
	},
	func(s *Strike, b []byte) []byte { // Something is there twice, or very often.
		from, to := s.span(b)
		times := 1
		if to-from <= 64 && s.rng.IntN(4) == 0 {
			times = 1 + s.rng.IntN(2000)
		}
		return slices.Insert(b, from, slices.Repeat(slices.Clone(b[from:to]), times)...)
	},
	func(s *Strike, b []byte) []byte { // Something of another answer is in it.
		if len(s.earlier) == 0 {
			return b
		}
		other := s.earlier[s.rng.IntN(len(s.earlier))]
		if s.rng.IntN(3) == 0 {
			return slices.Clone(other)
		}
		from, to := s.span(other)
		at, _ := s.span(b)
		return slices.Insert(b, at, other[from:to]...)
	},
	func(s *Strike, b []byte) []byte { // A vector has another length than it says.
		for i := 0; i+8 <= len(b); i += 4 {
			if binary.LittleEndian.Uint32(b[i:]) == bin.TypeVector && s.rng.IntN(2) == 0 {
				binary.LittleEndian.PutUint32(b[i+4:], words[s.rng.IntN(len(words))])
			}
		}
		return b
	},
	func(s *Strike, b []byte) []byte { return pack(zip(b)) },
	func(s *Strike, b []byte) []byte { return container(s.in(b)) },
	func(s *Strike, b []byte) []byte { // Text has something in it.
		return []byte(strings.Replace(string(b), "f.bin", "..\x1b\n", 1))
	},
}

// word replaces one word of four bytes.
func word(by func(*Strike) uint32) func(*Strike, []byte) []byte {
	return func(s *Strike, b []byte) []byte {
		if n := len(b) / 4; n > 0 {
			binary.LittleEndian.PutUint32(b[4*s.rng.IntN(min(n, spoilWords)):], by(s))
		}
		return b
	}
}

// spoilWords is how far into an object words are replaced: the bytes of a file are many, and of no interest.
const spoilWords = 200

// span is a range of b, on words if b has some.
func (s *Strike) span(b []byte) (from, to int) {
	n := min(len(b)/4, spoilWords)
	if n == 0 {
		return 0, len(b)
	}
	from = s.rng.IntN(n)
	return 4 * from, 4 * (from + 1 + s.rng.IntN(min(n-from, 16)))
}
