package mtserve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gotd/td/bin"
	gotdexchange "github.com/gotd/td/exchange"
	"github.com/gotd/td/mtproto"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/transport"
)

// gotd returns gotd's client connection to a server.
func (s *testServer) gotd(protocol transport.Protocol, opts mtproto.Options) *mtproto.Conn {
	opts.DC = testDC
	opts.PublicKeys = []gotdexchange.PublicKey{{RSA: &rsaKey().PublicKey}}
	return mtproto.New(func(ctx context.Context) (transport.Conn, error) {
		var d net.Dialer
		nc, err := d.DialContext(ctx, "tcp", s.addr)
		if err != nil {
			return nil, err
		}
		return protocol.Handshake(nc)
	}, opts)
}

var errDone = errors.New("done")

// runGotd runs f over the connection and then ends it.
func runGotd(t *testing.T, c *mtproto.Conn, f func(context.Context) error) {
	t.Helper()
	err := c.Run(t.Context(), func(ctx context.Context) error {
		if err := f(ctx); err != nil {
			return err
		}
		return errDone
	})
	if !errors.Is(err, errDone) {
		t.Error(err)
	}
}

// exchangeQueries sends queries of all sizes, many at once.
func exchangeQueries(ctx context.Context, c *mtproto.Conn, count int) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(16)
	for i := range count {
		g.Go(func() error {
			want := query{randomBytes(i * i * 7 % (200 << 10))}
			var got query
			if err := c.Invoke(ctx, want, &got); err != nil {
				return err
			}
			if !bytes.Equal(got.payload, want.payload) {
				return fmt.Errorf("answer %d differs", i)
			}
			return nil
		})
	}
	return g.Wait()
}

func TestGotdClient(t *testing.T) {
	s := serve(t, Config{})
	for name, protocol := range map[string]transport.Protocol{
		"abridged": transport.Abridged, "intermediate": transport.Intermediate,
		"padded": transport.PaddedIntermediate, "full": transport.Full,
	} {
		t.Run(name, func(t *testing.T) {
			// Making a key is slow with this client and has a test of its own.
			key := s.connect(t)
			c := s.gotd(protocol, mtproto.Options{
				Key: key.key, Salt: key.salt + 1, // a stale one
				CompressThreshold: 1024,
			})
			runGotd(t, c, func(ctx context.Context) error {
				return errors.Join(exchangeQueries(ctx, c, 200), c.Ping(ctx))
			})
		})
	}
}

// Its own exchange, and another when its key is forgotten.
func TestGotdClientRekeys(t *testing.T) {
	w := newWatcher()
	s := serve(t, Config{Observer: w})
	c := s.gotd(transport.Intermediate, mtproto.Options{RetryInterval: time.Second})
	runGotd(t, c, func(ctx context.Context) error {
		if err := exchangeQueries(ctx, c, 10); err != nil {
			return err
		}
		e := await(t, w.exchanged)
		if !s.Keys().Forget(e.KeyID) {
			t.Error("the key of the exchange is not known")
		}
		// This client takes one query at a time through the loss of a key.
		return errors.Join(exchangeQueries(ctx, c, 1), exchangeQueries(ctx, c, 10))
	})
	if e := await(t, w.exchanged); e.Err != nil {
		t.Error(e.Err)
	}
}

// A temporary key that gotd binds to its permanent one.
func TestGotdClientBinds(t *testing.T) {
	var keys *KeyTable
	var mu sync.Mutex
	var bound *Key // Guarded by mu.
	s := serve(t, Config{Handler: HandlerFunc(func(ctx context.Context, r *Request) (bin.Encoder, error) {
		var bind tg.AuthBindTempAuthKeyRequest
		if bind.Decode(&bin.Buffer{Buf: r.Body.Buf}) != nil {
			return echo(ctx, r)
		}
		if err := keys.BindTemp(r, bind.PermAuthKeyID, bind.Nonce, bind.ExpiresAt, bind.EncryptedMessage); err != nil {
			return nil, err
		}
		mu.Lock()
		defer mu.Unlock()
		bound = r.Key
		return &tg.BoolTrue{}, nil
	})})
	keys = s.Keys()
	perm := s.connect(t)
	c := s.gotd(transport.Full, mtproto.Options{EnablePFS: true, PermKey: perm.key, TempKeyTTL: 3600})
	runGotd(t, c, func(ctx context.Context) error { return exchangeQueries(ctx, c, 10) })
	mu.Lock()
	defer mu.Unlock()
	if bound == nil || bound.Owner().ID != perm.key.ID {
		t.Error("the temporary key is not bound")
	}
}
