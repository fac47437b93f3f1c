package wire

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
)

// peer is the server's end of one connection under a script: a test reads what
// the Conn sent and decides what comes back. It speaks plain intermediate over a
// net.Pipe, so time may be virtual, and uses gotd's cipher, not ours.
type peer struct {
	t      *testing.T
	nc     net.Conn
	key    crypto.AuthKey
	cipher crypto.Cipher
	in     chan received

	session int64
	seq     int32
	ids     msgIDs
	skew    time.Duration // Server time minus local time.
}

// received is one message of the Conn.
type received struct {
	session, salt, msgID int64
	seqNo                int32
	id                   uint32 // Constructor.
	body                 []byte
}

var testKey = func() crypto.AuthKey {
	var k crypto.Key
	copy(k[:], bytes.Repeat([]byte("key!"), 64))
	return k.WithID()
}()

// newPeer connects a Conn with opts to a scripted peer. Both end with the test.
func newPeer(t *testing.T, opts Options) (*Conn, *peer) {
	t.Helper()
	client, server := net.Pipe()
	p := &peer{
		t: t, nc: server, key: testKey,
		cipher: crypto.NewServerCipher(rand.Reader),
		in:     make(chan received, 1024),
	}
	link, err := NewLink(client, LinkOptions{Transport: Intermediate})
	if err != nil {
		t.Fatal(err)
	}
	opts.Key = testKey
	conn := NewConn(context.Background(), link, opts)
	p.session = conn.session.id
	t.Cleanup(func() {
		_ = conn.Close()
		_ = server.Close()
	})
	return conn, p
}

// listen makes the peer read. Without it the Conn's writes block.
func (p *peer) listen() *peer {
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(p.in)
		var tag [4]byte
		if _, err := io.ReadFull(p.nc, tag[:]); err != nil {
			return
		}
		for {
			m, ok := p.read()
			if !ok {
				return
			}
			p.in <- m
		}
	})
	p.t.Cleanup(func() { _ = p.nc.Close(); wg.Wait() })
	return p
}

func (p *peer) read() (received, bool) {
	var length [4]byte
	if _, err := io.ReadFull(p.nc, length[:]); err != nil {
		return received{}, false
	}
	frame := make([]byte, binary.LittleEndian.Uint32(length[:]))
	if _, err := io.ReadFull(p.nc, frame); err != nil {
		return received{}, false
	}
	m, err := p.cipher.DecryptFromBuffer(p.key, &bin.Buffer{Buf: frame})
	if err != nil {
		p.t.Errorf("peer: %v", err)
		return received{}, false
	}
	body := m.Data()
	return received{
		session: m.SessionID, salt: m.Salt, msgID: m.MessageID, seqNo: m.SeqNo,
		id: binary.LittleEndian.Uint32(body), body: body,
	}, true
}

// next returns the next message of any kind.
func (p *peer) next() received {
	p.t.Helper()
	m, ok := <-p.in
	if !ok {
		p.t.Fatal("the connection ended where a message was expected")
	}
	return m
}

// query returns the next message that is not a service message of the client.
func (p *peer) query() received {
	p.t.Helper()
	for {
		m := p.next()
		switch m.id {
		case mt.MsgsAckTypeID, mt.PingDelayDisconnectRequestTypeID, mt.GetFutureSaltsRequestTypeID:
		default:
			return m
		}
	}
}

// service returns the next message with the given constructor.
func (p *peer) service(id uint32) received {
	p.t.Helper()
	for {
		if m := p.next(); m.id == id {
			return m
		}
	}
}

// nextID makes a message id of the server.
func (p *peer) nextID() int64 { return p.ids.next(time.Now().Add(p.skew)) | 1 }

// send sends a message that needs no acknowledgement, and returns its id.
func (p *peer) send(msg bin.Encoder) int64 {
	p.t.Helper()
	id := p.nextID()
	p.sendAs(id, 2*p.seq, msg)
	return id
}

// content sends a message to be acknowledged, and returns its id.
func (p *peer) content(msg bin.Encoder) int64 {
	p.t.Helper()
	id := p.nextID()
	p.sendAs(id, 2*p.seq+1, msg)
	p.seq++
	return id
}

func (p *peer) sendAs(id int64, seqNo int32, msg bin.Encoder) {
	p.t.Helper()
	p.write(p.seal(id, seqNo, msg))
}

// seal returns the encrypted message without its frame.
func (p *peer) seal(id int64, seqNo int32, msg bin.Encoder) []byte {
	p.t.Helper()
	var body, out bin.Buffer
	if err := body.Encode(msg); err != nil {
		p.t.Fatal(err)
	}
	if err := p.cipher.Encrypt(p.key, crypto.EncryptedMessageData{
		SessionID: p.session, MessageID: id, SeqNo: seqNo,
		MessageDataLen: int32(body.Len()), MessageDataWithPadding: body.Buf,
	}, &out); err != nil {
		p.t.Fatal(err)
	}
	return out.Buf
}

// write frames and sends what may be anything. A connection that has ended takes
// nothing, which is for the test to notice.
func (p *peer) write(payload []byte) {
	p.t.Helper()
	frame := binary.LittleEndian.AppendUint32(nil, uint32(len(payload)))
	if _, err := p.nc.Write(append(frame, payload...)); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		p.t.Errorf("peer: %v", err)
	}
}

// answer sends the result of a query as content.
func (p *peer) answer(query received, msg bin.Encoder) int64 {
	p.t.Helper()
	return p.content(result(query.msgID, msg))
}

func (p *peer) refuse(query received, code int) {
	p.t.Helper()
	p.send(&mt.BadMsgNotification{BadMsgID: query.msgID, BadMsgSeqno: int(query.seqNo), ErrorCode: code})
}

// result is an rpc_result.
func result(reqID int64, msg bin.Encoder) bin.Encoder {
	var b bin.Buffer
	if err := b.Encode(msg); err != nil {
		panic(err)
	}
	return &proto.Result{RequestMessageID: reqID, Result: b.Buf}
}

// number is a query and an answer of four bytes.
type number uint32

func (n number) Encode(b *bin.Buffer) error {
	b.PutID(uint32(n))
	return nil
}

func (n *number) Decode(b *bin.Buffer) error {
	id, err := b.ID()
	*n = number(id)
	return err
}

// pendingCall is a Do in a goroutine of its own.
type pendingCall struct {
	out number
	err error
	fin chan struct{}
}

func startCall(ctx context.Context, conn *Conn, query number) *pendingCall {
	c := &pendingCall{fin: make(chan struct{})}
	go func() {
		defer close(c.fin)
		c.err = conn.Do(ctx, query, &c.out)
	}()
	return c
}

func (c *pendingCall) wait() (number, error) {
	<-c.fin
	return c.out, c.err
}

// want waits for the answer.
func (c *pendingCall) want(t *testing.T, n number) {
	t.Helper()
	if got, err := c.wait(); err != nil || got != n {
		t.Errorf("Do: %d, %v; want %d", got, err, n)
	}
}
