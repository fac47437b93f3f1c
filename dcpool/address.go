package dcpool

import (
	"net"
	"strconv"

	"github.com/tgfetch/tgfetch/dcpool/proxy"
	"github.com/tgfetch/tgfetch/session"
)

// endpoint is one address of a data center.
type endpoint struct {
	addr      string // host:port
	mediaOnly bool
	// obfuscatedOnly: no other transport may be tried.
	obfuscatedOnly bool
	secret         proxy.Secret // Of the obfuscated transport; may be none.
	// stated is the addr that was stated, if addr is the same with another port; else
	// it is empty. Such an endpoint is tried when nobody answers at the stated one.
	stated string
}

// endpointOf is the endpoint at a port of o. It reports false if o has a secret that
// makes no sense, as nobody can connect there.
func endpointOf(o session.DCOption, port int) (endpoint, bool) {
	ep := endpoint{
		addr:           net.JoinHostPort(o.IP, strconv.Itoa(port)),
		mediaOnly:      o.MediaOnly,
		obfuscatedOnly: o.TCPOOnly || len(o.Secret) > 0,
	}
	if port != o.Port {
		ep.stated = net.JoinHostPort(o.IP, strconv.Itoa(o.Port))
	}
	if len(o.Secret) == 0 {
		return ep, true
	}
	var err error
	ep.secret, err = proxy.ParseSecret(o.Secret)
	return ep, err == nil
}

// otherPorts are where Telegram's data centers answer, too, unless an option says
// this_port_only: networks that block one of them let another pass.
//
// See https://core.telegram.org/mtproto/transports#tcp and
// https://core.telegram.org/constructor/dcOption.
var otherPorts = [...]int{443, 80, 5222}

// otherPortsOf is of how many addresses the other ports are worth a try.
const otherPortsOf = 4

// selection says which of the addresses of a data center are used.
type selection struct {
	ipv6 bool
	// proxied: a SOCKS or HTTP proxy is in between. Behind one official clients use
	// only addresses that do not depend on where the client is, if there are any.
	proxied bool
}

// endpointsFor lists the endpoints for connections of kind to dc, best first: what
// help.getConfig said before the bootstrap list, media-only ones first for media
// connections and never for others, and other ports than the stated ones last.
func endpointsFor(known, bootstrap []session.DCOption, dc int, kind Kind, s selection) []endpoint {
	options := append(s.optionsFor(known, dc, kind), s.optionsFor(bootstrap, dc, kind)...)
	if s.proxied {
		options = staticOf(options)
	}
	var list []endpoint
	have := make(map[string]bool)
	add := func(o session.DCOption, port int) {
		ep, ok := endpointOf(o, port)
		if ok && !have[ep.addr] {
			have[ep.addr] = true
			list = append(list, ep)
		}
	}
	for _, o := range options {
		add(o, o.Port)
	}
	for _, o := range options[:min(len(options), otherPortsOf)] {
		for _, port := range otherPorts {
			if !o.ThisPortOnly {
				add(o, port)
			}
		}
	}
	return list
}

// optionsFor are the options for connections of kind to dc, those that are media-only
// first.
func (s selection) optionsFor(all []session.DCOption, dc int, kind Kind) []session.DCOption {
	var media, rest []session.DCOption
	for _, o := range all {
		switch {
		case o.ID != dc, o.IPv6 != s.ipv6, o.CDN != (kind == CDN), o.MediaOnly && kind != Media:
		case o.MediaOnly:
			media = append(media, o)
		default:
			rest = append(rest, o)
		}
	}
	return append(media, rest...)
}

// staticOf are the static ones, or all if none is.
func staticOf(options []session.DCOption) []session.DCOption {
	var static []session.DCOption
	for _, o := range options {
		if o.Static {
			static = append(static, o)
		}
	}
	if static == nil {
		return options
	}
	return static
}
