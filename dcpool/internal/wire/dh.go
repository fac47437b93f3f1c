package wire

import (
	"bytes"
	"encoding/hex"
	"math/big"

	"github.com/gotd/td/crypto"
)

// knownPrime is the dh_prime that Telegram's servers have sent for years. It was
// proven to be a safe prime once, so that it need not be again at each exchange:
// that takes most of a second.
//
// See https://core.telegram.org/mtproto/auth_key#presenting-proof-of-work-server-authentication.
var knownPrime = mustHex("" +
	"c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f" +
	"48198a0aa7c14058229493d22530f4dbfa336f6e0ac925139543aed44cce7c37" +
	"20fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f64" +
	"2477fe96bb2a941d5bcd1d4ac8cc49880708fa9b378e3c4f3a9060bee67cf9a4" +
	"a4a695811051907e162753b56b0f6b410dba74d8a84b2a14b3144e0ef1284754" +
	"fd17ed950d5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4" +
	"e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850ce929851f" +
	"0d8115f635b105ee2e4e15d04b2454bf6f4fadf034b10403119cd8e3b92fcc5b")

func mustHex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err) // The constant above.
	}
	return b
}

// checkDH checks that prime is a safe prime of 2048 bits and that g generates a
// subgroup of prime order modulo it.
func checkDH(g int, prime []byte) error {
	p := new(big.Int).SetBytes(prime)
	if bytes.Equal(prime, knownPrime) {
		return crypto.CheckGP(g, p)
	}
	return crypto.CheckDH(g, p)
}
