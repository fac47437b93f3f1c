package dcpool

import (
	"slices"
	"testing"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/session"
)

// Addresses of the user's machine and network, and such as lead there.
var privateAddresses = []string{
	"127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
	"100.64.0.1", "0.0.0.0", "0.0.0.1", "224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1", "198.18.0.1",
	"::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1",
	"fe80::1", "fe80::1%lo", "2001:67c:4e8:f002::a%lo", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1",
}

// Telegram's data centers are on the internet. What its help.getConfig says of other addresses
// is not believed, nor what a state file holds of it; a cluster of the user's own may be
// anywhere.
func TestAddressesOfTheUsersNetwork(t *testing.T) {
	list := func(addresses []string) []tg.DCOption {
		var options []tg.DCOption
		for _, addr := range addresses {
			options = append(options, tg.DCOption{ID: 4, IPAddress: addr, Port: 443})
		}
		return options
	}
	honest := []string{"149.154.167.91", "91.105.192.100", "2001:67c:4e8:f004::a"}
	own := Network{DCs: []session.DCOption{{ID: 2, IP: "10.0.0.1", Port: 443}}, Keys: TestNetwork().Keys}
	for _, tt := range []struct {
		name    string
		network Network
		want    []string
	}{
		{"Telegram", Network{}, honest},
		{"Telegram by name", ProdNetwork(), honest},
		{"Telegram's test data centers", TestNetwork(), append(slices.Clone(honest), privateAddresses...)},
		{"a cluster of one's own", own, append(slices.Clone(honest), privateAddresses...)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store := session.NewMemory()
			open := func() *Pool {
				p, err := New(Config{APIID: 1, APIHash: "x", Store: store, Network: tt.network})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { closePool(t, p) })
				return p
			}
			want := func(where string, got []session.DCOption) {
				t.Helper()
				var ips []string
				for _, o := range got {
					ips = append(ips, o.IP)
				}
				if !slices.Equal(ips, tt.want) {
					t.Errorf("%s: %q, want %q", where, ips, tt.want)
				}
			}
			p := open()
			config := &tg.Config{DCOptions: append(list(honest), list(privateAddresses)...)}
			if err := p.takeConfig(config); err != nil {
				t.Fatal(err)
			}
			want("taken", p.dir.list())

			poisoned := func(s *session.State) error {
				s.Options = nil
				for _, addr := range slices.Concat(honest, privateAddresses) {
					s.Options = append(s.Options, session.DCOption{ID: 4, IP: addr, Port: 443})
				}
				return nil
			}
			if err := store.UpdateState(poisoned); err != nil {
				t.Fatal(err)
			}
			p = open()
			if err := p.load(t.Context()); err != nil {
				t.Fatal(err)
			}
			want("stored", p.dir.list())
		})
	}
	for _, o := range ProdNetwork().DCs {
		if len(usable([]session.DCOption{o}, true)) == 0 {
			t.Errorf("%s is Telegram's own, and not public", o.IP)
		}
	}
}
