package scenario

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tgfetch/tgfetch/bench/simdc/internal/mtserve"
)

// Names of endpoints, with a number from the second of a kind on.
const (
	EndpointMain  = "main"
	EndpointMedia = "media"
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
}

// isEndpointName says whether an endpoint may be called so.
func isEndpointName(name string) bool {
	for _, kind := range []string{EndpointMain, EndpointMedia} {
		if rest, ok := strings.CutPrefix(name, kind); ok {
			n, err := strconv.Atoi(rest)
			return rest == "" || err == nil && strconv.Itoa(n) == rest && n > 1
		}
	}
	return false
}

// validateAddresses checks the addresses of a DC.
func (d DC) validateAddresses() error {
	for i, a := range d.Addresses {
		if err := a.validateSecret(); err != nil {
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

func (a Address) validateSecret() error {
	if a.Secret == "" {
		return nil
	}
	raw, err := hex.DecodeString(a.Secret)
	if err != nil {
		return errors.New("it is not hexadecimal")
	}
	_, err = mtserve.ParseSecret(raw)
	return err
}

// hasMedia says whether one of the addresses is media-only.
func (d DC) hasMedia() bool {
	return d.Media || slices.ContainsFunc(d.Addresses, func(a Address) bool { return a.Media })
}
