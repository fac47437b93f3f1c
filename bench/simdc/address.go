package simdc

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/internal/mtserve"
)

// Address is one of the addresses of a DC and how help.getConfig tells of it.
//
// https://core.telegram.org/constructor/dcOption
type Address struct {
	// Media makes it media_only.
	Media bool `json:"media_only,omitempty"`
	// TCPOOnly takes obfuscated transports alone.
	TCPOOnly bool `json:"tcpo_only,omitempty"`
	// Static is what clients use behind a proxy.
	Static bool `json:"static,omitempty"`
	// OtherPorts leaves this_port_only unset, so that clients may try the usual
	// ports of the IP address, too. The simulator listens at one.
	OtherPorts bool `json:"other_ports,omitempty"`
	// Secret, in hexadecimal, is what clients must know to be served: 16 bytes, or
	// dd and 16, or ee, 16 and a domain, which is for fake TLS.
	Secret string `json:"secret,omitempty"`

	// twice lists it once static and once not.
	twice bool
}

// addresses are those of the DC. Telegram lists an ordinary one twice, with the flag
// static and without it, and those that are media-only, or a CDN's, without: clients
// that distinguish take the static ones behind a proxy and the others elsewhere.
func (d DC) addresses() []Address {
	if len(d.Addresses) > 0 {
		return d.Addresses
	}
	list := []Address{{twice: !d.CDN}}
	if d.Media {
		list = append(list, Address{Media: true})
	}
	return list
}

// kind is what endpoints at such an address are called, with a number from the
// second one on.
func (a Address) kind() string {
	if a.Media {
		return endpointMedia
	}
	return endpointMain
}

// endpointName is the name of the n-th endpoint of a kind, from 1.
func endpointName(kind string, n int) string {
	if n == 1 {
		return kind
	}
	return kind + strconv.Itoa(n)
}

// isEndpointName says whether an endpoint may be called so.
func isEndpointName(name string) bool {
	for _, kind := range []string{endpointMain, endpointMedia} {
		if rest, ok := strings.CutPrefix(name, kind); ok {
			n, err := strconv.Atoi(rest)
			return rest == "" || err == nil && endpointName(kind, n) == name && n > 1
		}
	}
	return false
}

// secret is what clients must know of the address; nil is nothing.
func (a Address) secret() (*mtserve.Secret, error) {
	if a.Secret == "" {
		return nil, nil
	}
	raw, err := hex.DecodeString(a.Secret)
	if err != nil {
		return nil, errors.New("it is not hexadecimal")
	}
	return mtserve.ParseSecret(raw)
}

// options are the lines of help.getConfig about the address, without IP and port.
func (a Address) options() []tg.DCOption {
	// Validate has decoded the secret.
	secret, _ := hex.DecodeString(a.Secret)
	line := tg.DCOption{
		MediaOnly: a.Media, TCPObfuscatedOnly: a.TCPOOnly, Static: a.Static, ThisPortOnly: !a.OtherPorts, Secret: secret,
	}
	if !a.twice {
		return []tg.DCOption{line}
	}
	static := line
	static.Static = true
	return []tg.DCOption{line, static}
}

// validateAddresses checks the addresses of a DC.
func (d DC) validateAddresses() error {
	for i, a := range d.Addresses {
		if _, err := a.secret(); err != nil {
			return fmt.Errorf("addresses[%d].secret: %w", i, err)
		}
		if d.CDN && a.Media {
			return fmt.Errorf("addresses[%d].media_only: a CDN DC has no such addresses", i)
		}
	}
	if d.Media && len(d.Addresses) > 0 {
		return errors.New("media: the addresses say which of them are media_only")
	}
	return nil
}

// hasMedia says whether one of the addresses is media-only.
func (d DC) hasMedia() bool {
	for _, a := range d.addresses() {
		if a.Media {
			return true
		}
	}
	return false
}
