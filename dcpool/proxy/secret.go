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

// secret is what an MTProxy and its users share.
type secret struct {
	key    []byte
	padded bool
	domain string // Whose server the proxy pretends to be; empty without fake TLS.
}

// parseSecret reads a secret in hexadecimal or in base64.
func parseSecret(text string) (secret, error) {
	raw, err := hex.DecodeString(text)
	if err != nil {
		text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
		if raw, err = base64.RawURLEncoding.DecodeString(text); err != nil {
			return secret{}, errors.New("the secret is neither hexadecimal nor base64")
		}
	}
	switch {
	case len(raw) == keyLength:
		return secret{key: raw}, nil
	case len(raw) == 1+keyLength && raw[0] == paddedTag:
		return secret{key: raw[1:], padded: true}, nil
	case len(raw) > 1+keyLength && raw[0] == tlsTag:
		s := secret{key: raw[1 : 1+keyLength], padded: true, domain: string(raw[1+keyLength:])}
		return s, checkDomain(s.domain)
	}
	return secret{}, fmt.Errorf("the secret has %d bytes; right are %d, or %d that begin with dd, or ee, %d bytes and a domain",
		len(raw), keyLength, 1+keyLength, keyLength)
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
