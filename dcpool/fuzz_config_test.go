package dcpool

import (
	"net/netip"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/session"
)

// FuzzTakeConfig adopts whatever a server says about addresses: what is kept is
// bounded, every address can be dialled, and the next refresh is not far.
func FuzzTakeConfig(f *testing.F) {
	seed := func(c *tg.Config) {
		c.SetFlags()
		var b bin.Buffer
		if err := c.Encode(&b); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Buf)
	}
	seed(&tg.Config{Date: 1, Expires: 3601, ThisDC: 2, DCOptions: []tg.DCOption{
		{ID: 2, IPAddress: "127.0.0.1", Port: 443},
		{ID: 4, IPAddress: "::1", Port: 80, Ipv6: true, MediaOnly: true, Secret: make([]byte, 17)},
		{ID: 203, IPAddress: "127.0.0.1", Port: 443, CDN: true},
	}})
	seed(&tg.Config{Date: 1<<31 - 1, Expires: -1 << 31, DCOptions: []tg.DCOption{
		{ID: -2, IPAddress: "localhost", Port: 443},
		{ID: 2, IPAddress: "127.0.0.1", Port: -1},
		{ID: 2, IPAddress: "fe80::1%eth0", Port: 65536},
	}})
	store := session.NewMemory()
	p, err := New(Config{APIID: 1, APIHash: "x", Store: store})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = p.Close() })
	f.Fuzz(func(t *testing.T, raw []byte) {
		var config tg.Config
		if config.Decode(&bin.Buffer{Buf: raw}) != nil {
			return
		}
		if err := p.takeConfig(&config); err != nil {
			t.Fatal(err)
		}
		state, err := store.State()
		if err != nil || len(state.Options) > maxOptions {
			t.Fatalf("%d addresses are kept, error %v", len(state.Options), err)
		}
		if left := time.Until(state.OptionsExpire); left > 24*time.Hour || left < configRetry-time.Second {
			t.Errorf("the next refresh is %v away", left)
		}
		for _, o := range state.Options {
			for _, kind := range []Kind{Main, Media, CDN} {
				for _, ep := range endpointsFor(state.Options, nil, o.ID, kind, selection{ipv6: o.IPv6}) {
					if addr, err := netip.ParseAddrPort(ep.addr); err != nil || addr.Port() == 0 {
						t.Errorf("address %q: %v", ep.addr, err)
					}
				}
			}
		}
	})
}

// FuzzCDNKeys adopts whatever a server says are the RSA keys of a CDN.
func FuzzCDNKeys(f *testing.F) {
	f.Add(string(telegramKey))
	f.Add("-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		c := cdnKeys{known: []session.CDNKey{{DC: simCDN, PEM: text}}}
		for _, key := range c.of(simCDN) {
			if !key.Zero() && key.RSA.N.BitLen() == crypto.RSAKeyBits && key.Fingerprint() == 0 {
				t.Error("a usable key has no fingerprint")
			}
		}
	})
}
