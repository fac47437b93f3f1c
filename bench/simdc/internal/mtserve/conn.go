package mtserve

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
)

// Conn is one accepted connection.
type Conn struct {
	slot

	ID     uint64    // Immutable. Counts from 1 per server.
	Remote net.Addr  // Immutable.
	Local  net.Addr  // Immutable.
	Opened time.Time // Immutable.

	// Transport is "abridged", "intermediate", "padded", "full", with the prefix
	// "obfuscated2+" if so wrapped. Set before ConnReady, then immutable.
	Transport string
	// HeaderDC is the DC id in the obfuscated2 header, 0 for other transports
	// and for clients that name none. Set before ConnReady, then immutable.
	HeaderDC int

	srv     *Server       // Immutable.
	net     net.Conn      // Immutable.
	out     *outbox       // Immutable.
	slots   chan struct{} // Immutable. One element per running call.
	control *control      // Immutable.
	close   func(error)   // Immutable. Ends the connection; the first reason counts.

	bytesIn, bytesOut atomic.Int64

	// Set by the reader before the writer starts, then immutable.
	stream      io.ReadWriter // What frames are in; net, unless that is disguised.
	framing     framing
	obfuscation *obfuscation

	// Owned by the writer.
	random *rand.ChaCha8
	frames uint32 // of ours so far

	// Owned by the reader.
	reader    *frameReader
	exchanges exchanges
	sessions  map[*Session]struct{} // attached
	idle      *time.Timer           // ping_delay_disconnect
}

// Net returns the connection as the listener accepted it, for those who
// wrapped it. It must not be read from or written to.
func (c *Conn) Net() net.Conn { return c.net }

// BytesIn returns how many bytes were read from the connection.
func (c *Conn) BytesIn() int64 { return c.bytesIn.Load() }

// BytesOut returns how many bytes were written to the connection.
func (c *Conn) BytesOut() int64 { return c.bytesOut.Load() }

// Close closes the connection at once.
func (c *Conn) Close() { c.close(errors.New("mtserve: closed by Conn.Close")) }

// CutAfter closes the connection when n more bytes have been written to it.
func (c *Conn) CutAfter(n int64) { c.control.set(max(0, n), -1) }

// Stall stops writing to the connection and leaves it open until Resume.
func (c *Conn) Stall() { c.control.set(-1, 0) }

// StallAfter stalls the connection when n more bytes have been written to it.
func (c *Conn) StallAfter(n int64) { c.control.set(-1, max(0, n)) }

// Resume ends a stall.
func (c *Conn) Resume() { c.control.resume() }

// SendTransportError sends a bare negative code, such as -404 or -429. It
// reports whether the connection was still open.
func (c *Conn) SendTransportError(code int32) bool { return c.SendRaw(transportError(code)) }

// SendRaw sends one frame with this payload as it is.
func (c *Conn) SendRaw(payload []byte) bool { return c.out.rawFrame(rawFrame{payload: payload}) }

// SendHeader sends the beginning of a frame whose payload is n bytes long, or
// as long as the transport can say, and nothing of the payload.
func (c *Conn) SendHeader(n int) bool { return c.out.rawFrame(rawFrame{announce: n}) }

// SendUnframed sends bytes outside any frame, obfuscated if the connection is.
func (c *Conn) SendUnframed(p []byte) bool {
	return c.out.rawFrame(rawFrame{payload: p, unframed: true})
}

// countedConn counts what was read from a connection. What is written is counted
// by the writer.
type countedConn struct{ c *Conn }

func (r countedConn) Read(p []byte) (int, error) {
	n, err := r.c.net.Read(p)
	r.c.bytesIn.Add(int64(n))
	return n, err
}

func (r countedConn) Write(p []byte) (int, error) { return r.c.net.Write(p) }

// handshake finds out the transport.
func (c *Conn) handshake() error {
	_ = c.net.SetReadDeadline(time.Now().Add(c.srv.cfg.HandshakeTimeout))
	c.stream = countedConn{c}
	var key []byte
	if s := c.srv.cfg.Secret; s != nil {
		key = s.Key
		if s.Domain != "" {
			stream, err := acceptTLS(c.stream, s, c.srv.cfg.Clock(), c.srv.cfg.Rand)
			if err != nil {
				return err
			}
			c.stream = stream
		}
	}
	reader, header, err := detect(c.stream, key)
	if err != nil {
		return err
	}
	if err := c.srv.cfg.admits(reader.framing, header != nil); err != nil {
		return err
	}
	_ = c.net.SetReadDeadline(time.Time{})
	c.reader, c.framing, c.obfuscation = reader, reader.framing, header
	c.Transport = reader.framing.String()
	if header != nil {
		c.Transport = "obfuscated2+" + c.Transport
		c.HeaderDC = header.dc
	}
	return nil
}

// read is the reader of a connection. It returns why it stopped. Queries run
// under a context of their own: they may go on when their connection is gone,
// and their answers go to the session's next one.
func (c *Conn) read(ctx, queries context.Context) error {
	wrongDC := c.srv.cfg.CheckHeaderDC && c.HeaderDC != 0 && !c.srv.cfg.AcceptDC(c.HeaderDC)
	for {
		frame, err := c.reader.read()
		if err != nil {
			return err
		}
		received := time.Now()
		switch {
		case wrongDC:
			c.SendTransportError(codeWrongDC)
		case len(frame) < 8:
			return fmt.Errorf("%w: %d bytes", errFrameSize, len(frame))
		case binary.LittleEndian.Uint64(frame) == 0:
			err = c.unencrypted(frame, received)
		default:
			err = c.encrypted(ctx, queries, frame, received)
		}
		if err != nil {
			return err
		}
	}
}

// unencrypted takes a message of the key exchange.
func (c *Conn) unencrypted(frame []byte, received time.Time) error {
	var (
		msg    proto.UnencryptedMessage
		reply  bin.Encoder
		report *Exchange
	)
	err := msg.Decode(&bin.Buffer{Buf: frame})
	switch {
	case err != nil:
		err = refuse("%w", err)
	case msg.MessageID%4 != 0 && (c.srv.cfg.CheckFirstMsgID || !beginsExchange(msg.MessageData)):
		err = refuse("msg_id %x", msg.MessageID)
	default:
		reply, report, err = c.exchanges.handle(&bin.Buffer{Buf: msg.MessageData}, received)
	}
	if report != nil {
		c.srv.observer.Exchanged(c, *report)
	}
	if refused, ok := errors.AsType[*refusal](err); ok {
		c.SendTransportError(refused.code)
		return nil
	}
	if err != nil {
		return err
	}
	var body, b bin.Buffer
	if err := reply.Encode(&body); err != nil {
		return err
	}
	id := proto.NewMessageID(c.srv.cfg.Clock(), proto.MessageServerResponse)
	if err := (proto.UnencryptedMessage{MessageID: int64(id), MessageData: body.Buf}).Encode(&b); err != nil {
		return err
	}
	c.SendRaw(b.Buf)
	return nil
}

// beginsExchange reports whether a message is the first of a key exchange.
func beginsExchange(data []byte) bool {
	id, err := (&bin.Buffer{Buf: data}).PeekID()
	return err == nil && (id == mt.ReqPqRequestTypeID || id == mt.ReqPqMultiRequestTypeID)
}

// encrypted takes a message under a key. One that cannot be opened is refused
// as if its key were unknown.
func (c *Conn) encrypted(ctx, queries context.Context, frame []byte, received time.Time) error {
	key, ok := c.srv.lookup([8]byte(frame))
	if !ok {
		c.SendTransportError(codeKeyNotFound)
		return nil
	}
	if c.framing == padded && len(frame) > encryptedHeader {
		frame = frame[:encryptedHeader+(len(frame)-encryptedHeader)&^15]
	}
	m, err := c.srv.cipher.DecryptFromBuffer(key.auth, &bin.Buffer{Buf: frame})
	if err != nil || m.SessionID == 0 || len(m.MessageDataWithPadding)-int(m.MessageDataLen) < minPadding {
		c.SendTransportError(codeKeyNotFound)
		return nil
	}
	in := inbound{
		conn: c, session: key.session(m.SessionID),
		received: received, now: c.srv.cfg.Clock(),
	}
	return in.outer(ctx, queries, message{id: m.MessageID, seq: m.SeqNo, body: m.Data()}, m.Salt)
}

// minPadding is the least random padding of a message.
// https://core.telegram.org/mtproto/description#encrypted-message-encrypted-data
const minPadding = 12

// attach makes the connection one of the session's.
func (c *Conn) attach(s *Session) {
	if _, ok := c.sessions[s]; ok {
		return
	}
	c.sessions[s] = struct{}{}
	s.attach(c)
}

// disconnectAfter closes the connection unless it is called again in time.
func (c *Conn) disconnectAfter(d time.Duration) {
	if c.idle != nil {
		c.idle.Stop()
	}
	c.idle = time.AfterFunc(d, func() { c.close(errIdle) })
}

var errIdle = errors.New("mtserve: disconnect_delay passed")

// end gives back what the connection held: its sessions, and the answers that
// it did not write.
func (c *Conn) end() {
	if c.idle != nil {
		c.idle.Stop()
	}
	left := c.out.close()
	for s := range c.sessions {
		s.detach(c)
	}
	for _, k := range left {
		k.session.deliver(k)
	}
}
