// Package proxy opens connections to data centers through a proxy: SOCKS5, an
// HTTP proxy with CONNECT, or an MTProxy.
//
// [Parse] reads what people write down, and [Proxy.Dialer] makes of a function
// that connects one that connects through the proxy. dcpool.Config.Proxy takes
// the rest upon itself:
//
//	p, err := proxy.Parse("socks5://user:password@127.0.0.1:1080")
//	pool, err := dcpool.New(dcpool.Config{Proxy: p, ...})
//
// SOCKS5 and HTTP proxies are asked for an address. An MTProxy is not: it reads
// the id of the data center from the header of the obfuscated transport, under a
// secret of its own, see [Proxy.MTProxy]. Names are resolved by the proxy,
// whether socks5 or socks5h is written, so nothing leaks past it.
//
// Passwords and secrets are in no text that this package returns or prints.
package proxy
