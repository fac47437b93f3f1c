package simdc

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"math/big"
	"sync"

	"github.com/gotd/td/tg"
)

// The group of Telegram's secure remote password protocol.
// https://core.telegram.org/api/srp
const srpG = 3

var srpP = mustBig("C71CAEB9C6B1C9048E6C522F70F13F73980D40238E3E21C14934D037563D930F" +
	"48198A0AA7C14058229493D22530F4DBFA336F6E0AC925139543AED44CCE7C37" +
	"20FD51F69458705AC68CD4FE6B6B13ABDC9746512969328454F18FAF8C595F64" +
	"2477FE96BB2A941D5BCD1D4AC8CC49880708FA9B378E3C4F3A9060BEE67CF9A4" +
	"A4A695811051907E162753B56B0F6B410DBA74D8A84B2A14B3144E0EF1284754" +
	"FD17ED950D5965B4B9DD46582DB1178D169C6BC465B0D6FF9CA3928FEF5B9AE4" +
	"E418FC15E83EBEA0F87FA9FF5EED70050DED2849F47BF959D956850CE929851F" +
	"0D8115F635B105EE2E4E15D04B2454BF6F4FADF034B10403119CD8E3B92FCC5B")

// srpSize is the size in bytes of the group's numbers on the wire.
const srpSize = 256

func mustBig(s string) *big.Int {
	n, ok := new(big.Int).SetString(s, 16)
	if !ok {
		panic("not a hexadecimal number: " + s)
	}
	return n
}

// verifier is what a server keeps of a password. It is computed at its first
// use: PBKDF2 is slow on purpose.
type verifier struct {
	password string // Immutable.
	seed     uint64 // Immutable.

	once sync.Once
	v    *big.Int
	algo *tg.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow
}

func (x *verifier) init() {
	salt1 := sha256.Sum256(binary.LittleEndian.AppendUint64([]byte("salt1"), x.seed))
	salt2 := sha256.Sum256(binary.LittleEndian.AppendUint64([]byte("salt2"), x.seed))
	x.algo = &tg.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow{
		Salt1: salt1[:], Salt2: salt2[:16], G: srpG, P: srpP.Bytes(),
	}
	// PH1 := SH(SH(password, salt1), salt2), PH2 := SH(pbkdf2(PH1), salt2).
	ph1 := saltedHash(saltedHash([]byte(x.password), x.algo.Salt1), x.algo.Salt2)
	stretched, err := pbkdf2.Key(sha512.New, string(ph1), x.algo.Salt1, 100_000, 64)
	if err != nil {
		panic(fmt.Sprintf("pbkdf2: %v", err)) // Only in FIPS mode with a short salt: ours is 32 bytes.
	}
	exponent := new(big.Int).SetBytes(saltedHash(stretched, x.algo.Salt2))
	x.v = new(big.Int).Exp(big.NewInt(srpG), exponent, srpP)
}

// challenge is the server's half of one run of the protocol.
type challenge struct {
	ID   int64
	B    []byte
	algo *tg.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow

	secret, v *big.Int
}

// challenge starts a run.
func (x *verifier) challenge() challenge {
	x.once.Do(x.init)
	var raw [srpSize + 8]byte
	rand.Read(raw[:])
	secret := new(big.Int).SetBytes(raw[:srpSize])
	// g_b := (k·v + g^b) mod p, where k := H(p | g).
	kv := new(big.Int).Mul(srpK(), x.v)
	gb := kv.Add(kv, new(big.Int).Exp(big.NewInt(srpG), secret, srpP))
	return challenge{
		ID:     int64(binary.LittleEndian.Uint64(raw[srpSize:]) >> 1),
		B:      padded(gb.Mod(gb, srpP)),
		algo:   x.algo,
		secret: secret,
		v:      x.v,
	}
}

// verify checks the client's half: validA says whether A is a number that the
// protocol allows, proven whether M1 shows knowledge of the password.
func (c challenge) verify(a, m1 []byte) (validA, proven bool) {
	ga := new(big.Int).SetBytes(a)
	if len(a) > srpSize || ga.Sign() == 0 || ga.Cmp(new(big.Int).Sub(srpP, big.NewInt(1))) >= 0 {
		return false, false
	}
	// u := H(g_a | g_b), s_b := (g_a · v^u)^b mod p.
	u := new(big.Int).SetBytes(hash(padded(ga), c.B))
	s := new(big.Int).Exp(c.v, u, srpP)
	s.Mul(s, ga).Mod(s, srpP)
	s.Exp(s, c.secret, srpP)

	// M1 := H(H(p) xor H(g) | H(salt1) | H(salt2) | g_a | g_b | k_b).
	mask := hash(padded(srpP))
	for i, b := range hash(padded(big.NewInt(srpG))) {
		mask[i] ^= b
	}
	want := hash(mask, hash(c.algo.Salt1), hash(c.algo.Salt2), padded(ga), c.B, hash(padded(s)))
	return true, hmac.Equal(want, m1)
}

func srpK() *big.Int {
	return new(big.Int).SetBytes(hash(padded(srpP), padded(big.NewInt(srpG))))
}

func padded(n *big.Int) []byte { return n.FillBytes(make([]byte, srpSize)) }

func hash(parts ...[]byte) []byte {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// saltedHash is SH(data, salt) := H(salt | data | salt).
func saltedHash(data, salt []byte) []byte { return hash(salt, data, salt) }
