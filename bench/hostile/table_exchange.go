package hostile

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"math"
	"math/big"
	"slices"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
)

// edit changes what is honest, of type T, and sends it.
func edit[T any, P interface {
	*T
	bin.Decoder
	bin.Encoder
}](change func(P)) func(*Strike) {
	return func(s *Strike) {
		object := P(new(T))
		if object.Decode(&bin.Buffer{Buf: s.Honest}) != nil {
			s.Send(s.Honest)
			return
		}
		change(object)
		s.Object(object)
	}
}

func power(n uint) []byte { return new(big.Int).Lsh(big.NewInt(1), n).Bytes() }

// vector is the beginning of an object with a vector that says it has n elements.
func vector(head []byte, n uint32) []byte {
	b := binary.LittleEndian.AppendUint32(bytes.Clone(head), bin.TypeVector)
	return binary.LittleEndian.AppendUint32(b, n)
}

// exchangeAttacks answer a key exchange.
func exchangeAttacks() []Attack {
	resPQ, inner := place{"ResPQ", ResPQ, 0}, place{"DHInner", DHInner, 0}
	params, answer := place{"DHParams", DHParams, 0}, place{"DHAnswer", DHAnswer, 0}
	pq := func(b ...byte) func(*Strike) { return edit(func(r *mt.ResPQ) { r.Pq = b }) }
	prime := func(b []byte) func(*Strike) { return edit(func(d *mt.ServerDHInnerData) { d.DhPrime = b }) }
	ga := func(b []byte) func(*Strike) { return edit(func(d *mt.ServerDHInnerData) { d.GA = b }) }
	serverTime := func(n int) func(*Strike) { return edit(func(d *mt.ServerDHInnerData) { d.ServerTime = n }) }
	long := make([]byte, 1<<20)
	_, _ = rand.Read(long) // It cannot fail.
	odd := bytes.Repeat([]byte{0xff}, 256)
	return slices.Concat(
		named("pq", resPQ, map[string]func(*Strike){
			"none": pq(), "0": pq(0), "1": pq(1), "2": pq(2), "a prime": pq(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc5),
			"a square": pq(0xff, 0xff, 0xff, 0xf6, 0, 0, 0, 0x19), "2^64-1": pq(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
			"9 bytes": pq(1, 0, 0, 0, 0, 0, 0, 0, 0), "1 MiB": pq(long...),
		}),
		named("resPQ", resPQ, map[string]func(*Strike){
			"foreign nonce":       edit(func(r *mt.ResPQ) { r.Nonce[0]++ }),
			"no fingerprints":     edit(func(r *mt.ResPQ) { r.ServerPublicKeyFingerprints = nil }),
			"foreign fingerprint": edit(func(r *mt.ResPQ) { r.ServerPublicKeyFingerprints[0]++ }),
			"many fingerprints":   edit(func(r *mt.ResPQ) { r.ServerPublicKeyFingerprints = make([]int64, 200_000) }),
			"2^31 fingerprints":   func(s *Strike) { s.Send(vector(s.Honest[:len(s.Honest)-16], 1<<31)) },
			"of another kind":     func(s *Strike) { s.Object(&mt.DhGenOk{}) },
			"empty":               func(s *Strike) { s.Send(nil) },
			"an update":           func(s *Strike) { s.Object(&mt.NewSessionCreated{}) },
		}),
		named("server_DH_params", params, map[string]func(*Strike){
			"fail":            func(s *Strike) { s.Object(&mt.ServerDHParamsFail{}) },
			"foreign nonce":   edit(func(d *mt.ServerDHParamsOk) { d.Nonce[0]++ }),
			"foreign server":  edit(func(d *mt.ServerDHParamsOk) { d.ServerNonce[0]++ }),
			"nothing":         edit(func(d *mt.ServerDHParamsOk) { d.EncryptedAnswer = nil }),
			"15 bytes":        edit(func(d *mt.ServerDHParamsOk) { d.EncryptedAnswer = make([]byte, 15) }),
			"16 bytes":        edit(func(d *mt.ServerDHParamsOk) { d.EncryptedAnswer = make([]byte, 16) }),
			"17 bytes":        edit(func(d *mt.ServerDHParamsOk) { d.EncryptedAnswer = make([]byte, 17) }),
			"1 MiB":           edit(func(d *mt.ServerDHParamsOk) { d.EncryptedAnswer = long }),
			"of another kind": func(s *Strike) { s.Object(&mt.ResPQ{}) },
		}),
		each("g", inner, []int{math.MinInt32, -1, 0, 1, 2, 4, 5, 6, 7, 8, math.MaxInt32}, func(s *Strike, g int) {
			edit(func(d *mt.ServerDHInnerData) { d.G = g })(s)
		}),
		named("dh_prime", inner, map[string]func(*Strike){
			"none": prime(nil), "0": prime([]byte{0}), "1": prime([]byte{1}), "2": prime([]byte{2}), "23": prime([]byte{23}), "even": prime(power(2047)),
			"odd": prime(odd), "2049 bits": prime(power(2048)), "1 MiB": prime(long), "254 bytes": prime(odd[:254]), "leading zeros": prime(make([]byte, 256)),
		}),
		named("g_a", inner, map[string]func(*Strike){
			"none": ga(nil), "0": ga([]byte{0}), "1": ga([]byte{1}), "2^1983": ga(power(1983)), "2^2048-1": ga(odd), "1 MiB": ga(long),
			"the prime":   edit(func(d *mt.ServerDHInnerData) { d.GA = d.DhPrime }),
			"one less":    edit(func(d *mt.ServerDHInnerData) { d.GA = append(bytes.Clone(d.DhPrime[:255]), d.DhPrime[255]-1) }),
			"one byte up": edit(func(d *mt.ServerDHInnerData) { d.GA = append([]byte{0}, d.GA...) }),
		}),
		named("server_time", inner, map[string]func(*Strike){
			"0": serverTime(0), "-1": serverTime(-1), "2^31-1": serverTime(math.MaxInt32), "-2^31": serverTime(math.MinInt32),
		}),
		named("server_DH_inner_data", inner, map[string]func(*Strike){
			"foreign nonce":   edit(func(d *mt.ServerDHInnerData) { d.Nonce[0]++ }),
			"foreign server":  edit(func(d *mt.ServerDHInnerData) { d.ServerNonce[0]++ }),
			"empty":           func(s *Strike) { s.Send(nil) },
			"of another kind": func(s *Strike) { s.Object(&mt.ResPQ{}) },
		}),
		named("dh_gen", answer, map[string]func(*Strike){
			"wrong hash": edit(func(d *mt.DhGenOk) { d.NewNonceHash1[0]++ }),
			"retry": func(s *Strike) {
				s.Storm(100, func(int) {
					edit(func(d *mt.DhGenOk) {})(&Strike{conn: s.conn, Honest: s.Honest, send: func(b []byte) {
						again := encode(&mt.DhGenRetry{})
						s.Send(append(again[:4:4], b[4:]...))
					}})
				})
			},
			"fail":            func(s *Strike) { s.Object(&mt.DhGenFail{}) },
			"of another kind": func(s *Strike) { s.Object(&mt.ResPQ{}) },
			"twice":           func(s *Strike) { s.Send(s.Honest); s.Send(s.Honest) },
		}),
	)
}
