// Package ige is AES-256 in Infinite Garble Extension mode, in place:
//
//	cipher[i] = encrypt(plain[i] ^ cipher[i-1]) ^ plain[i-1]
//	plain[i]  = decrypt(cipher[i] ^ plain[i-1]) ^ cipher[i-1]
//
// Encrypt takes a whole message. A Decrypter takes one piece by piece, so that
// its owner can hash what was decrypted last.
//
// Each block needs the result of the one before it, in both directions: the time
// of a message is that of one AES after the other. The standard library has no
// such chain, and calling its cipher for each block costs half of the block's
// time once more. So decryption, which every byte of every file goes through, is
// a loop in assembly on amd64 and arm64. Encryption, which only requests go through, is
// not, nor is anything with the build tag purego.
//
// IGE authenticates nothing: what comes out may be used after its msg_key was
// compared, not before.
//
// See https://core.telegram.org/mtproto/description#defining-aes-key-and-initialization-vector
// and https://www.links.org/files/openssl-ige.pdf.
package ige

import "crypto/aes"

const (
	// BlockSize is the unit of all lengths, in bytes.
	BlockSize = aes.BlockSize
	// KeySize is the length of a key in bytes.
	KeySize = 32
	// IVSize is the length of an initialization vector in bytes: cipher[-1], then
	// plain[-1].
	IVSize = 2 * BlockSize
)

// Encrypt encrypts buf in place. It panics if buf is not whole blocks.
func Encrypt(key *[KeySize]byte, iv *[IVSize]byte, buf []byte) {
	mustBeBlocks(buf)
	encryptGeneric(newBlock(key), iv, buf)
}

// Decrypter decrypts one message at a time. It is ready after Reset, and must
// not be used by several goroutines at once.
type Decrypter struct {
	engine engine
	chain  [IVSize]byte // The ciphertext and the plaintext of the block before.
}

// Reset begins a message. key and iv are not kept.
func (d *Decrypter) Reset(key *[KeySize]byte, iv *[IVSize]byte) {
	d.engine.reset(key)
	d.chain = *iv
}

// Decrypt decrypts buf, the next piece of the message, in place. It panics if
// buf is not whole blocks.
func (d *Decrypter) Decrypt(buf []byte) {
	mustBeBlocks(buf)
	if len(buf) > 0 {
		d.engine.decrypt(&d.chain, buf)
	}
}

func mustBeBlocks(buf []byte) {
	if len(buf)%BlockSize != 0 {
		panic("ige: input is not whole blocks")
	}
}
