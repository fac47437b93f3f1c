package proxy

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

const (
	keyLength = 16
	// maxDomain is what fits a server_name of a ClientHello that official clients
	// would send.
	maxDomain = 182

	paddedTag = 0xdd // The transport inside is padded.
	tlsTag    = 0xee // And within something that looks like TLS.
)

// Secret is what a server and its clients share beside the RSA keys: that of an
// MTProxy, or of an address of a data center. The zero value is none. Values are
// comparable.
type Secret struct {
	key    string
	padded bool
	domain string // Whose server is pretended to be there; empty without fake TLS.
}

// String shows nothing of the secret.
func (s Secret) String() string {
	switch {
	case s == Secret{}:
		return "no secret"
	case s.domain != "":
		return "a secret for fake TLS"
	}
	return "a secret"
}

// GoString is String, so that %#v shows nothing either.
func (s Secret) GoString() string { return s.String() }

// Key is the 16 bytes to be mixed into the keys of the obfuscated transport; nil
// for no secret.
func (s Secret) Key() []byte {
	if s.key == "" {
		return nil
	}
	return []byte(s.key)
}

// Padded says that padded intermediate is wanted inside, else it is intermediate.
func (s Secret) Padded() bool { return s.padded }

// ParseSecret reads a secret as it stands in a dcOption: 16 bytes, or those behind
// 0xdd, or those behind 0xee and before a domain.
//
// See https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation.
func ParseSecret(raw []byte) (Secret, error) {
	switch {
	case len(raw) == keyLength:
		return Secret{key: string(raw)}, nil
	case len(raw) == 1+keyLength && raw[0] == paddedTag:
		return Secret{key: string(raw[1:]), padded: true}, nil
	case len(raw) > 1+keyLength && raw[0] == tlsTag:
		s := Secret{key: string(raw[1 : 1+keyLength]), padded: true, domain: string(raw[1+keyLength:])}
		return s, checkDomain(s.domain)
	}
	return Secret{}, fmt.Errorf("the secret has %d bytes; right are %d, or %d that begin with dd, or ee, %d bytes and a domain",
		len(raw), keyLength, 1+keyLength, keyLength)
}

// parseSecret reads a secret in hexadecimal or in base64.
func parseSecret(text string) (Secret, error) {
	raw, err := hex.DecodeString(text)
	if err != nil {
		text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
		if raw, err = base64.RawURLEncoding.DecodeString(text); err != nil {
			return Secret{}, errors.New("the secret is neither hexadecimal nor base64")
		}
	}
	return ParseSecret(raw)
}

func checkDomain(domain string) error {
	outside := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' && r != '-'
	}
	if len(domain) > maxDomain || strings.ContainsFunc(domain, outside) {
		return errors.New("the secret does not end in a domain")
	}
	return nil
}
