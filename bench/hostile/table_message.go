package hostile

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
	"github.com/gotd/td/tg"
)

// container is one of messages, which say how long they are unless n says otherwise.
func container(messages ...proto.Message) []byte {
	b := binary.LittleEndian.AppendUint32(nil, proto.MessageContainerTypeID)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(messages)))
	for _, m := range messages {
		b = append(b, raw(m)...)
	}
	return b
}

func raw(m proto.Message) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(m.ID))
	b = binary.LittleEndian.AppendUint32(b, uint32(m.SeqNo))
	b = binary.LittleEndian.AppendUint32(b, uint32(m.Bytes))
	return append(b, m.Body...)
}

// in is body as a message of a container.
func (c *conn) in(body []byte) proto.Message {
	c.server.messages.Add(1)
	return proto.Message{ID: c.nextID(), Bytes: len(body), Body: body}
}

// result is the honest answer as a message.
func (s *Strike) result() []byte {
	return encode(&proto.Result{RequestMessageID: s.MsgID, Result: s.Honest})
}

func ids(c *conn, n int) []int64 {
	list := make([]int64, n)
	for i := range list {
		list[i] = c.rng.Int64()
	}
	return list
}

// messageAttacks are messages and containers that should not be.
func messageAttacks() []Attack {
	p := place{"getFile", Query, fileMethod}
	count := func(n uint32) []byte {
		return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, proto.MessageContainerTypeID), n)
	}
	return slices.Concat(
		each("msg_id", p, []int64{0, 1, 2, 3, -1, math.MinInt64, math.MaxInt64, 1 << 62, 1<<32 | 1}, func(s *Strike, id int64) {
			s.MessageAs(id, 1, s.result())
			s.pause(time.Second)
			s.Result(s.MsgID, s.Honest)
		}),
		each("msg_id of the past", p, []time.Duration{-time.Hour, -301 * time.Second, 31 * time.Second, time.Hour, 1000 * time.Hour}, func(s *Strike, d time.Duration) {
			s.MessageAs(int64(proto.NewMessageID(time.Now().Add(d), proto.MessageServerResponse)), 1, s.result())
		}),
		each("seqno", p, []int32{0, 1, -1, math.MinInt32, math.MaxInt32}, func(s *Strike, n int32) { s.MessageAs(s.nextID(), n, s.result()) }),
		each("containers in one another", p, []int{1, 2, 3, 4, 10, 1000}, func(s *Strike, n int) {
			body := s.result()
			for range n {
				body = container(s.in(body))
			}
			s.Message(false, body)
		}),
		each("container count", p, []uint32{0, 1, 2, 1 << 16, math.MaxInt32, 1 << 31, math.MaxUint32}, func(s *Strike, n uint32) {
			s.Message(false, append(count(n), raw(s.in(s.result()))...))
		}),
		each("length in a container", p, []int{-1, 0, 1, 2, 3, 1 << 20, math.MaxInt32, math.MinInt32}, func(s *Strike, n int) {
			m := s.in(s.result())
			m.Bytes = n
			s.Message(false, container(m))
		}),
		named("message", p, map[string]func(*Strike){
			"empty":       func(s *Strike) { s.Message(true, nil) },
			"three bytes": func(s *Strike) { s.Message(true, []byte{1, 2, 3}) },
			"unknown object": func(s *Strike) {
				s.Storm(100, func(int) { s.Message(true, []byte{1, 2, 3, 4}) })
				s.Result(s.MsgID, s.Honest)
			},
			"the same id twice": func(s *Strike) { s.MessageAs(s.nextID(), 1, s.result()); s.MessageAs(s.lastID, 1, s.result()) },
			"of another session": func(s *Strike) {
				s.Storm(anyStorm, func(int) { s.Frame(s.seal(s.session+1, s.nextID(), 1, encode(&mt.Pong{}))) })
			},
			"under a foreign key": func(s *Strike) {
				mine := s.key
				s.key = Key(77)
				s.Frame(s.seal(s.session, s.nextID(), 1, s.result()))
				s.key = mine
			},
			"with a spoiled bit": func(s *Strike) {
				frame := s.seal(s.session, s.nextID(), 1, s.result())
				frame[len(frame)-1] ^= 1
				s.Frame(frame)
			},
			"replayed": func(s *Strike) {
				frame := s.seal(s.session, s.nextID(), 1, s.result())
				s.Storm(anyStorm, func(int) { s.Frame(frame) })
			},
			"in the clear": func(s *Strike) {
				s.Frame(encode(proto.UnencryptedMessage{MessageID: s.nextID(), MessageData: s.result()}))
			},
			"long and unknown":    func(s *Strike) { s.Storm(100, func(int) { s.Message(true, make([]byte, 900<<10)) }) },
			"a query of our own":  func(s *Strike) { s.Message(true, encode(&tg.HelpGetConfigRequest{})); s.Result(s.MsgID, s.Honest) },
			"a container of 1000": func(s *Strike) { s.crowd(1000); s.Result(s.MsgID, s.Honest) },
			"endless containers":  func(s *Strike) { s.Storm(anyStorm, func(int) { s.crowd(1000) }) },
		}),
	)
}

// crowd sends a container of n messages that nobody asked for.
func (s *Strike) crowd(n int) {
	if s.server.seed != 0 {
		n = min(n, stormLimit)
	}
	messages := make([]proto.Message, n)
	for i := range messages {
		messages[i] = s.in(encode(&mt.Pong{PingID: int64(i)}))
	}
	s.Message(false, container(messages...))
}

// pack is a packed object of what zipped unpacks to.
func pack(zipped []byte) []byte {
	var b bin.Buffer
	b.PutID(proto.GZIPTypeID)
	b.PutBytes(zipped)
	return b.Buf
}

// zip packs b.
func zip(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(b) // Memory takes all.
	_ = z.Close()
	return out.Bytes()
}

// zeros is 8 MiB of zeros, packed.
var zeros = sync.OnceValue(func() []byte { return zip(make([]byte, 8<<20)) })

// packedAttacks are packed objects that should not be.
func packedAttacks() []Attack {
	var list []Attack
	for name, method := range map[string]uint32{
		"getFile": fileMethod, "getConfig": tg.HelpGetConfigRequestTypeID, "getMessages": tg.ChannelsGetMessagesRequestTypeID,
	} {
		p := place{name, Query, method}
		list = append(list, each("packed in itself", p, []int{1, 2, 3, 4, 5, 50}, func(s *Strike, n int) {
			body := s.Honest
			for range n {
				body = pack(zip(body))
			}
			s.Result(s.MsgID, body)
		})...)
		list = append(list, named("packed", p, map[string]func(*Strike){
			"nothing":          func(s *Strike) { s.Result(s.MsgID, pack(nil)) },
			"an empty stream":  func(s *Strike) { s.Result(s.MsgID, pack(zip(nil))) },
			"no gzip":          func(s *Strike) { s.Result(s.MsgID, pack([]byte("this is no gzip"))) },
			"cut":              func(s *Strike) { z := zip(s.Honest); s.Result(s.MsgID, pack(z[:len(z)/2])) },
			"a wrong checksum": func(s *Strike) { z := zip(s.Honest); z[len(z)-6]++; s.Result(s.MsgID, pack(z)) },
			"a tail":           func(s *Strike) { s.Result(s.MsgID, pack(append(zip(s.Honest), "tail"...))) },
			"the result":       func(s *Strike) { s.Message(true, pack(zip(s.result()))) },
			"8 MiB of zeros":   func(s *Strike) { s.Result(s.MsgID, pack(zeros())) },
			"a bomb":           func(s *Strike) { s.Result(s.MsgID, pack(bytes.Repeat(zeros(), 100))) },
			"a service bomb":   func(s *Strike) { s.Message(false, pack(bytes.Repeat(zeros(), 100))) },
			"a bomb of a bomb": func(s *Strike) { s.Result(s.MsgID, pack(zip(pack(bytes.Repeat(zeros(), 100))))) },
			"a container of bombs": func(s *Strike) {
				var messages []proto.Message
				for range 200 {
					messages = append(messages, s.in(pack(zeros())))
				}
				s.Message(false, pack(zip(container(messages...))))
			},
			"members without end": func(s *Strike) { s.Result(s.MsgID, pack(bytes.Repeat(zip(nil), 20_000))) },
			"bombs for ever":      func(s *Strike) { s.Storm(1000, func(int) { s.Result(1, pack(zeros())) }) },
			"in containers":       func(s *Strike) { s.Message(false, container(s.in(pack(zip(container(s.in(pack(zip(s.result()))))))))) },
		})...)
	}
	slices.SortStableFunc(list, func(a, b Attack) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	return list
}

// serviceAttacks are service messages that should not be, before the honest answer and instead of it.
func serviceAttacks() []Attack {
	p := place{"getFile", Query, fileMethod}
	flood := func(make func(*Strike) bin.Encoder) func(*Strike) {
		return func(s *Strike) { s.Storm(anyStorm, func(int) { s.Message(false, encode(make(s))) }) }
	}
	list := named("flood of", p, map[string]func(*Strike){
		"bad_server_salt": flood(func(s *Strike) bin.Encoder {
			return &mt.BadServerSalt{BadMsgID: s.MsgID, ErrorCode: 48, NewServerSalt: s.rng.Int64()}
		}),
		"bad_server_salt of none": flood(func(s *Strike) bin.Encoder { return &mt.BadServerSalt{BadMsgID: s.rng.Int64(), ErrorCode: 48} }),
		"bad_msg_notification": flood(func(s *Strike) bin.Encoder {
			return &mt.BadMsgNotification{BadMsgID: s.MsgID, ErrorCode: 16 + s.rng.IntN(50)}
		}),
		"new_session_created": flood(func(s *Strike) bin.Encoder {
			return &mt.NewSessionCreated{FirstMsgID: math.MaxInt64, UniqueID: s.rng.Int64(), ServerSalt: 5}
		}),
		"pong":            flood(func(s *Strike) bin.Encoder { return &mt.Pong{MsgID: s.rng.Int64(), PingID: s.rng.Int64()} }),
		"ping":            flood(func(s *Strike) bin.Encoder { return &mt.PingRequest{PingID: s.rng.Int64()} }),
		"msgs_ack":        flood(func(s *Strike) bin.Encoder { return &mt.MsgsAck{MsgIDs: ids(s.conn, 100)} }),
		"msgs_state_req":  flood(func(s *Strike) bin.Encoder { return &mt.MsgsStateReq{MsgIDs: ids(s.conn, 500)} }),
		"msgs_all_info":   flood(func(s *Strike) bin.Encoder { return &mt.MsgsAllInfo{MsgIDs: ids(s.conn, 100), Info: make([]byte, 100)} }),
		"msgs_state_info": flood(func(s *Strike) bin.Encoder { return &mt.MsgsStateInfo{ReqMsgID: s.MsgID, Info: []byte{1, 2, 3, 4}} }),
		"msg_resend_req":  flood(func(s *Strike) bin.Encoder { return &mt.MsgResendReq{MsgIDs: append(ids(s.conn, 100), s.MsgID)} }),
		"msg_detailed_info": flood(func(s *Strike) bin.Encoder {
			return &mt.MsgDetailedInfo{MsgID: s.MsgID, AnswerMsgID: s.rng.Int64(), Bytes: -1}
		}),
		"msg_new_detailed_info": flood(func(s *Strike) bin.Encoder { return &mt.MsgNewDetailedInfo{AnswerMsgID: s.rng.Int64()} }),
		"future_salts": flood(func(s *Strike) bin.Encoder {
			return &mt.FutureSalts{ReqMsgID: s.MsgID, Salts: make([]mt.FutureSalt, 1000)}
		}),
		"destroy_session":    flood(func(s *Strike) bin.Encoder { return &mt.DestroySessionOk{SessionID: s.session} }),
		"results of nothing": flood(func(s *Strike) bin.Encoder { return &proto.Result{RequestMessageID: s.rng.Int64(), Result: s.Honest} }),
		"updates":            flood(func(*Strike) bin.Encoder { return &tg.UpdatesTooLong{} }),
		"short messages":     flood(func(*Strike) bin.Encoder { return &tg.UpdateShortMessage{Message: "x"} }),
		"results of updates": flood(func(s *Strike) bin.Encoder {
			return &proto.Result{RequestMessageID: s.MsgID + 4, Result: encode(&tg.UpdatesTooLong{})}
		}),
		"resends after each other": func(s *Strike) {
			s.Storm(10, func(int) { s.Message(false, encode(&mt.MsgResendReq{MsgIDs: []int64{s.MsgID}})); s.pause(time.Second) })
		},
	})
	list = append(list, named("service", p, map[string]func(*Strike){
		"result twice":      func(s *Strike) { s.Result(s.MsgID, s.Honest); s.Result(s.MsgID, s.Honest) },
		"result in itself":  func(s *Strike) { s.Result(s.MsgID, s.result()) },
		"result of 3 bytes": func(s *Strike) { s.Result(s.MsgID, []byte{1, 2, 3}) },
		"empty result":      func(s *Strike) { s.Result(s.MsgID, nil) },
		"a pong as result":  func(s *Strike) { s.Result(s.MsgID, encode(&mt.Pong{})) },
		"a salt as result":  func(s *Strike) { s.Result(s.MsgID, encode(&mt.FutureSalts{})) },
		"bad salt of salts": func(s *Strike) {
			s.Message(false, encode(&mt.BadServerSalt{BadMsgID: s.MsgID, ErrorCode: 48, NewServerSalt: 7}))
			s.Mute()
		},
		"destroyed key": func(s *Strike) { s.Message(false, []byte{0xd1, 0x26, 0xe1, 0xf6}); s.Mute() },
		"detail then nothing": func(s *Strike) {
			s.Message(false, encode(&mt.MsgDetailedInfo{MsgID: s.MsgID, AnswerMsgID: s.nextID()}))
			s.Mute()
		},
		"huge vector of acks": func(s *Strike) {
			s.Message(false, vector(binary.LittleEndian.AppendUint32(nil, mt.MsgsAckTypeID), math.MaxInt32))
		},
		"huge vector of resends": func(s *Strike) {
			s.Message(false, vector(binary.LittleEndian.AppendUint32(nil, mt.MsgResendReqTypeID), math.MaxInt32))
		},
		"huge vector of states": func(s *Strike) {
			s.Message(false, vector(binary.LittleEndian.AppendUint32(nil, mt.MsgsStateReqTypeID), 1<<31))
		},
	})...)
	for _, p := range []place{p, {"Session", Session, 0}} {
		list = append(list, each("bad_msg_notification", p, []int{-1, 0, 16, 17, 18, 19, 20, 32, 33, 34, 35, 48, 64, math.MaxInt32}, func(s *Strike, code int) {
			s.Message(false, encode(&mt.BadMsgNotification{BadMsgID: s.MsgID, BadMsgSeqno: 1, ErrorCode: code}))
		})...)
		list = append(list, each("salts valid from", p, []int{math.MinInt32, -1, 0, math.MaxInt32}, func(s *Strike, at int) {
			s.Message(false, encode(&mt.FutureSalts{ReqMsgID: s.MsgID, Now: at, Salts: []mt.FutureSalt{{ValidSince: at, ValidUntil: -at, Salt: 1}}}))
			s.Send(s.Honest)
		})...)
	}
	return list
}
