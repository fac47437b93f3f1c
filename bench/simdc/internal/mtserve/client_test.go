package mtserve

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/mtproxy"
	"github.com/gotd/td/mtproxy/obfuscated2"
	"github.com/gotd/td/proto"
	"github.com/gotd/td/proto/codec"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testDC is the data center of the servers under test.
const testDC = 2

// patience bounds every wait for the server.
const patience = 20 * time.Second

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, crypto.RSAKeyBits)
	if err != nil {
		panic(err)
	}
	return k
})

// testServer is a server on a loopback port, for one test.
type testServer struct {
	*Server
	addr string
	// stop ends the server and waits for it.
	stop func()
}

func serve(t testing.TB, cfg Config) *testServer {
	t.Helper()
	if cfg.DC == 0 {
		cfg.DC = testDC
	}
	if cfg.RSAKeys == nil {
		cfg.RSAKeys = []*rsa.PrivateKey{rsaKey()}
	}
	if cfg.Handler == nil {
		cfg.Handler = HandlerFunc(echo)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	t.Cleanup(stop)
	return &testServer{Server: s, addr: l.Addr().String(), stop: stop}
}

// query is an object of no schema, with a payload.
type query struct{ payload []byte }

const queryID = 0x7e570001

func (q query) Encode(b *bin.Buffer) error {
	b.PutID(queryID)
	b.PutBytes(q.payload)
	return nil
}

func (q *query) Decode(b *bin.Buffer) error {
	if err := b.ConsumeID(queryID); err != nil {
		return err
	}
	v, err := b.Bytes()
	q.payload = v
	return err
}

// echo answers a query with itself.
func echo(_ context.Context, r *Request) (bin.Encoder, error) {
	var q query
	if err := q.Decode(r.Body); err != nil {
		return nil, err
	}
	return q, nil
}

// raw is a body as it is.
type raw []byte

func (r raw) Encode(b *bin.Buffer) error {
	b.Put(r)
	return nil
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

func encode(t testing.TB, e bin.Encoder) []byte {
	t.Helper()
	var b bin.Buffer
	if err := e.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Buf
}

// transports are all that a client may speak, by their name in Conn.
var transports = map[string]func(net.Conn, int) (io.ReadWriter, codec.Codec, error){
	"abridged":                 plain(func() codec.Codec { return codec.Abridged{} }),
	"intermediate":             plain(func() codec.Codec { return codec.Intermediate{} }),
	"padded":                   plain(func() codec.Codec { return codec.PaddedIntermediate{} }),
	"full":                     plain(func() codec.Codec { return &codec.Full{} }),
	"obfuscated2+abridged":     obfuscated(codec.Abridged{}),
	"obfuscated2+intermediate": obfuscated(codec.Intermediate{}),
	"obfuscated2+padded":       obfuscated(codec.PaddedIntermediate{}),
}

func plain(c func() codec.Codec) func(net.Conn, int) (io.ReadWriter, codec.Codec, error) {
	return func(nc net.Conn, _ int) (io.ReadWriter, codec.Codec, error) {
		c := c()
		return nc, c, c.WriteHeader(nc)
	}
}

func obfuscated(c codec.TaggedCodec) func(net.Conn, int) (io.ReadWriter, codec.Codec, error) {
	return func(nc net.Conn, dc int) (io.ReadWriter, codec.Codec, error) {
		o := obfuscated2.NewObfuscated2(rand.Reader, nc)
		return o, c, o.Handshake(c.ObfuscatedTag(), dc, mtproxy.Secret{})
	}
}

// client is a minimal client that sends exactly what a test tells it to, and
// checks every message of the server that it reads.
type client struct {
	t   testing.TB
	nc  net.Conn
	rw  io.ReadWriter
	cdc codec.Codec

	key     crypto.AuthKey
	session int64
	salt    int64
	ids     *proto.MessageIDGen
	content int32 // content-related messages sent

	queue []got // read and not returned yet
}

// got is one message of the server.
type got struct {
	id   int64
	seq  int32
	body []byte
}

func (s *testServer) dial(t testing.TB, transport string, dc int) *client {
	t.Helper()
	nc, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	c := &client{t: t, nc: nc, ids: proto.NewMessageIDGen(time.Now)}
	if c.rw, c.cdc, err = transports[transport](nc, dc); err != nil {
		t.Fatal(err)
	}
	return c
}

// login gives the client a key that the server knows, and a session.
func (s *testServer) login(t testing.TB, c *client) *client {
	t.Helper()
	var value crypto.Key
	_, _ = rand.Read(value[:])
	c.key = value.WithID()
	c.salt = 4711
	s.Keys().Add(c.key, c.salt, s.cfg.Clock())
	c.session = randomID(t)
	return c
}

// connect is a logged-in client over a plain transport.
func (s *testServer) connect(t *testing.T) *client {
	t.Helper()
	return s.login(t, s.dial(t, "intermediate", testDC))
}

// again is another connection with the same key and session.
func (s *testServer) again(t *testing.T, c *client) *client {
	t.Helper()
	n := s.dial(t, "intermediate", testDC)
	n.key, n.session, n.salt, n.ids, n.content = c.key, c.session, c.salt, c.ids, c.content
	return n
}

func randomID(t testing.TB) int64 {
	t.Helper()
	id, err := crypto.RandInt64(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (c *client) writeFrame(payload []byte) {
	c.t.Helper()
	if err := c.cdc.Write(c.rw, &bin.Buffer{Buf: payload}); err != nil {
		c.t.Fatalf("write: %v", err)
	}
}

func (c *client) readFrame() ([]byte, error) {
	_ = c.nc.SetReadDeadline(time.Now().Add(patience))
	var b bin.Buffer
	err := c.cdc.Read(c.rw, &b)
	return b.Buf, err
}

// next returns a new msg_id and the seqno that belongs to it.
func (c *client) next(content bool) (id int64, seq int32) {
	seq = 2 * c.content
	if content {
		seq++
		c.content++
	}
	return c.ids.New(proto.MessageFromClient), seq
}

// put sends one message exactly as told.
func (c *client) put(id int64, seq int32, e bin.Encoder) {
	c.t.Helper()
	var b bin.Buffer
	err := crypto.NewClientCipher(rand.Reader).Encrypt(c.key, crypto.EncryptedMessageData{
		Salt: c.salt, SessionID: c.session, MessageID: id, SeqNo: seq, Message: e,
	}, &b)
	if err != nil {
		c.t.Fatal(err)
	}
	c.writeFrame(b.Buf)
}

// ask sends a query and returns its msg_id.
func (c *client) ask(e bin.Encoder) int64 {
	c.t.Helper()
	id, seq := c.next(true)
	c.put(id, seq, e)
	return id
}

// tell sends a message that is not content-related.
func (c *client) tell(e bin.Encoder) int64 {
	c.t.Helper()
	id, seq := c.next(false)
	c.put(id, seq, e)
	return id
}

// readMessages reads one frame, checks it and returns its messages.
func (c *client) readMessages() ([]got, error) {
	c.t.Helper()
	frame, err := c.readFrame()
	if err != nil {
		return nil, err
	}
	m, err := crypto.NewClientCipher(rand.Reader).DecryptFromBuffer(c.key, &bin.Buffer{Buf: frame})
	if err != nil {
		c.t.Fatalf("decrypt: %v", err)
	}
	if padding := len(m.MessageDataWithPadding) - int(m.MessageDataLen); padding < 12 || padding > 1024 {
		c.t.Errorf("padding of %d bytes", padding)
	}
	if m.SessionID != c.session {
		c.t.Errorf("session %d, want %d", m.SessionID, c.session)
	}
	outer := got{m.MessageID, m.SeqNo, m.Data()}
	if id, _ := (&bin.Buffer{Buf: outer.body}).PeekID(); id != proto.MessageContainerTypeID {
		c.check(outer)
		return []got{outer}, nil
	}
	if outer.seq%2 != 0 {
		c.t.Errorf("container with odd seqno %d", outer.seq)
	}
	var container proto.MessageContainer
	if err := container.Decode(&bin.Buffer{Buf: outer.body}); err != nil {
		c.t.Fatalf("container: %v", err)
	}
	var messages []got
	for _, m := range container.Messages {
		if m.ID >= outer.id {
			c.t.Errorf("msg_id %x is not below its container's %x", m.ID, outer.id)
		}
		inner := got{m.ID, int32(m.SeqNo), m.Body}
		c.check(inner)
		messages = append(messages, inner)
	}
	c.check(outer)
	return messages, nil
}

// check checks what holds for every message of a server.
func (c *client) check(m got) {
	c.t.Helper()
	kind := m.id & 3
	if kind != 1 && kind != 3 {
		c.t.Errorf("msg_id %x is not a server's", m.id)
	}
	id, _ := (&bin.Buffer{Buf: m.body}).PeekID()
	switch id {
	case proto.ResultTypeID:
		if kind != 1 || m.seq%2 == 0 {
			c.t.Errorf("rpc_result with msg_id %x, seqno %d", m.id, m.seq)
		}
	case mt.PongTypeID, mt.BadMsgNotificationTypeID, mt.BadServerSaltTypeID, mt.FutureSaltsTypeID, mt.MsgsStateInfoTypeID:
		if kind != 1 || m.seq%2 != 0 {
			c.t.Errorf("reply %x with msg_id %x, seqno %d", id, m.id, m.seq)
		}
	case mt.NewSessionCreatedTypeID:
		if kind != 3 || m.seq%2 == 0 {
			c.t.Errorf("new_session_created with msg_id %x, seqno %d", m.id, m.seq)
		}
	}
}

// read returns the server's messages one by one, new_session_created and
// acknowledgements left out.
func (c *client) read() got {
	c.t.Helper()
	for {
		m := c.readAny()
		switch id, _ := (&bin.Buffer{Buf: m.body}).PeekID(); id {
		case mt.NewSessionCreatedTypeID, mt.MsgsAckTypeID:
		default:
			return m
		}
	}
}

// readAny returns the server's messages one by one.
func (c *client) readAny() got {
	c.t.Helper()
	for len(c.queue) == 0 {
		messages, err := c.readMessages()
		if err != nil {
			c.t.Fatalf("read: %v", err)
		}
		c.queue = messages
	}
	m := c.queue[0]
	c.queue = c.queue[1:]
	return m
}

// expect reads the next message and decodes it.
func expect[T any, P interface {
	*T
	bin.Decoder
}](c *client) T {
	c.t.Helper()
	var v T
	m := c.read()
	if err := P(&v).Decode(&bin.Buffer{Buf: m.body}); err != nil {
		c.t.Fatalf("%v", err)
	}
	return v
}

// answer reads the next message, which must be the answer to a query.
func (c *client) answer(query int64) []byte {
	c.t.Helper()
	r := expect[proto.Result](c)
	if r.RequestMessageID != query {
		c.t.Fatalf("answer to %x, want %x", r.RequestMessageID, query)
	}
	return r.Result
}

// answered reads the answer to a query and compares it.
func (c *client) answered(id int64, want query) {
	c.t.Helper()
	if body := c.answer(id); string(body) != string(encode(c.t, want)) {
		c.t.Errorf("answer of %d bytes differs", len(body))
	}
}

// refused reads a transport error.
func (c *client) refused(code int32) {
	c.t.Helper()
	_, err := c.readFrame()
	p, ok := errors.AsType[*codec.ProtocolErr](err)
	if !ok || p.Code != -code {
		c.t.Fatalf("got %v, want transport error %d", err, code)
	}
}

// bad reads a bad_msg_notification.
func (c *client) bad(id int64, code int) {
	c.t.Helper()
	n := expect[mt.BadMsgNotification](c)
	if n.BadMsgID != id || n.ErrorCode != code {
		c.t.Fatalf("got %+v, want code %d for %x", n, code, id)
	}
}

func cipherOf(*client) crypto.Cipher { return crypto.NewClientCipher(rand.Reader) }

func dataOf(c *client, id int64, seq int32, e bin.Encoder) crypto.EncryptedMessageData {
	return crypto.EncryptedMessageData{Salt: c.salt, SessionID: c.session, MessageID: id, SeqNo: seq, Message: e}
}
