package ige

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
)

// generic is the engine of machines that have no other.
type generic struct {
	block cipher.Block
}

func (g *generic) reset(key *[KeySize]byte) { g.block = newBlock(key) }

func (g *generic) decrypt(chain *[IVSize]byte, buf []byte) {
	le := binary.LittleEndian
	c0, c1 := le.Uint64(chain[0:]), le.Uint64(chain[8:])
	p0, p1 := le.Uint64(chain[16:]), le.Uint64(chain[24:])
	for ; len(buf) >= BlockSize; buf = buf[BlockSize:] {
		b := buf[:BlockSize:BlockSize]
		next0, next1 := le.Uint64(b), le.Uint64(b[8:])
		le.PutUint64(b, next0^p0)
		le.PutUint64(b[8:], next1^p1)
		g.block.Decrypt(b, b)
		p0, p1 = le.Uint64(b)^c0, le.Uint64(b[8:])^c1
		le.PutUint64(b, p0)
		le.PutUint64(b[8:], p1)
		c0, c1 = next0, next1
	}
	le.PutUint64(chain[0:], c0)
	le.PutUint64(chain[8:], c1)
	le.PutUint64(chain[16:], p0)
	le.PutUint64(chain[24:], p1)
}

func encryptGeneric(block cipher.Block, iv *[IVSize]byte, buf []byte) {
	le := binary.LittleEndian
	c0, c1 := le.Uint64(iv[0:]), le.Uint64(iv[8:])
	p0, p1 := le.Uint64(iv[16:]), le.Uint64(iv[24:])
	for ; len(buf) >= BlockSize; buf = buf[BlockSize:] {
		b := buf[:BlockSize:BlockSize]
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

func newBlock(key *[KeySize]byte) cipher.Block {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // It refuses only keys of another length.
	}
	return block
}
