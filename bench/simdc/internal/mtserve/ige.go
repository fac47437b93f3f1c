package mtserve

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
)

// igeEncrypter encrypts one message in IGE mode, piece by piece. The pieces
// are whole blocks.
//
// IGE is c[i] = E(p[i] ^ c[i-1]) ^ p[i-1]. With d[i] = c[i] ^ p[i-1] that is
// d[i] = E(p[i] ^ p[i-2] ^ d[i-1]): CBC over p[i] ^ p[i-2]. So the standard
// library's CBC does the work and the rest is two XORs over the whole piece.
type igeEncrypter struct {
	cbc  cipher.BlockMode
	tail [2 * aes.BlockSize]byte // the last two blocks of plaintext
}

func newIGEEncrypter(key, iv []byte) (*igeEncrypter, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	e := &igeEncrypter{cbc: cipher.NewCBCEncrypter(block, iv[:aes.BlockSize])}
	copy(e.tail[aes.BlockSize:], iv[aes.BlockSize:])
	return e, nil
}

// encrypt writes the next len(src) bytes to dst, which must not overlap src.
func (e *igeEncrypter) encrypt(dst, src []byte) {
	const two = 2 * aes.BlockSize
	n := len(src)
	dst = dst[:n]
	head := min(n, two)
	subtle.XORBytes(dst[:head], src[:head], e.tail[:head])
	subtle.XORBytes(dst[head:], src[head:], src[:n-head])

	e.cbc.CryptBlocks(dst, dst)

	subtle.XORBytes(dst[:aes.BlockSize], dst[:aes.BlockSize], e.tail[aes.BlockSize:])
	subtle.XORBytes(dst[aes.BlockSize:], dst[aes.BlockSize:], src[:n-aes.BlockSize])
	if n >= two {
		copy(e.tail[:], src[n-two:])
	} else {
		copy(e.tail[:], e.tail[aes.BlockSize:])
		copy(e.tail[aes.BlockSize:], src)
	}
}
