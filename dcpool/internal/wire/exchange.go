package wire

import (
	"context"
	"errors"

	"github.com/gotd/td/exchange"
)

// Exchange creates a new permanent auth key with the server behind link, whose
// RSA key must be among keys. The link stays usable, for NewConn, after success
// and is closed after an error or when ctx ends.
//
// Errors: *TransportError (CodeWrongDC and CodeKeyUnknown among them),
// *FingerprintError, those wrapping ErrExchange or ErrProtocol, errors of the
// socket, and the cause of ctx.
//
// See https://core.telegram.org/mtproto/auth_key.
func Exchange(ctx context.Context, link *Link, keys []exchange.PublicKey, opts ExchangeOptions) (Result, error) {
	return Result{}, errors.ErrUnsupported
}
