package dcpool

import (
	"errors"
	"time"

	"github.com/tgfetch/tgfetch/dcpool/proxy"
	"github.com/tgfetch/tgfetch/session"
)

// throughProxy makes Dial lead through Proxy. now is the time as far as known.
func (c *Config) throughProxy(now func() time.Time) error {
	c.Dial = c.Proxy.Dialer(c.Dial, now)
	relay, ok := c.Proxy.MTProxy()
	if !ok {
		return nil
	}
	if c.DCAddr != "" {
		return errors.New("dcpool: an MTProxy connects to data centers, not to an address: use it without DCAddr")
	}
	transport := relayTransport(relay)
	if c.Transport != 0 && c.Transport != transport {
		return errors.New("dcpool: the secret of an MTProxy says which transport is used: use it without another Transport")
	}
	c.Transport = transport
	return nil
}

// relayTransport is the one that an MTProxy wants.
func relayTransport(relay proxy.Secret) Transport {
	if relay.Padded() {
		return ObfuscatedPadded
	}
	return ObfuscatedIntermediate
}

// relayed lists the endpoints of a data center behind an MTProxy, best first: one
// for its media cluster, if it has one, and one for the rest. The addresses are
// the proxy's business, so it does not matter which they are, nor whether they
// are IPv6. The proxy is told the id of a CDN as that of any other, which is what
// TDLib does; a proxy that does not know it hangs up, and the file's own data
// center serves the bytes.
func relayed(known, bootstrap []session.DCOption, dc int, kind Kind, relay proxy.Secret) []endpoint {
	var list []endpoint
	var have [2]bool
	for _, ipv6 := range []bool{false, true} {
		for _, ep := range endpointsFor(known, bootstrap, dc, kind, selection{ipv6: ipv6}) {
			i := 0
			if ep.mediaOnly {
				i = 1
			}
			if !have[i] {
				have[i] = true
				ep.obfuscatedOnly, ep.secret = true, relay
				list = append(list, ep)
			}
		}
	}
	return list
}
