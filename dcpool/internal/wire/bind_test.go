package wire

import (
	"context"
	"testing"
	"time"

	"github.com/gotd/td/crypto"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/bench/simdc/simtest"
)

// A temporary key is bound in a message that the server refused at first, for its
// salt: what is sent again is made for the new message.
func TestBindIsMadeForItsMessage(t *testing.T) {
	s := clusterServer(t, simtest.Start(t, nil), 2, false)
	perm := s.exchange(t, Intermediate)
	const life = time.Hour
	temporary := func() (*Conn, time.Time) {
		link := s.link(t, Intermediate)
		res, err := Exchange(t.Context(), link, s.keys, ExchangeOptions{DC: s.dc, ExpiresIn: life})
		if err != nil {
			t.Fatal(err)
		}
		conn := NewConn(context.Background(), link, Options{Key: res.Key})
		t.Cleanup(func() { _ = conn.Close() })
		return conn, time.Now().Add(res.TimeOffset + life)
	}
	conn, expires := temporary()
	if err := conn.Bind(t.Context(), perm.Key, expires); err != nil {
		t.Fatal(err)
	}
	if err := conn.Bind(t.Context(), perm.Key, expires); err != nil {
		t.Errorf("again: %v", err)
	}

	conn, expires = temporary()
	unknown := crypto.Key{1}.WithID()
	if err := conn.Bind(t.Context(), unknown, expires); !tgerr.Is(err, "ENCRYPTED_MESSAGE_INVALID") {
		t.Errorf("to a key that nobody knows: %v", err)
	}
	if err := s.open(t, Intermediate, Options{Key: perm.Key}).Bind(t.Context(), perm.Key, expires); !tgerr.Is(err, "TEMP_AUTH_KEY_EMPTY") {
		t.Errorf("from a permanent key: %v", err)
	}
}
