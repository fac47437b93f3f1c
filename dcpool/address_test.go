package dcpool

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/session"
)

func addrs(list []endpoint) (out []string) {
	for _, ep := range list {
		out = append(out, ep.addr)
	}
	return out
}

func TestOtherPortsComeLast(t *testing.T) {
	known := []session.DCOption{
		{ID: 2, IP: "10.0.0.1", Port: 443},
		{ID: 2, IP: "10.0.0.2", Port: 5222},
		{ID: 2, IP: "10.0.0.3", Port: 99, ThisPortOnly: true},
	}
	want := []string{
		"10.0.0.1:443", "10.0.0.2:5222", "10.0.0.3:99",
		"10.0.0.1:80", "10.0.0.1:5222", "10.0.0.2:443", "10.0.0.2:80",
	}
	list := endpointsFor(known, nil, 2, Main, selection{})
	if !slices.Equal(addrs(list), want) {
		t.Errorf("%v, want %v", addrs(list), want)
	}
	for i, ep := range list {
		if (ep.stated != "") != (i >= len(known)) {
			t.Errorf("%s: in the place of %q", ep.addr, ep.stated)
		}
	}
	many := make([]session.DCOption, 100)
	for i := range many {
		many[i] = session.DCOption{ID: 2, IP: fmt.Sprintf("10.0.1.%d", i), Port: 443}
	}
	if n := len(endpointsFor(many, nil, 2, Main, selection{})); n != len(many)+2*otherPortsOf {
		t.Errorf("%d endpoints of %d addresses", n, len(many))
	}
}

func TestOnlyStaticAddressesBehindAProxy(t *testing.T) {
	known := []session.DCOption{
		{ID: 4, IP: "10.0.0.1", Port: 443, ThisPortOnly: true},
		{ID: 4, IP: "10.0.0.1", Port: 443, Static: true, ThisPortOnly: true},
		{ID: 4, IP: "10.0.0.2", Port: 443, ThisPortOnly: true},
		{ID: 4, IP: "10.0.0.3", Port: 443, MediaOnly: true, ThisPortOnly: true},
		{ID: 4, IP: "::1", Port: 443, IPv6: true, Static: true, ThisPortOnly: true},
		{ID: 5, IP: "10.0.0.5", Port: 443, ThisPortOnly: true},
	}
	bootstrap := []session.DCOption{{ID: 4, IP: "10.0.0.9", Port: 443, Static: true, ThisPortOnly: true}}
	for _, c := range []struct {
		dc      int
		kind    Kind
		proxied bool
		want    []string
	}{
		{4, Main, true, []string{"10.0.0.1:443", "10.0.0.9:443"}},
		{4, Media, true, []string{"10.0.0.1:443", "10.0.0.9:443"}},
		{4, Media, false, []string{"10.0.0.3:443", "10.0.0.1:443", "10.0.0.2:443", "10.0.0.9:443"}},
		{5, Main, true, []string{"10.0.0.5:443"}}, // There are no static ones.
	} {
		if got := addrs(endpointsFor(known, bootstrap, c.dc, c.kind, selection{proxied: c.proxied})); !slices.Equal(got, c.want) {
			t.Errorf("DC %d %s, proxied %v: %v, want %v", c.dc, c.kind, c.proxied, got, c.want)
		}
	}
}

func TestSecretsOfAddresses(t *testing.T) {
	key := bytes.Repeat([]byte{7}, 16)
	for _, c := range []struct {
		secret    []byte
		ok        bool
		transport Transport
	}{
		{nil, true, ObfuscatedPadded},
		{key, true, ObfuscatedIntermediate},
		{append([]byte{0xdd}, key...), true, ObfuscatedPadded},
		{append(append([]byte{0xee}, key...), "a.example"...), true, ObfuscatedPadded},
		{append([]byte{0xaa}, key...), false, 0},
		{key[:15], false, 0},
		{append(append([]byte{0xee}, key...), "not a domain"...), false, 0},
	} {
		list := endpointsFor([]session.DCOption{{ID: 2, IP: "10.0.0.1", Port: 443, Secret: c.secret, ThisPortOnly: true}}, nil, 2, Main, selection{})
		if len(list) == 1 != c.ok {
			t.Errorf("%x: %d endpoints", c.secret, len(list))
		}
		if !c.ok {
			continue
		}
		e := endpoints{health: map[string]health{}}
		if _, h, _ := e.choose(list, time.Now()); h.transport != c.transport {
			t.Errorf("%x: %v, want %v", c.secret, h.transport, c.transport)
		}
		if len(c.secret) > 0 && !bytes.Equal(list[0].secret.Key(), key) {
			t.Errorf("%x: key %s", c.secret, hex.EncodeToString(list[0].secret.Key()))
		}
	}
}
