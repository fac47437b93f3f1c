package mtserve

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"log/slog"
	"sync"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
)

const (
	// messageHeader is salt, session_id, msg_id, seqno and length.
	// https://core.telegram.org/mtproto/description#encrypted-message-encrypted-data
	messageHeader = 8 + 8 + 8 + 4 + 4
	// encryptedHeader is auth_key_id and msg_key.
	encryptedHeader = 8 + 16
	// itemHeader is msg_id, seqno and length in a container.
	itemHeader = 8 + 4 + 4
	// maxItem bounds what shares a container. The protocol allows 1 MiB.
	maxItem = 64 << 10
	// chunk is how much of a frame is encrypted and written at once.
	chunk = 64 << 10
)

// buffers are for plaintexts of answers, chunks for their ciphertext. A writer
// holds one of each only while it writes a frame.
var (
	buffers = sync.Pool{New: func() any { return new(bin.Buffer) }}
	chunks  = sync.Pool{New: func() any { return new([chunk]byte) }}
)

// write is the writer of a connection. It returns why it stopped.
func (c *Conn) write(ctx context.Context) error {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		b, ok, due := c.out.next(time.Now())
		if ok {
			if err := c.writeBatch(ctx, b); err != nil {
				return err
			}
			continue
		}
		var wait <-chan time.Time
		if !due.IsZero() {
			timer.Reset(time.Until(due))
			wait = timer.C
		}
		select {
		case <-c.out.wake:
		case <-wait:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// outgoing is a call whose answer is in the frame that is being written.
type outgoing struct {
	call     *call
	repeated bool
}

func (c *Conn) writeBatch(ctx context.Context, b batch) error {
	if b.raw != nil {
		return c.writeRaw(ctx, *b.raw)
	}
	if b.session.Key.forgotten.Load() {
		return c.writeForgotten(ctx, b)
	}
	buf := buffers.Get().(*bin.Buffer)
	defer buffers.Put(buf)

	if len(b.calls) == 1 && b.calls[0].alone {
		return c.writeAlone(ctx, b.calls[0], buf)
	}
	if err := c.writeTogether(ctx, b, buf); err != nil {
		return err
	}
	for _, n := range b.notes {
		if n.then != nil {
			n.then()
		}
	}
	return nil
}

// writeForgotten drops the answers under a key that was forgotten. A transport error
// in place of one goes out all the same: it may be what says so.
func (c *Conn) writeForgotten(ctx context.Context, b batch) error {
	var code int32
	for _, k := range b.calls {
		k.session.drop(k)
		code = cmp.Or(code, k.r.Fault.TransportError)
	}
	if code == 0 {
		return nil
	}
	return c.writeRaw(ctx, rawFrame{payload: transportError(code)})
}

// writeAlone writes one answer in a frame of its own, with its fault.
func (c *Conn) writeAlone(ctx context.Context, k *call, buf *bin.Buffer) error {
	answer := k.session.take(k)
	if answer == nil {
		return nil
	}
	fault := k.r.Fault
	if fault.TransportError != 0 {
		k.session.drop(k)
		return c.writeRaw(ctx, rawFrame{payload: transportError(fault.TransportError)})
	}
	buf.Buf = append(buf.Buf[:0], make([]byte, messageHeader)...)
	c.encodeAnswer(buf, k, answer)
	plain := buf.Len()
	for range fault.Repeat + 1 {
		buf.Buf = buf.Buf[:plain] // without the padding of the time before
		id, seq, repeated := k.session.written(k, c, c.srv.cfg.Clock(), plain-messageHeader)
		out := []outgoing{{k, repeated}}
		c.control.fault(fault)
		if err := c.writeMessage(ctx, k.session, id, seq, buf, out); err != nil {
			return err
		}
	}
	return nil
}

// writeTogether writes what is small in one frame, and puts back what is too large to
// share it.
func (c *Conn) writeTogether(ctx context.Context, b batch, buf *bin.Buffer) error {
	s, now := b.session, c.srv.cfg.Clock()
	notes := b.notes
	if acks := s.unanswered(b.acks, b.calls); len(acks) > 0 {
		notes = append(notes, note{session: s, body: &mt.MsgsAck{MsgIDs: acks}})
	}
	p := newPack(buf, len(notes)+len(b.calls))
	for _, n := range notes {
		p.add(
			func() { c.encode(buf, n.body) },
			func(int) (int64, int32) { return s.stamp(now, n.content, n.response) },
		)
	}
	var (
		out   []outgoing
		large []*call
	)
	for _, k := range b.calls {
		fits := p.add(
			func() {
				if answer := s.take(k); answer != nil {
					c.encodeAnswer(buf, k, answer)
				}
			},
			func(size int) (int64, int32) {
				id, seq, repeated := s.written(k, c, now, size)
				out = append(out, outgoing{k, repeated})
				return id, seq
			},
		)
		if !fits {
			large = append(large, k)
		}
	}
	c.out.putBack(large)
	if p.count == 0 {
		return nil
	}
	p.close(func() (int64, int32) { return s.stamp(now, false, len(out) > 0) })
	return c.writeMessage(ctx, s, p.id, p.seq, buf, out)
}

// encode appends a message of ours; nothing if that does not work.
func (c *Conn) encode(buf *bin.Buffer, e bin.Encoder) {
	start := buf.Len()
	if err := e.Encode(buf); err != nil {
		buf.Buf = buf.Buf[:start]
		c.srv.cfg.Logger.Error("message does not encode", slog.Any("error", err))
	}
}

// encodeAnswer appends an rpc_result, packed if that makes it smaller.
func (c *Conn) encodeAnswer(buf *bin.Buffer, k *call, answer bin.Encoder) {
	buf.PutID(proto.ResultTypeID)
	buf.PutLong(k.r.MsgID)
	start := buf.Len()
	if err := answer.Encode(buf); err != nil {
		c.srv.cfg.Logger.Error("answer does not encode", slog.Any("error", err))
		buf.Buf = buf.Buf[:start]
		answer = answerOf(nil, err)
		_ = answer.Encode(buf) // An rpc_error always encodes.
	}
	switch answer.(type) {
	case Incompressible, *rpcError:
		return
	}
	if limit := c.srv.cfg.GzipThreshold; limit < 0 || buf.Len()-start < limit {
		return
	}
	packed := buffers.Get().(*bin.Buffer)
	defer buffers.Put(packed)
	packed.Reset()
	if err := (proto.GZIP{Data: buf.Buf[start:]}).Encode(packed); err == nil && packed.Len() < buf.Len()-start {
		buf.Buf = append(buf.Buf[:start], packed.Buf...)
	}
}

// writeMessage encrypts and writes one message. Its body is in buf behind room
// for the header.
func (c *Conn) writeMessage(ctx context.Context, s *Session, id int64, seq int32, buf *bin.Buffer, out []outgoing) error {
	now := c.srv.cfg.Clock()
	h := buf.Buf
	binary.LittleEndian.PutUint64(h, uint64(c.srv.salts(s.Key).current(&s.Key.auth.Value, now)))
	binary.LittleEndian.PutUint64(h[8:], uint64(s.ID))
	binary.LittleEndian.PutUint64(h[16:], uint64(id))
	binary.LittleEndian.PutUint32(h[24:], uint32(seq))
	binary.LittleEndian.PutUint32(h[28:], uint32(buf.Len()-messageHeader))
	c.pad(buf)

	msgKey := crypto.MessageKey(s.Key.auth.Value, buf.Buf, crypto.Server)
	key, iv := crypto.Keys(s.Key.auth.Value, msgKey, crypto.Server)
	ige, err := newIGEEncrypter(key[:], iv[:])
	if err != nil {
		return err
	}
	var prefix [encryptedHeader]byte
	copy(prefix[:], s.Key.ID[:])
	copy(prefix[8:], msgKey[:])

	first := time.Now()
	n, err := c.writeFrame(ctx, prefix[:], ige, buf.Buf)
	last := time.Now()
	for _, o := range out {
		c.srv.observer.Answered(o.call.r, Answer{
			MsgID: id, First: first, Last: last, Bytes: n, Repeated: o.repeated, Err: err,
		})
	}
	return err
}

// pad appends 12 to 267 random bytes, up to whole blocks.
func (c *Conn) pad(buf *bin.Buffer) {
	n := minPadding + (16-(buf.Len()+minPadding)%16)%16 + int(c.random.Uint64()%16)*16
	start := buf.Len()
	buf.Expand(n)
	_, _ = c.random.Read(buf.Buf[start:])
}

// writeFrame writes a frame of prefix and body, which is encrypted on the way
// if ige is not nil. It returns the bytes that the connection took.
func (c *Conn) writeFrame(ctx context.Context, prefix []byte, ige *igeEncrypter, body []byte) (written int, err error) {
	array := chunks.Get().(*[chunk]byte)
	defer chunks.Put(array)

	padding := 0
	if c.framing == padded && ige != nil {
		padding = int(c.random.Uint64() % 4)
	}
	b := append(array[:0], c.framing.frameHeader(len(prefix)+len(body)+padding, c.frames)...)
	b = append(b, prefix...)
	c.frames++
	var sum uint32
	for {
		if ige != nil {
			n := min(len(body), (chunk-len(b)-fullEnvelope)&^15)
			ige.encrypt(b[len(b):len(b)+n], body[:n])
			b, body = b[:len(b)+n], body[n:]
		} else {
			n := min(len(body), chunk-len(b)-fullEnvelope)
			b, body = append(b, body[:n]...), body[n:]
		}
		if c.framing == full {
			sum = crc32.Update(sum, crc32.IEEETable, b)
		}
		if len(body) == 0 {
			break
		}
		n, err := c.send(ctx, b)
		written += n
		if err != nil {
			return written, err
		}
		b = array[:0]
	}
	switch {
	case c.framing == full:
		b = binary.LittleEndian.AppendUint32(b, sum)
	case padding > 0:
		b = append(b, make([]byte, padding)...)
		_, _ = c.random.Read(b[len(b)-padding:])
	}
	n, err := c.send(ctx, b)
	return written + n, err
}

var errUnaligned = errors.New("mtserve: the abridged transport cannot carry this length")

func (c *Conn) writeRaw(ctx context.Context, f rawFrame) error {
	if f.announce > 0 {
		n := f.announce
		if c.framing == abridged {
			n = min(n, maxAbridged)
		}
		_, err := c.send(ctx, c.framing.frameHeader(n, c.frames))
		return err
	}
	if f.unframed {
		_, err := c.send(ctx, f.payload)
		return err
	}
	if c.framing == abridged && len(f.payload)%4 != 0 {
		return errUnaligned
	}
	_, err := c.writeFrame(ctx, nil, nil, f.payload)
	return err
}

func transportError(code int32) []byte {
	return binary.LittleEndian.AppendUint32(nil, uint32(code))
}

// send obfuscates bytes in place and writes them as far as the connection's
// control allows.
func (c *Conn) send(ctx context.Context, p []byte) (written int, err error) {
	if c.obfuscation != nil {
		c.obfuscation.encrypt.XORKeyStream(p, p)
	}
	for len(p) > 0 {
		allowed, err := c.control.wait(ctx, len(p))
		if err != nil {
			return written, err
		}
		// Counted first: who reads the bytes may look at the count.
		c.bytesOut.Add(int64(allowed))
		n, err := c.stream.Write(p[:allowed])
		c.bytesOut.Add(int64(n - allowed))
		written += n
		if err != nil {
			return written, err
		}
		p = p[n:]
	}
	return written, nil
}
