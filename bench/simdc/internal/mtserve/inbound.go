package mtserve

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
)

// Codes of bad_msg_notification.
// https://core.telegram.org/mtproto/service_messages_about_messages#notice-of-ignored-error-message
const (
	msgIDTooLow      = 16
	msgIDTooHigh     = 17
	msgIDBits        = 18
	containerRepeats = 19
	msgTooOld        = 20
	seqnoTooLow      = 32
	seqnoTooHigh     = 33
	seqnoNotEven     = 34
	seqnoNotOdd      = 35
	badSalt          = 48
	badContainer     = 64
)

const (
	// A message is accepted from this long ago to this far ahead.
	// https://core.telegram.org/mtproto/description#message-identifier-msg-id
	maxPast   = 300 * time.Second
	maxFuture = 30 * time.Second
	// https://core.telegram.org/mtproto/service_messages#containers
	maxContainer = 1020
)

// message is a decrypted message of a client, or one from its container.
type message struct {
	id   int64
	seq  int32
	body []byte
}

func (m message) typeID() uint32 {
	if len(m.body) < 4 {
		return 0
	}
	return binary.LittleEndian.Uint32(m.body)
}

// inbound is the context in which one frame is taken in.
type inbound struct {
	conn     *Conn
	session  *Session
	received time.Time // by the machine's clock
	now      time.Time // by the server's clock
}

// outer takes in the message of a frame.
func (in *inbound) outer(ctx, queries context.Context, m message, salt int64) error {
	if code := checkTime(m.id, in.now); code != 0 {
		in.bad(m, code)
		return nil
	}
	key := in.session.Key
	schedule := in.conn.srv.salts(key)
	if !schedule.valid(&key.auth.Value, salt, in.now) {
		in.reply(&mt.BadServerSalt{
			BadMsgID: m.id, BadMsgSeqno: int(m.seq), ErrorCode: badSalt,
			NewServerSalt: schedule.current(&key.auth.Value, in.now),
		})
		return nil
	}
	if m.typeID() == proto.MessageContainerTypeID {
		return in.container(ctx, queries, m)
	}
	return in.message(ctx, queries, m, m.id)
}

// checkTime checks a message id against the clock.
func checkTime(id int64, now time.Time) int {
	created := time.Unix(id>>32, int64(uint64(uint32(id))*uint64(time.Second)>>32))
	switch {
	case id&3 != 0:
		return msgIDBits
	case created.Before(now.Add(-maxPast)):
		return msgIDTooLow
	case created.After(now.Add(maxFuture)):
		return msgIDTooHigh
	}
	return 0
}

// container takes in the messages of a container. They may be older than a
// message may be by itself.
func (in *inbound) container(ctx, queries context.Context, c message) error {
	if code := in.admit(received{id: c.id, seq: c.seq}, false); code != 0 {
		if code == alreadyKnown {
			code = containerRepeats
		}
		in.bad(c, code)
		return nil
	}
	messages, first, err := splitContainer(c)
	if err != nil {
		in.bad(c, badContainer)
		return nil
	}
	for _, m := range messages {
		if m.id&3 != 0 {
			in.bad(m, msgIDBits)
			continue
		}
		if err := in.message(ctx, queries, m, first); err != nil {
			return err
		}
	}
	return nil
}

var errContainer = errors.New("malformed container")

// splitContainer returns the messages and their lowest msg_id.
func splitContainer(c message) (messages []message, first int64, err error) {
	b := &bin.Buffer{Buf: c.body}
	_, _ = b.ID()
	n, err := b.Int()
	if err != nil || n < 1 || n > maxContainer {
		return nil, 0, errContainer
	}
	first = c.id
	for range n {
		if b.Len() < itemHeader {
			return nil, 0, errContainer
		}
		id, _ := b.Long()
		seq, _ := b.Int32()
		size, _ := b.Int()
		if id >= c.id || size < 4 || size > b.Len() || size%4 != 0 {
			return nil, 0, errContainer
		}
		m := message{id: id, seq: seq, body: b.Buf[:size]}
		b.Skip(size)
		if m.typeID() == proto.MessageContainerTypeID {
			return nil, 0, errContainer
		}
		messages, first = append(messages, m), min(first, id)
	}
	return messages, first, nil
}

// message takes in a message that is not a container. First is the lowest
// msg_id of its frame.
func (in *inbound) message(ctx, queries context.Context, m message, first int64) error {
	var err error
	if m.body, err = unpack(m); err != nil || len(m.body) < 4 {
		in.bad(m, badContainer)
		return nil
	}
	serve, isService := services[m.typeID()]
	odd := m.seq%2 != 0
	if !isService && !odd {
		in.bad(m, seqnoNotOdd)
		return nil
	}

	rec := received{id: m.id, seq: m.seq, content: odd}
	if !isService {
		rec.call = in.newCall(m)
	}
	switch code := in.admit(rec, odd); code {
	case 0:
	case alreadyKnown:
		in.repeat(m)
		return nil
	default:
		in.bad(m, code)
		return nil
	}

	in.conn.attach(in.session)
	if in.session.announce() {
		in.created(first)
	}
	if odd {
		in.conn.out.ack(pendingAck{
			session: in.session, id: m.id, call: rec.call,
			due: in.received.Add(in.conn.srv.cfg.AckDelay),
		})
	}
	if isService {
		serve(in, m)
		return nil
	}
	return in.start(ctx, queries, rec.call)
}

// alreadyKnown is what admit returns for a message that was received before.
const alreadyKnown = -1

// admit checks a message against those that the session knows, and remembers
// it. It returns the code of the error.
func (in *inbound) admit(m received, odd bool) int {
	s := in.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.known.get(m.id); known {
		return alreadyKnown
	}
	if m.id <= s.known.forgotten {
		return msgTooOld
	}
	if !m.content && !odd && m.seq%2 != 0 {
		return seqnoNotEven // a container
	}
	if code := s.known.seqnoError(m.id, m.seq); code != 0 {
		return code
	}
	s.known.add(m)
	return 0
}

// repeat deals with a message that was received before: its answer may have
// been lost.
func (in *inbound) repeat(m message) {
	s := in.session
	in.conn.attach(s)
	s.mu.Lock()
	known, ok := s.known.get(m.id)
	if !ok || known.call == nil || known.call.state != sent || known.call.answer == nil {
		s.mu.Unlock()
		if m.seq%2 != 0 {
			in.conn.out.ack(pendingAck{session: s, id: m.id, due: in.received})
		}
		return
	}
	k := known.call
	if k.size > maxResent {
		info := k.infoLocked()
		s.mu.Unlock()
		in.notify(&info)
		return
	}
	k.state = ready
	s.mu.Unlock()
	s.deliver(k)
}

// newCall prepares a query.
func (in *inbound) newCall(m message) *call {
	return &call{session: in.session, r: &Request{
		Conn: in.conn, Session: in.session, Key: in.session.Key,
		MsgID: m.id, SeqNo: m.seq,
		Received: in.received, Bytes: len(m.body), Body: &bin.Buffer{Buf: m.body},
	}}
}

// start runs a query in a goroutine of its own, when there is a place for it.
func (in *inbound) start(ctx, queries context.Context, k *call) error {
	select {
	case in.conn.slots <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	srv := in.conn.srv
	srv.observer.Received(k.r)
	queries, cancel := context.WithCancelCause(queries)
	if !in.session.begin(k, cancel) {
		cancel(nil)
		return nil
	}
	srv.running.Go(func() {
		defer cancel(nil)
		k.run(queries, srv.cfg.Handler)
	})
	return nil
}

// bad tells the client that a message was ignored.
func (in *inbound) bad(m message, code int) {
	in.reply(&mt.BadMsgNotification{BadMsgID: m.id, BadMsgSeqno: int(m.seq), ErrorCode: code})
}

// created tells the client about its new session. All messages below first
// are lost to it.
// https://core.telegram.org/mtproto/service_messages#new-session-creation-notification
func (in *inbound) created(first int64) {
	key := in.session.Key
	in.conn.out.note(note{session: in.session, content: true, body: &mt.NewSessionCreated{
		FirstMsgID: first,
		UniqueID:   in.conn.srv.uniqueID(),
		ServerSalt: in.conn.srv.salts(key).current(&key.auth.Value, in.now),
	}})
}

// reply sends a service message that answers a message of the client.
func (in *inbound) reply(e bin.Encoder) {
	in.conn.out.note(note{session: in.session, body: e, response: true})
}

// notify sends a service message that answers nothing.
func (in *inbound) notify(e bin.Encoder) {
	in.conn.out.note(note{session: in.session, body: e})
}
