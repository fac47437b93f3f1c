package mtserve

import (
	"bytes"
	"crypto/aes"
	"testing"

	"github.com/gotd/ige"
)

// In pieces of any size the result is that of an independent implementation.
func TestIGE(t *testing.T) {
	key, iv := randomBytes(32), randomBytes(32)
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	src := randomBytes(64 * aes.BlockSize)
	want := make([]byte, len(src))
	ige.EncryptBlocks(block, iv, want, src)

	for _, pieces := range [][]int{{64}, {1, 63}, {2, 62}, {3, 1, 1, 59}, {1, 1, 1, 1, 30, 30}, {63, 1}} {
		e, err := newIGEEncrypter(key, iv)
		if err != nil {
			t.Fatal(err)
		}
		var got []byte
		rest := src
		for _, n := range pieces {
			n *= aes.BlockSize
			dst := make([]byte, n)
			e.encrypt(dst, rest[:n])
			got, rest = append(got, dst...), rest[n:]
		}
		if !bytes.Equal(got, want) {
			t.Errorf("pieces of %d blocks differ", pieces)
		}
	}
}
