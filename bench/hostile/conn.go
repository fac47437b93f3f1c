package hostile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/mtproxy/obfuscated2"
	"github.com/gotd/td/proto"
	"github.com/gotd/td/proto/codec"
	"github.com/gotd/td/transport"
)

// conn is one connection. All but what reader says is owned by serve.
type conn struct {
	server *Server
	nc     net.Conn
	dc     int
	rng    *rand.Rand
	cipher crypto.Cipher

	stream io.ReadWriter // nc, or what is obfuscated on it.
	codec  transport.Codec
	frames chan []byte // Of the client; closed by reader when the connection ends.
	gone   chan struct{}
	reader sync.WaitGroup

	reading bool // reader runs.
	broken  bool // A write has failed.
	sent    int  // Bytes.
	key     crypto.AuthKey
	session int64
	seq     int32
	lastID  int64
	earlier [][]byte // Honest answers sent before, for the random behaviour.
}

// maxFrames is how many frames of the client wait to be read; what comes beyond is dropped, so that the
// client can write whatever the server does.
const maxFrames = 256

func newConn(s *Server, nc net.Conn, dc int, rng *rand.Rand) *conn {
	return &conn{
		server: s, nc: nc, dc: dc, rng: rng,
		cipher: crypto.NewServerCipher(crypto.DefaultRand()),
		frames: make(chan []byte, maxFrames), gone: make(chan struct{}),
	}
}

// serve runs the connection.
func (c *conn) serve() {
	defer c.reader.Wait()
	defer c.nc.Close()
	c.stream, c.codec = c.nc, codec.Intermediate{} // Until the client has said.
	if c.meet(&Strike{conn: c}, Accept, 0) {
		return
	}
	if err := c.greet(); err != nil {
		return
	}
	c.reading = true
	c.reader.Go(c.read)
	first, ok := <-c.frames
	if !ok || c.meet(&Strike{conn: c}, Greet, 0) {
		return
	}
	for frame := first; ok; frame, ok = <-c.frames {
		if !c.handleFrame(frame) || c.broken {
			return
		}
	}
}

// read gives the frames of the client to serve.
func (c *conn) read() {
	defer close(c.frames)
	defer close(c.gone)
	for {
		var b bin.Buffer
		if err := c.codec.Read(c.stream, &b); err != nil {
			return
		}
		select {
		case c.frames <- b.Buf:
		default:
		}
	}
}

// greet learns how the client frames its messages.
func (c *conn) greet() error {
	var tag [4]byte
	if _, err := io.ReadFull(c.nc, tag[:1]); err != nil {
		return err
	}
	if tag[0] == codec.AbridgedClientStart[0] {
		c.codec = codec.Abridged{}
		return nil
	}
	if _, err := io.ReadFull(c.nc, tag[1:]); err != nil {
		return err
	}
	switch tag {
	case codec.IntermediateClientStart:
		c.codec = codec.Intermediate{}
		return nil
	case codec.PaddedIntermediateClientStart:
		c.codec = codec.PaddedIntermediate{}
		return nil
	}
	stream, meta, err := obfuscated2.Accept(struct {
		io.Reader
		io.Writer
	}{io.MultiReader(bytes.NewReader(tag[:]), c.nc), c.nc}, nil)
	if err != nil {
		return err
	}
	c.stream = stream
	switch meta.Protocol {
	case codec.PaddedIntermediateClientStart:
		c.codec = codec.PaddedIntermediate{}
	case codec.IntermediateClientStart:
		c.codec = codec.Intermediate{}
	default:
		return errors.New("unknown transport")
	}
	return nil
}

// meet lets an attack, or chance, have the moment. It reports whether one had.
func (c *conn) meet(s *Strike, m Moment, method uint32) bool {
	a, ok := c.server.attackFor(m, c.dc, method)
	if !ok && c.server.seed != 0 {
		a, ok = c.chance(m, s)
	}
	if !ok {
		return false
	}
	if c.dc != CDN {
		c.server.lies.Add(1)
	}
	a.Do(s)
	return true
}

// Stream writes bytes as they are, obfuscated if the client is.
func (c *conn) Stream(b []byte) {
	c.sent += len(b)
	if _, err := c.stream.Write(b); err != nil {
		c.broken = true
	}
}

// Frame writes a frame. One that gotd's codec refuses to write is written by its length.
func (c *conn) Frame(payload []byte) {
	if len(payload) < 4 || len(payload)%4 != 0 || len(payload) > 1<<20 {
		c.FrameSaying(uint32(len(payload)), payload)
		return
	}
	c.sent += len(payload)
	if err := c.codec.Write(c.stream, &bin.Buffer{Buf: payload}); err != nil {
		c.broken = true
	}
}

// FrameSaying writes a frame that says it has n bytes.
func (c *conn) FrameSaying(n uint32, payload []byte) {
	le := binary.LittleEndian
	if _, ok := c.codec.(codec.Abridged); ok {
		c.Stream(append(le.AppendUint32(nil, n/4<<8|0x7f), payload...))
		return
	}
	c.Stream(append(le.AppendUint32(nil, n), payload...))
}

// Message sends an encrypted message, of content or not, and returns its id.
func (c *conn) Message(content bool, body []byte) int64 {
	seq := 2 * c.seq
	if content {
		seq++
		c.seq++
	}
	id := c.nextID()
	c.MessageAs(id, seq, body)
	return id
}

// MessageAs sends an encrypted message with any id and number.
func (c *conn) MessageAs(id int64, seq int32, body []byte) { c.Frame(c.seal(c.session, id, seq, body)) }

// seal encrypts a message.
func (c *conn) seal(session, id int64, seq int32, body []byte) []byte {
	c.server.messages.Add(1)
	var out bin.Buffer
	err := c.cipher.Encrypt(c.key, crypto.EncryptedMessageData{
		SessionID: session, MessageID: id, SeqNo: seq,
		MessageDataLen: int32(len(body)), MessageDataWithPadding: body,
	}, &out)
	if err != nil {
		c.broken = true
	}
	return out.Buf
}

// Result answers the query id.
func (c *conn) Result(id int64, body []byte) {
	c.Message(true, encode(&proto.Result{RequestMessageID: id, Result: body}))
}

// Refuse answers the query id with an error.
func (c *conn) Refuse(id int64, code int, text string) {
	c.Result(id, encode(&mt.RPCError{ErrorCode: code, ErrorMessage: text}))
}

// HangUp closes the connection.
func (c *conn) HangUp() {
	c.broken = true
	_ = c.nc.Close()
}

// Mute says nothing any more, and waits until the client hangs up.
func (c *conn) Mute() {
	if !c.reading {
		_, _ = io.Copy(io.Discard, c.nc) // Until the client hangs up.
		c.broken = true
	}
	for !c.broken {
		if _, ok := <-c.frames; !ok {
			c.broken = true
		}
	}
}

// pause waits, or until the client hangs up.
func (c *conn) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.gone:
		c.broken = true
	}
}

// nextID makes an id of an answer.
func (c *conn) nextID() int64 {
	id := int64(proto.NewMessageID(time.Now(), proto.MessageServerResponse))
	c.lastID = max(id, c.lastID+4)
	return c.lastID
}
