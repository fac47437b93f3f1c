package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/exchange"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
)

// FuzzExchange answers a key exchange with anything: first with pq, or with the
// whole message first; then with inner, encrypted as it should be, or with the
// whole message second. It must not end in a key: g^ab needs more than that.
func FuzzExchange(f *testing.F) {
	seed := [32]byte{1}
	source := rand.NewChaCha8(seed)
	nonce, err := crypto.RandInt128(source)
	if err != nil {
		f.Fatal(err)
	}
	newNonce, err := crypto.RandInt256(source)
	if err != nil {
		f.Fatal(err)
	}
	serverNonce := bin.Int128{7}
	key := exchange.PublicKey{RSA: &testRSA().PublicKey}
	tempKey, tempIV := crypto.TempAESKeys(newNonce.BigInt(), serverNonce.BigInt())
	encode := func(msg bin.Encoder) []byte {
		var b bin.Buffer
		if err := b.Encode(msg); err != nil {
			f.Fatal(err)
		}
		return b.Buf
	}

	pq := []byte{0x17, 0xED, 0x48, 0x94, 0x1A, 0x08, 0xF9, 0x81} // Of the documentation.
	inner := encode(&mt.ServerDHInnerData{
		Nonce: nonce, ServerNonce: serverNonce, G: 3, DhPrime: make([]byte, 256), GA: make([]byte, 256), ServerTime: 1,
	})
	f.Add(pq, []byte{}, inner, []byte{})
	f.Add([]byte{0xFF}, []byte{}, inner[:40], []byte{})
	f.Add(make([]byte, 9), []byte{}, []byte{}, []byte{})
	f.Add(pq, []byte{}, []byte{}, encode(&mt.ServerDHParamsOk{Nonce: nonce, ServerNonce: serverNonce, EncryptedAnswer: make([]byte, 17)}))
	f.Add(pq, []byte{}, []byte{}, encode(&mt.ServerDHParamsFail{Nonce: nonce, ServerNonce: serverNonce}))
	f.Add([]byte{}, encode(&mt.ResPQ{Nonce: nonce}), []byte{}, []byte{})

	f.Fuzz(func(t *testing.T, pq, first, inner, second []byte) {
		if len(pq) > 0 {
			first = encode(&mt.ResPQ{
				Nonce: nonce, ServerNonce: serverNonce, Pq: pq, ServerPublicKeyFingerprints: []int64{key.Fingerprint()},
			})
		}
		if len(inner) > 0 {
			answer, err := crypto.EncryptExchangeAnswer(rand.NewChaCha8(seed), inner, tempKey, tempIV)
			if err != nil {
				t.Fatal(err)
			}
			second = encode(&mt.ServerDHParamsOk{Nonce: nonce, ServerNonce: serverNonce, EncryptedAnswer: answer})
		}
		var in bytes.Buffer
		for _, body := range [][]byte{first, second, second} {
			in.Write(binary.LittleEndian.AppendUint32(nil, uint32(20+len(body))))
			in.Write(encode(proto.UnencryptedMessage{MessageID: 1<<32 | 1, MessageData: body}))
		}
		link, err := NewLink(stream{&in}, LinkOptions{Transport: Intermediate})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err = Exchange(t.Context(), link, []exchange.PublicKey{key}, ExchangeOptions{DC: 2, Rand: rand.NewChaCha8(seed)})
		_, transport := errors.AsType[*TransportError](err)
		_, fingerprint := errors.AsType[*FingerprintError](err)
		if !transport && !fingerprint && !errors.Is(err, ErrProtocol) && !errors.Is(err, ErrExchange) &&
			!errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %v", err)
		}
		if d := time.Since(start); d > time.Minute {
			t.Errorf("it took %v over pq %v", d, new(big.Int).SetBytes(pq))
		}
	})
}
