package simdc

import (
	"encoding/hex"
	"errors"
	"strconv"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/internal/mtserve"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// address is one of the addresses of a DC. Validate has checked it.
type address struct {
	scenario.Address
	// twice lists it once static and once not.
	twice bool
}

// addresses are those of the DC. Telegram lists an ordinary one twice, with the flag
// static and without it, and those that are media-only, or a CDN's, without: clients
// that distinguish take the static ones behind a proxy and the others elsewhere.
func addresses(d scenario.DC) []address {
	if len(d.Addresses) > 0 {
		var list []address
		for _, a := range d.Addresses {
			list = append(list, address{Address: a})
		}
		return list
	}
	list := []address{{twice: !d.CDN}}
	if d.Media {
		list = append(list, address{Address: scenario.Address{Media: true}})
	}
	return list
}

// kind is what endpoints at such an address are called, with a number from the
// second one on.
func (a address) kind() string {
	if a.Media {
		return scenario.EndpointMedia
	}
	return scenario.EndpointMain
}

// endpointName is the name of the n-th endpoint of a kind, from 1.
func endpointName(kind string, n int) string {
	if n == 1 {
		return kind
	}
	return kind + strconv.Itoa(n)
}

// secret is what clients must know of the address; nil is nothing.
func (a address) secret() (*mtserve.Secret, error) {
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
func (a address) options() []tg.DCOption {
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
