package dcpool

import (
	_ "embed"
	"errors"
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
	// public: every data center is on the internet, so that no server can name an
	// address of the user's own network.
	public bool
}

// Telegram's RSA keys, as gotd's mtproto package embeds them and TDLib tells them
// apart: a data center of the one kind must not pass for one of the other.
var (
	//go:embed telegram_key.pem
	telegramKey []byte
	//go:embed telegram_test_key.pem
	telegramTestKey []byte
)

// ProdNetwork is Telegram itself.
func ProdNetwork() Network {
	n := telegram(telegramKey, dcs.Prod())
	n.public = true
	return n
}

// TestNetwork is Telegram's test data centers, whose accounts are others.
//
// See https://core.telegram.org/api/auth#test-accounts.
func TestNetwork() Network { return telegram(telegramTestKey, dcs.Test()) }

func telegram(pem []byte, list dcs.List) Network {
	keys, err := ParseKeys(pem)
	if err != nil {
		panic(fmt.Sprintf("dcpool: embedded keys: %v", err)) // A broken build.
	}
	n := Network{Keys: keys, Test: list.Test}
	for _, o := range list.Options {
		n.DCs = append(n.DCs, optionFromTL(o))
	}
	return n
}

// IsTelegram reports whether n is Telegram itself, not its test data centers and not the
// servers of somebody else.
func (n Network) IsTelegram() bool { return n.OrProd().public }

// OrProd is n, or ProdNetwork if n is zero.
func (n Network) OrProd() Network {
	if n.DCs == nil && n.Keys == nil {
		return ProdNetwork()
	}
	return n
}

// ParseKeys reads one or more RSA public keys in PEM, for Network.Keys.
func ParseKeys(pem []byte) ([]exchange.PublicKey, error) {
	parsed, err := crypto.ParseRSAPublicKeys(pem)
	if err != nil || len(parsed) == 0 {
		return nil, errors.New("it is not an RSA public key in PEM")
	}
	keys := make([]exchange.PublicKey, 0, len(parsed))
	for _, key := range parsed {
		keys = append(keys, exchange.PublicKey{RSA: key})
	}
	return keys, nil
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
