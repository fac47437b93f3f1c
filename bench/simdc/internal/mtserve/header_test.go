package mtserve

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/gotd/td/bin"
)

// TestSendHeader checks how each transport announces a frame of 2 GiB that
// never comes.
func TestSendHeader(t *testing.T) {
	for transport, want := range map[string][]byte{
		"abridged":     {0x7f, 0xff, 0xff, 0xff},
		"intermediate": {0, 0, 0, 0x80},
		"padded":       {0, 0, 0, 0x80},
	} {
		t.Run(transport, func(t *testing.T) {
			s := serve(t, Config{Handler: HandlerFunc(func(_ context.Context, r *Request) (bin.Encoder, error) {
				r.Fault.Drop = true
				r.Conn.SendHeader(2 << 30)
				return nil, nil
			})})
			c := s.login(t, s.dial(t, transport, testDC))
			c.ask(query{})
			// The session's own messages may go out before.
			got, next := []byte(nil), make([]byte, 1)
			for len(got) < 4096 && !bytes.HasSuffix(got, want) {
				if _, err := io.ReadFull(c.rw, next); err != nil {
					t.Fatalf("%x, %v; want %x at the end", got, err, want)
				}
				got = append(got, next...)
			}
			if !bytes.HasSuffix(got, want) {
				t.Errorf("%x; want %x at the end", got, want)
			}
		})
	}
}
