package main

import (
	"testing"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/foreign"
	"github.com/tgfetch/tgfetch/dcpool"
)

// A login of the test servers goes there alone, and no other does. Strings of Telethon and GramJS do not say
// what they are of, but where.
func TestForeignLoginsGoWhereTheyAreFrom(t *testing.T) {
	prod, test := place{}, place{network: dcpool.TestNetwork()}
	for _, tt := range []struct {
		name  string
		login foreign.Login
		test  bool
	}{
		{"says so", foreign.Login{DC: 2, Test: true}, true},
		{"by its address", foreign.Login{DC: 2, Addr: "149.154.167.40:443"}, true},
		{"by its port 80", foreign.Login{DC: 1, Addr: "149.154.175.10:80"}, true},
		{"by its IPv6 address", foreign.Login{DC: 3, Addr: "[2001:b28:f23d:f003::e]:443"}, true},
		{"real", foreign.Login{DC: 2, Addr: "149.154.167.51:443"}, false},
		{"without an address", foreign.Login{DC: 2}, false},
		{"with a name", foreign.Login{DC: 2, Addr: "venus.web.telegram.org:443"}, false},
	} {
		for p, where := range map[*place]string{&prod: "the real servers", &test: "the test servers"} {
			err := fits(*p, tt.login)
			if fit := tt.test == (p == &test); (err == nil) != fit {
				t.Errorf("%s, for %s: %v", tt.name, where, err)
			}
		}
	}
	if err := fits(test, foreign.Login{DC: 5, Test: true}); err == nil {
		t.Error("there is no test server of DC 5")
	}
}
