package hostile

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"io"
	"sync"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/exchange"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
)

// PrivateKey is what all data centers prove themselves with.
var PrivateKey = sync.OnceValue(func() exchange.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, crypto.RSAKeyBits)
	if err != nil {
		panic(err)
	}
	return exchange.PrivateKey{RSA: key}
})

// exchange makes a key, beginning with the frame that has come.
func (c *conn) exchange(first []byte) bool {
	res, err := exchange.NewExchanger(&exchangeConn{conn: c, next: first}, c.dc).
		WithTimeout(time.Hour).Server(PrivateKey()).Run(context.Background())
	if err != nil {
		return false
	}
	c.server.addKey(res.Key)
	return true
}

// exchangeConn is what gotd's exchange runs on. What it sends are moments.
type exchangeConn struct {
	*conn
	next               []byte // A frame that was read already.
	nonce, serverNonce bin.Int128
	newNonce           bin.Int256
}

// Close implements transport.Conn.
func (x *exchangeConn) Close() error { return x.nc.Close() }

// Recv implements transport.Conn.
func (x *exchangeConn) Recv(_ context.Context, b *bin.Buffer) error {
	frame := x.next
	x.next = nil
	if frame == nil {
		var ok bool
		if frame, ok = <-x.frames; !ok || x.broken {
			return io.EOF
		}
	}
	b.ResetTo(frame)
	var msg proto.UnencryptedMessage
	var req mt.ReqDHParamsRequest
	if msg.Decode(&bin.Buffer{Buf: frame}) != nil || req.Decode(&bin.Buffer{Buf: msg.MessageData}) != nil {
		return nil
	}
	if plain, err := crypto.DecodeRSAPad(req.EncryptedData, PrivateKey().RSA); err == nil {
		if inner, err := mt.DecodePQInnerData(&bin.Buffer{Buf: plain}); err == nil {
			x.nonce, x.serverNonce, x.newNonce = inner.GetNonce(), inner.GetServerNonce(), inner.GetNewNonce()
		}
	}
	return nil
}

// Send implements transport.Conn.
func (x *exchangeConn) Send(_ context.Context, b *bin.Buffer) error {
	var msg proto.UnencryptedMessage
	if err := msg.Decode(&bin.Buffer{Buf: b.Copy()}); err != nil {
		return err
	}
	body := msg.MessageData
	id, _ := (&bin.Buffer{Buf: body}).PeekID()
	moment := map[uint32]Moment{
		mt.ResPQTypeID: ResPQ, mt.ServerDHParamsOkTypeID: DHParams, mt.DhGenOkTypeID: DHAnswer,
	}[id]
	if moment == DHParams && x.meetInner(body) {
		return x.state()
	}
	if !x.meet(&Strike{conn: x.conn, Honest: body, send: x.plain}, moment, 0) {
		x.plain(body)
	}
	return x.state()
}

func (x *exchangeConn) state() error {
	if x.broken {
		return io.ErrClosedPipe
	}
	return nil
}

// meetInner is the moment of what is encrypted in server_DH_params_ok.
func (x *exchangeConn) meetInner(body []byte) bool {
	var ok mt.ServerDHParamsOk
	if ok.Decode(&bin.Buffer{Buf: body}) != nil {
		return false
	}
	key, iv := crypto.TempAESKeys(x.newNonce.BigInt(), x.serverNonce.BigInt())
	inner, err := crypto.DecryptExchangeAnswer(ok.EncryptedAnswer, key, iv)
	if err != nil {
		return false
	}
	return x.meet(&Strike{conn: x.conn, Honest: inner, send: func(inner []byte) {
		if answer, err := crypto.EncryptExchangeAnswer(rand.Reader, inner, key, iv); err == nil {
			ok.EncryptedAnswer = answer
			x.plain(encode(&ok))
		}
	}}, DHInner, 0)
}

// plain sends a message in the clear.
func (x *exchangeConn) plain(body []byte) {
	x.server.messages.Add(1)
	x.Frame(encode(proto.UnencryptedMessage{MessageID: x.nextID(), MessageData: body}))
}
