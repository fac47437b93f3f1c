package wire

import (
	"bytes"
	"crypto/aes"
	"math/rand/v2"
	"testing"

	"github.com/gotd/ige"
)

func TestIGEMatchesGotd(t *testing.T) {
	var key, iv [32]byte
	rnd := rand.NewChaCha8([32]byte{1})
	for _, blocks := range []int{0, 1, 2, 3, 64, 65} {
		plain := make([]byte, blocks*aes.BlockSize)
		for _, p := range [][]byte{key[:], iv[:], plain} {
			if _, err := rnd.Read(p); err != nil {
				t.Fatal(err)
			}
		}
		block, err := aes.NewCipher(key[:])
		if err != nil {
			t.Fatal(err)
		}
		want := make([]byte, len(plain))
		ige.EncryptBlocks(block, iv[:], want, plain)

		got := bytes.Clone(plain)
		encryptIGE(block, &iv, got)
		if !bytes.Equal(got, want) {
			t.Errorf("%d blocks: encryption differs from gotd's", blocks)
		}
		decryptIGE(block, &iv, got)
		if !bytes.Equal(got, plain) {
			t.Errorf("%d blocks: decryption does not restore the plaintext", blocks)
		}
	}
}

func BenchmarkDecryptIGE(b *testing.B) {
	var key, iv [32]byte
	buf, dst := make([]byte, 128<<10), make([]byte, 128<<10)
	b.Run("in place", func(b *testing.B) {
		b.SetBytes(int64(len(buf)))
		b.ReportAllocs()
		block, err := aes.NewCipher(key[:])
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			decryptIGE(block, &iv, buf)
		}
	})
	b.Run("gotd", func(b *testing.B) {
		b.SetBytes(int64(len(buf)))
		b.ReportAllocs()
		for b.Loop() {
			ige.DecryptAES256Blocks(key[:], iv[:], dst, buf)
		}
	})
}
