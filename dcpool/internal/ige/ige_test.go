package ige

import (
	"bytes"
	"crypto/aes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gotd/ige"
)

type decrypter interface {
	Reset(key *[KeySize]byte, iv *[IVSize]byte)
	Decrypt(buf []byte)
}

func decrypters() map[string]decrypter {
	return map[string]decrypter{"this machine": new(Decrypter), "pure Go": new(pureDecrypter)}
}

// pureDecrypter is what Decrypter is on other machines.
type pureDecrypter struct {
	engine generic
	chain  [IVSize]byte
}

func (d *pureDecrypter) Reset(key *[KeySize]byte, iv *[IVSize]byte) {
	d.engine.reset(key)
	d.chain = *iv
}

func (d *pureDecrypter) Decrypt(buf []byte) { d.engine.decrypt(&d.chain, buf) }

// What AES_ige_encrypt of OpenSSL 3.0 makes of 64, 65, 66… under the key 0, 1,
// 2… and the vector 32, 33, 34….
const openSSL = "b6b23cb46d2f43de2c67fc9a3a9e35104fad6ed15177969c1cebc616bcfa482cb220e4d159bedfd570df191a805e9d9d"

func TestOpenSSLVector(t *testing.T) {
	key, iv := [KeySize]byte(count(0, KeySize)), [IVSize]byte(count(32, IVSize))
	plain, sealed := count(64, 48), unhex(t, openSSL)

	got := bytes.Clone(plain)
	Encrypt(&key, &iv, got)
	if !bytes.Equal(got, sealed) {
		t.Errorf("Encrypt: %x", got)
	}
	for name, d := range decrypters() {
		got := bytes.Clone(sealed)
		d.Reset(&key, &iv)
		d.Decrypt(got)
		if !bytes.Equal(got, plain) {
			t.Errorf("%s: %x", name, got)
		}
	}
}

// TestPaperVectors has the vectors of https://www.links.org/files/openssl-ige.pdf.
// They are of AES-128, so they check the chain alone.
func TestPaperVectors(t *testing.T) {
	for _, v := range []struct{ key, iv, plain, sealed string }{
		{
			"000102030405060708090a0b0c0d0e0f",
			"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
			"0000000000000000000000000000000000000000000000000000000000000000",
			"1a8519a6557be652e9da8e43da4ef4453cf456b4ca488aa383c79c98b34797cb",
		},
		{
			"5468697320697320616e20696d706c65",
			"6d656e746174696f6e206f6620494745206d6f646520666f72204f70656e5353",
			"99706487a1cde613bc6de0b6f24b1c7aa448c8b9c3403e3467a8cad89340f53b",
			"4c2e204c6574277320686f70652042656e20676f74206974207269676874210a",
		},
	} {
		block, err := aes.NewCipher(unhex(t, v.key))
		if err != nil {
			t.Fatal(err)
		}
		iv, buf := [IVSize]byte(unhex(t, v.iv)), unhex(t, v.plain)
		encryptGeneric(block, &iv, buf)
		if got := hex.EncodeToString(buf); got != v.sealed {
			t.Errorf("encrypted %s, want %s", got, v.sealed)
		}
		(&generic{block: block}).decrypt(&iv, buf)
		if got := hex.EncodeToString(buf); got != v.plain {
			t.Errorf("decrypted %s, want %s", got, v.plain)
		}
	}
}

// TestMatchesGotd goes through lengths, and through every alignment of buffer
// and key.
func TestMatchesGotd(t *testing.T) {
	rnd := rand.NewChaCha8([32]byte{1})
	for name, d := range decrypters() {
		for blocks := range 70 {
			offset := blocks % 17
			memory := random(t, rnd, KeySize+IVSize+blocks*BlockSize+2*17)
			before := bytes.Clone(memory)
			key := (*[KeySize]byte)(memory[offset:])
			iv := (*[IVSize]byte)(memory[offset+KeySize:])
			buf := memory[offset+KeySize+IVSize:][:blocks*BlockSize]
			want := gotd(t, key, iv, buf)

			d.Reset(key, iv)
			d.Decrypt(buf)
			if !bytes.Equal(buf, want) {
				t.Errorf("%s: %d blocks at offset %d differ from gotd's", name, blocks, offset)
			}
			end := offset + KeySize + IVSize
			if !bytes.Equal(memory[:end], before[:end]) || !bytes.Equal(memory[end+len(buf):], before[end+len(buf):]) {
				t.Errorf("%s: %d blocks at offset %d: wrote beside the buffer", name, blocks, offset)
			}

			Encrypt(key, iv, buf)
			if !bytes.Equal(memory, before) {
				t.Errorf("%s: %d blocks: encrypting does not restore them", name, blocks)
			}
		}
	}
}

func FuzzDecrypt(f *testing.F) {
	f.Add(count(0, 200), uint(1))
	f.Add(count(0, 64), uint(0))
	f.Fuzz(func(t *testing.T, data []byte, cut uint) {
		if len(data) < KeySize+IVSize {
			return
		}
		key, iv := [KeySize]byte(data), [IVSize]byte(data[KeySize:])
		data = data[KeySize+IVSize:]
		data = data[:len(data)/BlockSize*BlockSize]
		first := int(cut%uint(len(data)/BlockSize+1)) * BlockSize
		want := gotd(t, &key, &iv, data)
		for name, d := range decrypters() {
			got := bytes.Clone(data)
			d.Reset(&key, &iv)
			d.Decrypt(got[:first])
			d.Decrypt(got[first:])
			if !bytes.Equal(got, want) {
				t.Errorf("%s: %d bytes, the first %d apart, differ from gotd's", name, len(data), first)
			}
		}
	})
}

func TestPartialBlocksPanic(t *testing.T) {
	var key [KeySize]byte
	var iv [IVSize]byte
	var d Decrypter
	d.Reset(&key, &iv)
	for name, f := range map[string]func([]byte){
		"Decrypt": d.Decrypt,
		"Encrypt": func(b []byte) { Encrypt(&key, &iv, b) },
	} {
		for _, n := range []int{1, BlockSize - 1, BlockSize + 1} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s took %d bytes", name, n)
					}
				}()
				f(make([]byte, n))
			}()
		}
	}
}

func BenchmarkDecrypt(b *testing.B) {
	var key [KeySize]byte
	var iv [IVSize]byte
	for _, size := range []int{1 << 10, 128 << 10, 1 << 20} {
		buf := make([]byte, size)
		for name, d := range decrypters() {
			b.Run(fmt.Sprintf("%s/%dKiB", name, size>>10), func(b *testing.B) {
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					d.Reset(&key, &iv)
					d.Decrypt(buf)
				}
			})
		}
		b.Run(fmt.Sprintf("gotd/%dKiB", size>>10), func(b *testing.B) {
			dst := make([]byte, size)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				ige.DecryptAES256Blocks(key[:], iv[:], dst, buf)
			}
		})
	}
}

// gotd decrypts src with gotd's package.
func gotd(t *testing.T, key *[KeySize]byte, iv *[IVSize]byte, src []byte) []byte {
	t.Helper()
	block, err := aes.NewCipher(key[:])
	if err != nil {
		t.Fatal(err)
	}
	dst := make([]byte, len(src))
	ige.DecryptBlocks(block, bytes.Clone(iv[:]), dst, src)
	return dst
}

// count is n bytes from first upwards.
func count(first byte, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = first + byte(i)
	}
	return b
}

func random(t *testing.T, rnd *rand.ChaCha8, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	if _, err := rnd.Read(b); err != nil {
		t.Fatal(err)
	}
	return b
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
