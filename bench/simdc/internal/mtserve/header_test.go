package mtserve

import (
	"context"
	"io"
	"slices"
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
			got := make([]byte, len(want))
			if _, err := io.ReadFull(c.rw, got); err != nil || !slices.Equal(got, want) {
				t.Errorf("%x, %v; want %x", got, err, want)
			}
		})
	}
}
