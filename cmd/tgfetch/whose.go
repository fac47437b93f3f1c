package main

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/tgfetch/tgfetch/dcpool"
)

// addressesShown is the most addresses of servers that a sentence names.
const addressesShown = 3

// whoseServers says whose servers a login on a network is given to, unless they are Telegram's: a cluster
// file may be a stranger's, and its login asks for phone and code in the words of the real one.
func whoseServers(file string, network dcpool.Network) string {
	if file == "" {
		return ""
	}
	var addresses []string
	for _, o := range network.DCs {
		if addr := net.JoinHostPort(o.IP, strconv.Itoa(o.Port)); !slices.Contains(addresses, addr) {
			addresses = append(addresses, addr)
		}
	}
	more := ""
	if n := len(addresses) - addressesShown; n > 0 {
		addresses, more = addresses[:addressesShown], fmt.Sprintf(" and %d more", n)
	}
	return fmt.Sprintf("these are not Telegram's servers but those of %s, at %s%s: whoever runs them gets what you answer; without --cluster, tgfetch login asks Telegram",
		file, strings.Join(addresses, ", "), more)
}
