package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
)

const (
	// maxBatch bounds how many calls go out in one write.
	maxBatch = 32
	// ackBatch is how many acknowledgements are sent without waiting for a request.
	ackBatch = 16
	// maxAcks is how many one msgs_ack may hold. More than that wait only while
	// the server takes none, and are not worth the memory.
	maxAcks = 8192
	// pingGrace is what the server waits beyond the ping interval before it
	// disconnects.
	pingGrace = 15 * time.Second

	invokeWithoutUpdates = 0xbf9459b7
)

// message is one message to be sent.
type message struct {
	call    *call // nil for service messages.
	body    []byte
	content bool // To be acknowledged by the server.
	wrap    bool // By Options.Init.
	kind    serviceKind
	env     envelope
	start   int // Where its frame begins in the batch.
}

type serviceKind uint8

const (
	serviceOther serviceKind = iota
	servicePing
)

// writer is what writeLoop owns.
type writer struct {
	crypter crypter
	batch   []message
	buf     []byte
}

// writeLoop sends what is queued, and is the connection's timer.
func (c *Conn) writeLoop() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		again, err := c.writeBatch()
		if err != nil {
			c.fail(err)
			return
		}
		if again == 0 {
			continue
		}
		timer.Reset(again)
		select {
		case <-c.done:
			return
		case <-c.wake:
		case <-timer.C:
		}
	}
}

// writeBatch sends what is due and returns 0, or how long nothing will be due
// unless the writer is woken.
func (c *Conn) writeBatch() (time.Duration, error) {
	again, err := c.collect()
	if err != nil || len(c.writer.batch) == 0 {
		return again, err
	}
	c.encode()
	if err := c.number(); err != nil {
		return 0, err
	}
	if len(c.writer.batch) == 0 {
		return 0, nil
	}
	if err := c.seal(); err != nil {
		return 0, err
	}
	n, err := c.link.send(c.writer.buf)
	if err != nil {
		c.unsent(n)
	}
	clear(c.writer.batch) // Nothing answered is kept alive.
	return 0, err
}

// collect fills the batch with what is due.
func (c *Conn) collect() (time.Duration, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	batch := c.writer.batch[:0]
	now := c.link.sock.now()
	action, at := c.keep.next(now, c.link.sock.alive(), c.link.sock.worked())
	switch action {
	case keepaliveDead:
		return 0, ErrStalled
	case keepalivePing:
		c.keep.pinged(now)
		c.ping = pingState{pingID: c.ping.pingID + 1, at: now}
		batch = append(batch, c.pingMessage())
	}
	for len(c.queue) > 0 && len(batch) < maxBatch {
		cl := c.queue[0]
		c.queue = c.queue[1:]
		batch = append(batch, message{
			call: cl, body: cl.query, content: true,
			wrap: c.opts.Init != nil && !c.inited && cl.bind == nil,
		})
	}
	if c.wantSaltsLocked(now) {
		c.saltsAt = now + saltInterval
		batch = append(batch, encoded(&mt.GetFutureSaltsRequest{Num: saltBatch}, false))
	}
	batch = append(batch, c.service...)
	c.service = c.service[:0]
	if len(c.acks) > 0 {
		flush := c.ackSince + c.opts.AckDelay
		if len(batch) > 0 || len(c.acks) >= ackBatch || now >= flush {
			batch = append(batch, encoded(&mt.MsgsAck{MsgIDs: c.acks}, false))
			c.acks = c.acks[:0]
		} else {
			at = min(at, flush)
		}
	}
	c.writer.batch = batch
	return max(at-now, time.Millisecond), nil
}

// encode completes the bodies of calls. Init is the owner's code, so mu is not
// held.
func (c *Conn) encode() {
	for i := range c.writer.batch {
		m := &c.writer.batch[i]
		if m.call == nil || m.call.bind != nil || !c.opts.NoUpdates && !m.wrap {
			continue
		}
		var query, b bin.Buffer
		if c.opts.NoUpdates {
			query.PutID(invokeWithoutUpdates)
		}
		query.Put(m.body)
		if !m.wrap {
			m.body = query.Buf
			continue
		}
		if err := b.Encode(c.opts.Init(rawQuery(query.Buf))); err != nil {
			c.refuse(m.call, fmt.Errorf("initConnection: %w", err))
		}
		m.body = b.Buf
	}
}

// number gives the messages of the batch their ids, in the order they will be
// written, and drops calls nobody waits for any more.
func (c *Conn) number() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, wall := c.link.sock.now(), c.opts.Now()
	kept := c.writer.batch[:0]
	for _, m := range c.writer.batch {
		if m.call != nil && m.call.taken {
			continue
		}
		m.env = c.session.next(wall, m.content)
		if m.kind == servicePing {
			c.ping.msgID = m.env.msgID
		}
		if cl := m.call; cl != nil {
			if cl.bind != nil {
				var err error
				if m.body, err = bindQuery(c.opts.Rand, cl, m.env); err != nil {
					return err
				}
			}
			cl.ids = append(cl.ids, m.env.msgID)
			cl.sent, cl.wrapped, cl.at = true, m.wrap, now
			c.sent[m.env.msgID] = cl
		}
		kept = append(kept, m)
	}
	c.writer.batch = kept
	c.keep.expect(now, len(c.sent) > 0)
	return nil
}

// seal encrypts and frames the batch.
func (c *Conn) seal() error {
	buf := c.writer.buf[:0]
	var extra [1]byte
	for i := range c.writer.batch {
		m := &c.writer.batch[i]
		m.start = len(buf)
		// Up to 15 blocks more than needed, so that the length of a request does
		// not name it.
		if _, err := io.ReadFull(c.opts.Rand, extra[:]); err != nil {
			return fmt.Errorf("padding: %w", err)
		}
		total := sealedLen(len(m.body), int(extra[0]&15))
		var err error
		if buf, err = c.link.appendHeader(buf, total); err != nil {
			return err
		}
		if buf, err = c.writer.crypter.seal(buf, m.env, m.body, total, c.opts.Rand); err != nil {
			return err
		}
		if buf, err = c.link.appendTrailer(buf, m.start); err != nil {
			return err
		}
	}
	c.writer.buf = buf
	return nil
}

// unsent corrects what is known of the batch after a write that ended at byte n.
func (c *Conn) unsent(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.writer.batch {
		if m.call != nil && m.start >= n && len(m.call.ids) == 1 && m.call.resends == 0 {
			m.call.sent = false
		}
	}
}

// refuse completes a call that cannot be sent.
func (c *Conn) refuse(cl *call, err error) {
	c.mu.Lock()
	ok := c.takeLocked(cl)
	c.mu.Unlock()
	if ok {
		cl.finish(err)
	}
}

// wantSaltsLocked reports whether it is time to ask for salts: not before the
// first answer, which it would delay.
func (c *Conn) wantSaltsLocked(now time.Duration) bool {
	if c.answers == 0 || now < c.saltsAt {
		return false
	}
	return c.session.salts.low(c.opts.Now().Add(c.session.offset))
}

func (c *Conn) pingMessage() message {
	delay := (c.opts.PingInterval + pingGrace).Seconds()
	m := encoded(&mt.PingDelayDisconnectRequest{
		PingID:          c.ping.pingID,
		DisconnectDelay: int(math.Ceil(delay)),
	}, false)
	m.kind = servicePing
	return m
}

// dropAnswer asks the server to forget the answer to a message.
//
// See https://core.telegram.org/mtproto/service_messages#cancellation-of-an-rpc-query.
func dropAnswer(msgID int64) message {
	return encoded(&mt.RPCDropAnswerRequest{ReqMsgID: msgID}, true)
}

// encoded is a service message. Encoding one cannot fail.
func encoded(in bin.Encoder, content bool) message {
	var b bin.Buffer
	if err := b.Encode(in); err != nil {
		panic(err)
	}
	return message{body: b.Buf, content: content}
}

// rawQuery is a query that is encoded already. It is a bin.Object, as the
// wrapping requests of gotd's tg ask for.
type rawQuery []byte

func (q rawQuery) Encode(b *bin.Buffer) error {
	b.Put(q)
	return nil
}

func (q rawQuery) Decode(*bin.Buffer) error { return errors.ErrUnsupported }

// TypeID is the constructor id of the query.
func (q rawQuery) TypeID() uint32 {
	if len(q) < bin.Word {
		return 0
	}
	return binary.LittleEndian.Uint32(q)
}
