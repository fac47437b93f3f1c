package wire

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
)

const (
	bindTempAuthKey = 0xcdd42a05
	boolTrue        = 0x997275b5
)

// Bind makes the temporary key of c stand for the permanent key perm until
// expires, in server time. It comes before the first Do, and goes out unwrapped.
//
// Errors: as Do's; ENCRYPTED_MESSAGE_INVALID means, as a rule, that the server
// does not know perm.
//
// See https://core.telegram.org/api/pfs and
// https://core.telegram.org/method/auth.bindTempAuthKey.
func (c *Conn) Bind(ctx context.Context, perm crypto.AuthKey, expires time.Time) error {
	nonce, err := crypto.RandInt64(c.opts.Rand)
	if err != nil {
		return err
	}
	return c.await(ctx, &call{
		out:  new(isTrue),
		done: make(chan struct{}),
		bind: &crypto.BindAuthKeyInner{
			Nonce:         nonce,
			TempAuthKeyID: c.opts.Key.IntID(),
			PermAuthKeyID: perm.IntID(),
			ExpiresAt:     int(expires.Unix()),
		},
		perm: perm,
	})
}

// bindQuery is the query of a call of Bind, which contains the id of the message
// and of the session that it is sent in.
func bindQuery(rand io.Reader, cl *call, e envelope) ([]byte, error) {
	inner := *cl.bind
	inner.TempSessionID = e.session
	encrypted, err := crypto.EncryptBindMessage(rand, cl.perm, e.msgID, &inner)
	if err != nil {
		return nil, err
	}
	var b bin.Buffer
	b.PutID(bindTempAuthKey)
	b.PutLong(inner.PermAuthKeyID)
	b.PutLong(inner.Nonce)
	b.PutInt(inner.ExpiresAt)
	b.PutBytes(encrypted)
	return b.Buf, nil
}

// isTrue is an answer that must be boolTrue.
type isTrue struct{}

func (*isTrue) Decode(b *bin.Buffer) error {
	if err := b.ConsumeID(boolTrue); err != nil {
		return fmt.Errorf("auth.bindTempAuthKey: %w", err)
	}
	return nil
}
