package mtserve

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/gotd/td/proto/codec"
)

// obfuscation is what the client's obfuscated2 header set up.
// https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation
type obfuscation struct {
	dc      int
	encrypt cipher.Stream
}

const obfuscatedHeader = 64

// acceptObfuscated reads the header. The client's key and IV are in its bytes
// 8 to 56, ours in the same bytes reversed; the end of the header, encrypted,
// names the inner transport and the data center.
// A secret is mixed into both keys.
func acceptObfuscated(r *bufio.Reader, key []byte) (*frameReader, *obfuscation, error) {
	var header [obfuscatedHeader]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, nil, err
	}
	secret := header[8:56]
	decrypt, err := newCTR(secret, key)
	if err != nil {
		return nil, nil, err
	}
	reversed := slices.Clone(secret)
	slices.Reverse(reversed)
	encrypt, err := newCTR(reversed, key)
	if err != nil {
		return nil, nil, err
	}
	var plain [obfuscatedHeader]byte
	decrypt.XORKeyStream(plain[:], header[:])

	f := &frameReader{r: bufio.NewReaderSize(cipher.StreamReader{S: decrypt, R: r}, 16<<10)}
	switch tag := [4]byte(plain[56:60]); tag {
	case codec.Abridged{}.ObfuscatedTag():
		f.framing = abridged
	case codec.Intermediate{}.ObfuscatedTag():
		f.framing = intermediate
	case codec.PaddedIntermediate{}.ObfuscatedTag():
		f.framing = padded
	default:
		return nil, nil, fmt.Errorf("%w: obfuscated tag %x", errTransport, tag)
	}
	dc := int(int16(binary.LittleEndian.Uint16(plain[60:62])))
	return f, &obfuscation{dc: dc, encrypt: encrypt}, nil
}

func newCTR(keyAndIV, secret []byte) (cipher.Stream, error) {
	key := keyAndIV[:32]
	if len(secret) > 0 {
		mixed := sha256.Sum256(slices.Concat(key, secret))
		key = mixed[:]
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewCTR(block, keyAndIV[32:]), nil
}
