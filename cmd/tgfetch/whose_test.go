package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/session"
)

func TestWhoseServers(t *testing.T) {
	if got := whoseServers("", dcpool.ProdNetwork()); got != "" {
		t.Errorf("Telegram: %q", got)
	}
	var network dcpool.Network
	for i := range 1000 {
		network.DCs = append(network.DCs, session.DCOption{ID: i, IP: fmt.Sprintf("10.0.%d.%d", i>>8, i&255), Port: 443}, session.DCOption{ID: i, IP: "10.0.0.0", Port: 443})
	}
	got := whoseServers("theirs.json", network)
	for _, want := range []string{"not Telegram's", "theirs.json", "10.0.0.0:443, 10.0.0.1:443, 10.0.0.2:443 and 997 more", "without --cluster"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
}
