package dcpool

import (
	"net/netip"
	"slices"

	"github.com/tgfetch/tgfetch/session"
)

// notPublic are the blocks of addresses that lead nowhere on the internet, beside those that
// netip knows by name.
//
// See https://www.iana.org/assignments/iana-ipv4-special-registry and
// https://www.iana.org/assignments/iana-ipv6-special-registry.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),      // This network.
	netip.MustParsePrefix("100.64.0.0/10"),  // Shared by customers of one provider.
	netip.MustParsePrefix("192.0.0.0/24"),   // IETF protocol assignments.
	netip.MustParsePrefix("198.18.0.0/15"),  // Benchmarks.
	netip.MustParsePrefix("240.0.0.0/4"),    // Reserved, and broadcast.
	netip.MustParsePrefix("::/96"),          // IPv4-compatible, deprecated.
	netip.MustParsePrefix("64:ff9b::/96"),   // IPv4 behind NAT64.
	netip.MustParsePrefix("64:ff9b:1::/48"), // The same, local.
	netip.MustParsePrefix("2002::/16"),      // IPv4 behind 6to4.
	netip.MustParsePrefix("fec0::/10"),      // Site-local, deprecated.
}

// isPublic reports whether addr may be that of a server on the internet.
func isPublic(addr netip.Addr) bool {
	if addr.Zone() != "" {
		return false
	}
	addr = addr.Unmap()
	return addr.IsGlobalUnicast() && !addr.IsPrivate() &&
		!slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// usable are the options that can be dialled: addresses with a port, and if public is set
// addresses on the internet alone. A server, or what was stored of it, would else have us connect to
// the user's own machine and network.
func usable(options []session.DCOption, public bool) []session.DCOption {
	kept := make([]session.DCOption, 0, len(options))
	for _, o := range options {
		addr, err := netip.ParseAddr(o.IP)
		if err == nil && o.Port > 0 && o.Port <= 65535 && (!public || isPublic(addr)) {
			kept = append(kept, o)
		}
	}
	return kept
}
