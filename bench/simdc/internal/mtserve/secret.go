package mtserve

import (
	"errors"
	"fmt"
)

// Secret is what clients must know about an address beside the RSA keys: the
// secret of its dcOption.
//
// https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation
type Secret struct {
	// Key is the 16 bytes that are mixed into the keys of the obfuscation.
	Key []byte
	// Padded demands padded intermediate inside.
	Padded bool
	// Domain is whose TLS server the address pretends to be; empty without that.
	Domain string
}

const (
	secretKey = 16

	paddedTag = 0xdd
	tlsTag    = 0xee
)

// ParseSecret reads a secret as it stands in a dcOption: 16 bytes, or those behind
// 0xdd, or those behind 0xee with a domain at the end.
func ParseSecret(raw []byte) (*Secret, error) {
	switch {
	case len(raw) == secretKey:
		return &Secret{Key: raw}, nil
	case len(raw) == 1+secretKey && raw[0] == paddedTag:
		return &Secret{Key: raw[1:], Padded: true}, nil
	case len(raw) > 1+secretKey && raw[0] == tlsTag:
		return &Secret{Key: raw[1 : 1+secretKey], Padded: true, Domain: string(raw[1+secretKey:])}, nil
	}
	return nil, fmt.Errorf("%d bytes, which are neither 16, nor dd and 16, nor ee, 16 and a domain", len(raw))
}

var errSecret = errors.New("the client does not know the secret")

// admits checks what a client began with against what the address demands.
func (cfg *Config) admits(f framing, obfuscated bool) error {
	switch {
	case !obfuscated && (cfg.Obfuscated || cfg.Secret != nil):
		return fmt.Errorf("%w: %v where only obfuscated ones are taken", errTransport, f)
	case cfg.Secret != nil && cfg.Secret.Padded && f != padded:
		return fmt.Errorf("%w: %v where the secret demands padding", errTransport, f)
	}
	return nil
}
