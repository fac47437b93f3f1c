package mtserve

import (
	"bytes"
	"testing"

	"github.com/gotd/td/proto"
)

// Whatever a client sends, reading it ends without a panic and within bounds.
func FuzzStream(f *testing.F) {
	f.Add([]byte{0xef, 1, 1, 2, 3, 4, 0x7f, 1, 0, 0, 1, 2, 3, 4})
	f.Add([]byte{0xee, 0xee, 0xee, 0xee, 4, 0, 0, 0x80, 1, 2, 3, 4})
	f.Add([]byte{0xdd, 0xdd, 0xdd, 0xdd, 5, 0, 0, 0, 1, 2, 3, 4, 5})
	f.Add([]byte{16, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0})
	f.Add(bytes.Repeat([]byte{7}, 200))
	f.Fuzz(func(t *testing.T, stream []byte) {
		r, _, err := detect(bytes.NewReader(stream), nil)
		for err == nil {
			var frame []byte
			if frame, err = r.read(); err == nil && (len(frame) == 0 || len(frame) > maxFrame) {
				t.Fatalf("frame of %d bytes", len(frame))
			}
		}
	})
}

func FuzzContainer(f *testing.F) {
	const id = 1 << 40
	var c proto.MessageContainer
	for i := range int64(3) {
		c.Messages = append(c.Messages, proto.Message{ID: id - 4*(i+1), SeqNo: 1, Bytes: 8, Body: make([]byte, 8)})
	}
	f.Add(encode(f, &c))
	f.Add(encode(f, &proto.GZIP{Data: encode(f, &c)}))
	f.Fuzz(func(t *testing.T, body []byte) {
		m := message{id: id, body: body}
		messages, first, err := splitContainer(m)
		if err != nil {
			messages = []message{m}
		}
		for _, m := range messages {
			if err == nil && (m.id >= id || m.id < first || len(m.body) < 4) {
				t.Fatalf("message %x of %d bytes, first %x", m.id, len(m.body), first)
			}
			_, _ = unpack(m)
		}
	})
}
