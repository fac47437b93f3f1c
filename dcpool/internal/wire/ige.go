package wire

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
)

// decryptIGE decrypts buf in place with AES in IGE mode:
//
//	plain[i] = decrypt(cipher[i] ^ plain[i-1]) ^ cipher[i-1]
//
// where iv holds cipher[-1] and plain[-1]. The length of buf must be a multiple of
// the block size. gotd's ige wants a second buffer of the same length; in place
// a frame stays in the cache and needs no other memory.
//
// See https://core.telegram.org/mtproto/description#defining-aes-key-and-initialization-vector.
func decryptIGE(block cipher.Block, iv *[2 * aes.BlockSize]byte, buf []byte) {
	le := binary.LittleEndian
	c0, c1 := le.Uint64(iv[0:]), le.Uint64(iv[8:])
	p0, p1 := le.Uint64(iv[16:]), le.Uint64(iv[24:])
	for ; len(buf) >= aes.BlockSize; buf = buf[aes.BlockSize:] {
		b := buf[:aes.BlockSize:aes.BlockSize]
		next0, next1 := le.Uint64(b), le.Uint64(b[8:])
		le.PutUint64(b, next0^p0)
		le.PutUint64(b[8:], next1^p1)
		block.Decrypt(b, b)
		p0, p1 = le.Uint64(b)^c0, le.Uint64(b[8:])^c1
		le.PutUint64(b, p0)
		le.PutUint64(b[8:], p1)
		c0, c1 = next0, next1
	}
}

// encryptIGE is the inverse of decryptIGE:
//
//	cipher[i] = encrypt(plain[i] ^ cipher[i-1]) ^ plain[i-1]
func encryptIGE(block cipher.Block, iv *[2 * aes.BlockSize]byte, buf []byte) {
	le := binary.LittleEndian
	c0, c1 := le.Uint64(iv[0:]), le.Uint64(iv[8:])
	p0, p1 := le.Uint64(iv[16:]), le.Uint64(iv[24:])
	for ; len(buf) >= aes.BlockSize; buf = buf[aes.BlockSize:] {
		b := buf[:aes.BlockSize:aes.BlockSize]
		next0, next1 := le.Uint64(b), le.Uint64(b[8:])
		le.PutUint64(b, next0^c0)
		le.PutUint64(b[8:], next1^c1)
		block.Encrypt(b, b)
		c0, c1 = le.Uint64(b)^p0, le.Uint64(b[8:])^p1
		le.PutUint64(b, c0)
		le.PutUint64(b[8:], c1)
		p0, p1 = next0, next1
	}
}
