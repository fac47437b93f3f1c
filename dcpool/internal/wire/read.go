package wire

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
	"github.com/gotd/td/tgerr"
)

const (
	// maxNesting bounds containers and packed objects inside one another.
	maxNesting = 3
	// smallAnswer is the size up to which an answer's arrival measures the round
	// trip and not the link.
	smallAnswer = 4 << 10
	// maxIdleMessages and maxIdleBytes bound what a server may send without
	// answering any call. Answers that nobody waits for any more count too, and
	// are far fewer.
	maxIdleMessages = 10_000
	maxIdleBytes    = 256 << 20
)

// reader is what readLoop owns.
type reader struct {
	crypter  crypter
	replay   replaySet
	inflater inflater
	in       bin.Buffer // What decoders of answers are given.

	// Messages, and bytes of their frames, since a call was last answered.
	idleMessages, idleBytes int
}

// idle counts what has not answered a call yet.
func (r *reader) idle(messages, bytes int) error {
	r.idleMessages += messages
	r.idleBytes += bytes
	if r.idleMessages > maxIdleMessages || r.idleBytes > maxIdleBytes {
		return fmt.Errorf("%w: %d messages in %d bytes answer nothing", ErrProtocol, r.idleMessages, r.idleBytes)
	}
	return nil
}

// readLoop handles frames until the socket fails or is closed.
func (c *Conn) readLoop() {
	for {
		f, err := c.link.readFrame()
		if err == nil {
			err = c.handleFrame(f.data)
			f.buf.release()
		}
		if err != nil {
			c.fail(err)
			return
		}
	}
}

// handleFrame decrypts data in place and handles the message in it. An error
// ends the connection.
func (c *Conn) handleFrame(data []byte) error {
	env, body, err := c.reader.crypter.open(data, c.link.transport == Padded)
	if err != nil {
		return err
	}
	if err := c.reader.idle(1, len(data)); err != nil {
		return err
	}
	c.reader.inflater.reset()
	c.mu.Lock()
	ours := env.session == c.session.id
	c.mu.Unlock()
	if !ours { // Late messages of a session that we gave up.
		c.opts.Logger.Debug("message of another session ignored")
		return nil
	}
	if err := c.handleMessage(env.msgID, env.seqNo, body, 0); err != nil {
		return err
	}
	c.report()
	return nil
}

// handleMessage handles one message, which may be a container of others.
func (c *Conn) handleMessage(msgID int64, seqNo int32, body []byte, depth int) error {
	if msgID&1 == 0 {
		return fmt.Errorf("%w: server message with msg_id %#x", ErrProtocol, msgID)
	}
	fresh := c.reader.replay.add(msgID)
	c.mu.Lock()
	if fresh {
		c.session.observe(msgID, c.opts.Now())
	}
	wake := false
	if seqNo&1 != 0 {
		// A duplicate too: it came because the first acknowledgement was lost.
		wake = c.ackLocked(msgID)
	}
	c.mu.Unlock()
	if wake {
		c.wakeWriter()
	}
	if !fresh {
		return nil
	}
	return c.dispatch(msgID, body, depth)
}

// ackLocked queues an acknowledgement and reports whether the writer must be
// woken for it.
func (c *Conn) ackLocked(msgID int64) bool {
	if len(c.acks) == 0 {
		c.ackSince = c.link.sock.now()
	}
	if len(c.acks) < maxAcks {
		c.acks = append(c.acks, msgID)
	}
	return len(c.acks) == 1 || len(c.acks) >= ackBatch
}

// dispatch handles the object in a message.
func (c *Conn) dispatch(msgID int64, body []byte, depth int) error {
	if len(body) < bin.Word {
		return fmt.Errorf("%w: message of %d bytes", ErrProtocol, len(body))
	}
	if depth > maxNesting {
		return fmt.Errorf("%w: messages nested deeper than %d", ErrProtocol, maxNesting)
	}
	id := binary.LittleEndian.Uint32(body)
	switch id {
	case proto.ResultTypeID:
		return c.handleResult(body[bin.Word:])
	case proto.MessageContainerTypeID:
		return c.handleContainer(body[bin.Word:], depth)
	case proto.GZIPTypeID:
		plain, err := c.reader.inflater.inflate(body[bin.Word:])
		if err != nil {
			return err
		}
		defer plain.release()
		return c.dispatch(msgID, plain.b, depth+1)
	default:
		return c.handleService(id, msgID, &bin.Buffer{Buf: body})
	}
}

// handleContainer handles msg_container#73f1f8dc messages:vector<%Message>.
//
// See https://core.telegram.org/mtproto/service_messages#simple-container.
func (c *Conn) handleContainer(body []byte, depth int) error {
	const header = 8 + 4 + 4
	le := binary.LittleEndian
	if len(body) < 4 {
		return fmt.Errorf("%w: container of %d bytes", ErrProtocol, len(body))
	}
	count := int(int32(le.Uint32(body)))
	body = body[4:]
	if count < 0 || count > len(body)/header {
		return fmt.Errorf("%w: container of %d messages in %d bytes", ErrProtocol, count, len(body))
	}
	if err := c.reader.idle(count, 0); err != nil {
		return err
	}
	for range count {
		if len(body) < header {
			return fmt.Errorf("%w: container ends in a message", ErrProtocol)
		}
		msgID, seqNo := int64(le.Uint64(body)), int32(le.Uint32(body[8:]))
		n := int(int32(le.Uint32(body[12:])))
		body = body[header:]
		if n < 0 || n > len(body) {
			return fmt.Errorf("%w: message of %d bytes in a container with %d left", ErrProtocol, n, len(body))
		}
		if err := c.handleMessage(msgID, seqNo, body[:n:n], depth+1); err != nil {
			return err
		}
		body = body[n:]
	}
	return nil
}

// handleResult handles rpc_result#f35c6d01 req_msg_id:long result:Object.
func (c *Conn) handleResult(body []byte) error {
	if len(body) < 8+bin.Word {
		return fmt.Errorf("%w: rpc_result of %d bytes", ErrProtocol, len(body))
	}
	reqID, result := int64(binary.LittleEndian.Uint64(body)), body[8:]
	size := len(result)
	c.mu.Lock()
	cl := c.sent[reqID]
	c.mu.Unlock()

	id := binary.LittleEndian.Uint32(result)
	if cl == nil {
		// Cancelled, answered before, or not a call of Do. Pongs come this way too.
		if id == mt.PongTypeID || id == mt.FutureSaltsTypeID {
			return c.handleService(id, 0, &bin.Buffer{Buf: result})
		}
		c.link.sock.work()
		return nil
	}
	c.link.sock.work()
	if id == proto.GZIPTypeID {
		plain, err := c.reader.inflater.inflate(result[bin.Word:])
		if err != nil {
			return err
		}
		defer plain.release()
		if result = plain.b; len(result) < bin.Word {
			return fmt.Errorf("%w: packed result of %d bytes", ErrProtocol, len(result))
		}
		id = binary.LittleEndian.Uint32(result)
	}
	if id == mt.RPCErrorTypeID {
		return c.handleError(cl, result, size)
	}
	if c.answered(cl, size, true) {
		cl.finish(c.decode(cl, result))
	}
	return nil
}

// handleError handles rpc_error#2144ca19.
func (c *Conn) handleError(cl *call, body []byte, size int) error {
	var e mt.RPCError
	if err := e.Decode(&bin.Buffer{Buf: body}); err != nil {
		return fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	rpcErr := tgerr.New(e.ErrorCode, cut(e.ErrorMessage))
	if c.opts.Init != nil && rpcErr.IsOneOf("CONNECTION_NOT_INITED", "CONNECTION_LAYER_INVALID") && c.rewrap(cl) {
		c.opts.Logger.Debug("connection not initialised, wrapping again", "error", rpcErr.Message)
		c.wakeWriter()
		return nil
	}
	if c.answered(cl, size, false) {
		cl.finish(rpcErr)
	}
	return nil
}

// rewrap sends cl again inside initConnection, once.
func (c *Conn) rewrap(cl *call) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cl.rewrapped || !c.requeueLocked(cl) {
		return false
	}
	cl.rewrapped, c.inited = true, false
	c.forgetLocked(cl)
	return true
}

// answered takes cl for its answer of size bytes on the wire.
func (c *Conn) answered(cl *call, size int, proper bool) bool {
	c.mu.Lock()
	if !c.takeLocked(cl) {
		c.mu.Unlock()
		return false
	}
	c.answers++
	first := c.answers == 1
	if proper && cl.wrapped {
		c.inited = true
	}
	if size <= smallAnswer && cl.resends == 0 {
		c.measureLocked(cl.at)
	}
	c.mu.Unlock()
	c.reader.idleMessages, c.reader.idleBytes = 0, 0
	if first {
		c.wakeWriter() // For what waits for the first answer.
	}
	return true
}

// measureLocked takes the time since a message was numbered for a round trip.
func (c *Conn) measureLocked(since time.Duration) {
	if d := c.link.sock.now() - since; c.rtt == 0 || d < c.rtt {
		c.rtt = d
	}
}

// decode gives the answer to the call's owner.
func (c *Conn) decode(cl *call, result []byte) error {
	if cl.out == nil {
		return nil
	}
	c.reader.in.Buf = result
	err := cl.out.Decode(&c.reader.in)
	c.reader.in.Buf = nil
	if err != nil {
		return &DecodeError{Err: err}
	}
	return nil
}

// report tells the owner of a new time offset.
func (c *Conn) report() {
	if c.opts.OnTimeOffset == nil {
		return
	}
	c.mu.Lock()
	moved, offset := c.session.moved(), c.session.offset
	c.mu.Unlock()
	if moved {
		c.opts.OnTimeOffset(offset)
	}
}
