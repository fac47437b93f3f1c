package wire

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
)

func TestContainersAndPackedObjects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, p := newPeer(t, Options{AckDelay: time.Millisecond})
		p.listen()
		calls := make([]*pendingCall, 3)
		queries := make([]received, 3)
		for i := range calls {
			calls[i] = startCall(t.Context(), conn, number(i))
			queries[i] = p.query()
		}
		inner := []int64{p.nextID(), p.nextID(), p.nextID()}
		p.send(container(
			inMessage(inner[0], 1, result(queries[0].msgID, number(10))),
			inMessage(inner[1], 3, packed(result(queries[1].msgID, number(11)))),
			inMessage(inner[2], 5, result(queries[2].msgID, packed(number(12)))),
		))
		for i, call := range calls {
			call.want(t, number(10+i))
		}
		var acked []int64
		for len(acked) < len(inner) {
			acked = append(acked, decodeAck(t, p.service(mt.MsgsAckTypeID))...)
		}
		if !slices.Equal(acked, inner) {
			t.Errorf("acknowledged %x, want the inner messages %x", acked, inner)
		}
	})
}

func container(msgs ...proto.Message) bin.Encoder {
	return &proto.MessageContainer{Messages: msgs}
}

func inMessage(id int64, seqNo int, msg bin.Encoder) proto.Message {
	body := encoded(msg, false).body
	return proto.Message{ID: id, SeqNo: seqNo, Bytes: len(body), Body: body}
}

func packed(msg bin.Encoder) bin.Encoder {
	return proto.GZIP{Data: encoded(msg, false).body}
}

func TestViolationsEndTheConnection(t *testing.T) {
	nested := func(depth int, id func() int64) bin.Encoder {
		var msg bin.Encoder = number(1)
		for range depth {
			msg = container(inMessage(id(), 0, msg))
		}
		return msg
	}
	for _, tt := range []struct {
		name string
		send func(*peer)
	}{
		{"even msg_id", func(p *peer) { p.sendAs(p.nextID()&^3, 0, number(1)) }},
		{"containers too deep", func(p *peer) { p.send(nested(maxNesting+1, p.nextID)) }},
		{"packed too deep", func(p *peer) { p.send(packed(packed(packed(packed(number(1)))))) }},
		{"empty message", func(p *peer) { p.send(payload(nil)) }},
		{"container that ends early", func(p *peer) { p.send(payload{0xdc, 0xf8, 0xf1, 0x73, 2, 0, 0, 0}) }},
		{"foreign key", func(p *peer) {
			b := p.seal(p.nextID(), 0, number(1))
			b[0]++
			p.write(b)
		}},
		{"wrong msg_key", func(p *peer) {
			b := p.seal(p.nextID(), 0, number(1))
			b[8]++
			p.write(b)
		}},
		{"changed ciphertext", func(p *peer) {
			b := p.seal(p.nextID(), 0, number(1))
			b[len(b)-1]++
			p.write(b)
		}},
		{"unencrypted message", func(p *peer) { p.write(make([]byte, 24)) }},
		{"half a block", func(p *peer) { p.write(append(p.seal(p.nextID(), 0, number(1)), 0, 0, 0, 0)) }},
		{"bomb", func(p *peer) { p.send(packed(payload(make([]byte, maxInflated+4)))) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				conn, p := newPeer(t, Options{})
				p.listen()
				tt.send(p)
				<-conn.Done()
				if !errors.Is(conn.Err(), ErrProtocol) {
					t.Errorf("ended by %v, want ErrProtocol", conn.Err())
				}
			})
		})
	}
}

func TestTransportErrorsEndTheConnection(t *testing.T) {
	for _, code := range []int{CodeKeyUnknown, CodeFlood, CodeWrongDC} {
		synctest.Test(t, func(t *testing.T) {
			conn, p := newPeer(t, Options{})
			p.listen()
			call := startCall(t.Context(), conn, 1)
			p.query()
			var b bin.Buffer
			b.PutInt(code)
			p.write(b.Buf)
			_, err := call.wait()
			wantTransportError(t, err, code)
			wantTransportError(t, conn.Err(), code)
		})
	}
}

func TestForeignSessionIsIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, p := newPeer(t, Options{})
		p.listen()
		call := startCall(t.Context(), conn, 1)
		query := p.query()
		own := p.session
		p.session++
		p.answer(query, number(1))
		p.session = own
		p.answer(query, number(2))
		call.want(t, 2)
	})
}
