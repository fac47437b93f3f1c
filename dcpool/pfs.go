package dcpool

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/dcpool/internal/wire"
)

const (
	// tempLife is how long a temporary key is good for, as with official clients.
	tempLife = 24 * time.Hour
	// tempMargin before that its connection takes no more calls.
	tempMargin = 10 * time.Minute
	// bindRefusals in a row the permanent key is taken to be lost. One may be due
	// to a key so new that not all of the data center knows it.
	bindRefusals = 2
)

// encrypt starts an encrypted connection of kind on l, which it owns from now on,
// under the key in c or, with Config.PFS, under one of its own that is bound to
// that key and good until expires. CDNs know no temporary keys.
//
// https://core.telegram.org/api/pfs says that a new temporary key replaces the
// one that was bound before; TDLib uses one per connection all the same. A
// connection whose key was replaced is closed when it shows, see classify.
func (d *dc) encrypt(ctx context.Context, l dialled, kind Kind, c credentials) (conn *wire.Conn, expires time.Time, err error) {
	if !d.pool.cfg.PFS || kind == CDN {
		return d.open(l, kind, c), time.Time{}, nil
	}
	temp, err := d.exchangeOn(ctx, l, d.pool.cfg.Network.Keys, tempLife)
	if err != nil {
		return nil, expires, err
	}
	expires = time.Now().Add(tempLife)
	conn = d.open(l, kind, temp)
	ctx, cancel := context.WithTimeout(ctx, d.pool.cfg.Limits.ExchangeTimeout)
	defer cancel()
	if err := conn.Bind(ctx, c.key, expires.Add(temp.offset)); err != nil {
		_ = conn.Close() // The cause is in err.
		return nil, expires, bindError(d.id, c, err)
	}
	return conn, expires.Add(-tempMargin), nil
}

// unboundError says that a data center does not know a permanent key, or does not
// yet.
type unboundError struct {
	keyID [8]byte
	err   error
}

func (e *unboundError) Error() string { return "binding a temporary key: " + e.err.Error() }
func (e *unboundError) Unwrap() error { return e.err }

// bindError says what a failed binding to the key in c means.
func bindError(dc int, c credentials, err error) error {
	refused, ok := errors.AsType[*tgerr.Error](err)
	switch {
	case ok && refused.Type == "ENCRYPTED_MESSAGE_INVALID":
		return &unboundError{keyID: c.key.ID, err: err}
	case ok && refused.Code >= 400 && refused.Code < 500 && refused.Code != 420:
		return &BindError{DC: dc, Err: err}
	default:
		return fmt.Errorf("binding a temporary key: %w", err)
	}
}

// expired says that the key of c is too old for more calls.
func (c *conn) expired(now time.Time) bool {
	return !c.expires.IsZero() && !now.Before(c.expires)
}
