package hostile

import (
	"crypto/aes"
	"encoding/binary"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
	"github.com/gotd/td/proto/codec"
	"github.com/gotd/td/tg"
)

// outerHeader is what precedes the encrypted part of a message: the key's id and msg_key.
const outerHeader = 8 + 16

// handleFrame handles one frame of the client, and reports whether to go on.
func (c *conn) handleFrame(frame []byte) bool {
	if len(frame) < outerHeader {
		return false
	}
	id := [8]byte(frame)
	if id == ([8]byte{}) {
		return c.exchange(frame)
	}
	key, ok := c.server.key(id)
	if !ok {
		code := codec.CodeAuthKeyNotFound
		c.Frame(binary.LittleEndian.AppendUint32(nil, uint32(-code)))
		return false
	}
	c.key = key
	if _, padded := c.codec.(codec.PaddedIntermediate); padded {
		frame = frame[:len(frame)-(len(frame)-outerHeader)%aes.BlockSize] // gotd's codec leaves some.
	}
	msg, err := c.cipher.DecryptFromBuffer(key, &bin.Buffer{Buf: frame})
	if err != nil {
		return false
	}
	fresh := c.session == 0
	c.session = msg.SessionID
	if fresh && c.meet(&Strike{conn: c, MsgID: msg.MessageID}, Session, 0) && c.broken {
		return false
	}
	c.handle(msg.MessageID, msg.Data(), 0)
	return true
}

// handle handles one object of the client.
func (c *conn) handle(id int64, body []byte, depth int) {
	if len(body) < bin.Word || depth > 8 || c.broken {
		return
	}
	b := &bin.Buffer{Buf: body}
	switch typ := binary.LittleEndian.Uint32(body); typ {
	case proto.MessageContainerTypeID:
		var list proto.MessageContainer
		if list.Decode(b) == nil {
			for _, m := range list.Messages {
				c.handle(m.ID, m.Body, depth+1)
			}
		}
	case proto.GZIPTypeID:
		var zip proto.GZIP
		if zip.Decode(b) == nil {
			c.handle(id, zip.Data, depth+1)
		}
	case mt.PingDelayDisconnectRequestTypeID:
		var ping mt.PingDelayDisconnectRequest
		if ping.Decode(b) == nil {
			c.reply(id, typ, encode(&mt.Pong{MsgID: id, PingID: ping.PingID}), c.plainMessage)
		}
	case mt.GetFutureSaltsRequestTypeID:
		now := int(time.Now().Unix())
		salts := []mt.FutureSalt{{ValidSince: now, ValidUntil: now + 7200, Salt: 1}}
		c.reply(id, typ, encode(&mt.FutureSalts{ReqMsgID: id, Now: now, Salts: salts}), c.plainMessage)
	case mt.MsgsAckTypeID, mt.RPCDropAnswerRequestTypeID, mt.MsgResendReqTypeID, mt.MsgsStateInfoTypeID:
	case tg.InvokeWithLayerRequestTypeID:
		if len(body) > 8 {
			c.handle(id, body[8:], depth+1)
		}
	case tg.InvokeWithoutUpdatesRequestTypeID:
		c.handle(id, body[4:], depth+1)
	case tg.InitConnectionRequestTypeID:
		var rest rawObject
		if (&tg.InitConnectionRequest{Query: &rest}).Decode(b) == nil {
			c.handle(id, rest, depth+1)
		}
	case tg.HelpGetConfigRequestTypeID:
		c.reply(id, typ, encode(c.server.Config(c.dc)), func(body []byte) { c.Result(id, body) })
	default:
		c.reply(id, typ, honest(c.dc, b), func(body []byte) { c.Result(id, body) })
	}
}

// reply sends an answer, unless the moment is somebody's.
func (c *conn) reply(id int64, method uint32, answer []byte, send func([]byte)) {
	if !c.meet(&Strike{conn: c, Honest: answer, MsgID: id, send: send}, Query, method) {
		send(answer)
	}
	if c.server.seed != 0 && len(c.earlier) < 16 {
		c.earlier = append(c.earlier, answer)
	}
}

// plainMessage sends a service message.
func (c *conn) plainMessage(body []byte) { c.Message(false, body) }

// rawObject is an object of any kind, as what is left of a buffer.
type rawObject []byte

// Decode implements bin.Decoder.
func (r *rawObject) Decode(b *bin.Buffer) error {
	*r = append([]byte(nil), b.Buf...)
	b.Skip(b.Len())
	return nil
}

// Encode implements bin.Encoder.
func (r *rawObject) Encode(b *bin.Buffer) error {
	b.Put(*r)
	return nil
}

// TypeID implements bin.Object.
func (r *rawObject) TypeID() uint32 { return 0 }

// TypeName implements bin.Object.
func (r *rawObject) TypeName() string { return "raw" }
