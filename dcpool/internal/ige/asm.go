//go:build (amd64 || arm64) && !purego

package ige

// rounds is how many rounds AES has with a key of KeySize.
const rounds = 14

// roundKeys of the equivalent inverse cipher, in the order of their use: the
// first is the last of the encryption, and those between first and last went
// through InvMixColumns.
//
// See FIPS 197, section 5.3.5.
type roundKeys [rounds + 1][BlockSize]byte

// engine is the assembly where it runs.
type engine struct {
	keys roundKeys
	slow generic
}

func (e *engine) reset(key *[KeySize]byte) {
	if hasAES {
		expandKey(key, &e.keys)
	} else {
		e.slow.reset(key)
	}
}

func (e *engine) decrypt(chain *[IVSize]byte, buf []byte) {
	if hasAES {
		decryptBlocks(&e.keys, chain, &buf[0], len(buf)/BlockSize)
	} else {
		e.slow.decrypt(chain, buf)
	}
}

//go:noescape
func expandKey(key *[KeySize]byte, keys *roundKeys)

// decryptBlocks decrypts n > 0 blocks at buf in place, and leaves the last of
// them in chain.
//
//go:noescape
func decryptBlocks(keys *roundKeys, chain *[IVSize]byte, buf *byte, n int)
