package cdn_test

import (
	"bytes"
	"crypto/aes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/cdn"
)

func redirect(token string) *tg.UploadFileCDNRedirect {
	return &tg.UploadFileCDNRedirect{
		DCID:          203,
		FileToken:     []byte(token),
		EncryptionKey: bytes.Repeat([]byte{7}, 32),
		// Its last bytes are not zero, so that adding the counter and
		// replacing by it give different results.
		EncryptionIv: []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0xff, 0xff, 0xff, 0xf0},
	}
}

func TestParseRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*tg.UploadFileCDNRedirect){
		"no data center": func(r *tg.UploadFileCDNRedirect) { r.DCID = 0 },
		"negative DC":    func(r *tg.UploadFileCDNRedirect) { r.DCID = -203 },
		"no token":       func(r *tg.UploadFileCDNRedirect) { r.FileToken = nil },
		"endless token":  func(r *tg.UploadFileCDNRedirect) { r.FileToken = make([]byte, 1<<20) },
		"16-byte key":    func(r *tg.UploadFileCDNRedirect) { r.EncryptionKey = make([]byte, 16) },
		"33-byte key":    func(r *tg.UploadFileCDNRedirect) { r.EncryptionKey = make([]byte, 33) },
		"no IV":          func(r *tg.UploadFileCDNRedirect) { r.EncryptionIv = nil },
		"IV of two":      func(r *tg.UploadFileCDNRedirect) { r.EncryptionIv = make([]byte, 32) },
		"12-byte IV":     func(r *tg.UploadFileCDNRedirect) { r.EncryptionIv = make([]byte, 12) },
	} {
		t.Run(name, func(t *testing.T) {
			r := redirect("t")
			spoil(r)
			if _, err := cdn.Parse(r); !errors.Is(err, cdn.ErrRedirect) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// keystream is the rule written out by hand: every block of the stream is the
// encryption of the IV with its last four bytes replaced by the block number.
func keystream(t *testing.T, r *tg.UploadFileCDNRedirect, offset int64, n int) []byte {
	t.Helper()
	block, err := aes.NewCipher(r.EncryptionKey)
	if err != nil {
		t.Fatal(err)
	}
	var out []byte
	for i := uint32(offset / 16); len(out) < n; i++ {
		in := [16]byte(r.EncryptionIv)
		in[12], in[13], in[14], in[15] = byte(i>>24), byte(i>>16), byte(i>>8), byte(i)
		var enc [16]byte
		block.Encrypt(enc[:], in[:])
		out = append(out, enc[:]...)
	}
	return out[:n]
}

func TestDecryptReplacesTheCounter(t *testing.T) {
	raw := redirect("t")
	r, err := cdn.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, offset := range []int64{0, 16, 128 << 10, 128<<10 - 16, 4 << 30, 4<<30 + 1<<20} {
		for _, n := range []int{0, 1, 16, 1000} {
			buf := make([]byte, n)
			if err := r.Decrypt(buf, offset); err != nil {
				t.Errorf("%d bytes at %d: %v", n, offset, err)
			}
			if !bytes.Equal(buf, keystream(t, raw, offset, n)) {
				t.Errorf("%d bytes at %d: wrong key stream", n, offset)
			}
		}
	}
}

// knownAnswer is the stream at offset 0 under key 07…07 and the IV above, computed with
// OpenSSL (aes-256-ecb of the counter block).
const knownAnswer = "0e46ddab9cadd1a3b98bb8adda3cb081"

func TestDecryptKnownAnswer(t *testing.T) {
	r, err := cdn.Parse(redirect("t"))
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 16)
	if err := r.Decrypt(buf, 0); err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(buf); got != knownAnswer {
		t.Errorf("got %s, want %s", got, knownAnswer)
	}
}

func TestDecryptOnlyAtBlocks(t *testing.T) {
	r, err := cdn.Parse(redirect("t"))
	if err != nil {
		t.Fatal(err)
	}
	for _, offset := range []int64{-16, 1, 17} {
		buf := []byte{7}
		if err := r.Decrypt(buf, offset); !errors.Is(err, cdn.ErrOffset) || buf[0] != 7 {
			t.Errorf("at offset %d: error %v, buffer %v", offset, err, buf)
		}
	}
}

func TestRedirectPrintsNoSecret(t *testing.T) {
	r, err := cdn.Parse(redirect("secret-token"))
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		got := fmt.Sprintf(verb, r)
		if strings.Contains(got, "secret") || strings.Contains(got, "7, 7") || strings.Contains(got, "0x7") {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}

func BenchmarkDecrypt(b *testing.B) {
	r, err := cdn.Parse(redirect("t"))
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, 128<<10)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Decrypt(buf, 128<<10); err != nil {
			b.Fatal(err)
		}
	}
}
