package dcpool

import (
	_ "embed"
	"fmt"

	"github.com/gotd/td/crypto"
	"github.com/gotd/td/exchange"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/session"
)

// Network is where a Pool finds data centers until help.getConfig has told.
type Network struct {
	// DCs are the first addresses.
	DCs []session.DCOption
	// Keys are the RSA keys that data centers prove themselves with.
	Keys []exchange.PublicKey
	// Test adds 10000 to the ids sent to servers, as test data centers want.
	Test bool
}

// telegramKeys are Telegram's RSA keys as gotd's mtproto package embeds them.
//
//go:embed telegram_keys.pem
var telegramKeys []byte

// ProdNetwork is Telegram itself.
func ProdNetwork() Network {
	keys, err := crypto.ParseRSAPublicKeys(telegramKeys)
	if err != nil {
		panic(fmt.Sprintf("dcpool: embedded keys: %v", err)) // A broken build.
	}
	var n Network
	for _, key := range keys {
		n.Keys = append(n.Keys, exchange.PublicKey{RSA: key})
	}
	for _, o := range dcs.Prod().Options {
		n.DCs = append(n.DCs, optionFromTL(o))
	}
	return n
}

func optionFromTL(o tg.DCOption) session.DCOption {
	return session.DCOption{
		ID:           o.ID,
		IP:           o.IPAddress,
		Port:         o.Port,
		IPv6:         o.Ipv6,
		MediaOnly:    o.MediaOnly,
		TCPOOnly:     o.TCPObfuscatedOnly,
		CDN:          o.CDN,
		Static:       o.Static,
		ThisPortOnly: o.ThisPortOnly,
		Secret:       o.Secret,
	}
}
