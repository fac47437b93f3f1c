package cdn_test

import (
	"bytes"
	"crypto/aes"
	"errors"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/cdn"
)

// FuzzRedirect adopts whatever a server says about a CDN: a redirect that is
// followed is one that can be, and the windows that are kept are in order,
// disjoint and inside the file.
func FuzzRedirect(f *testing.F) {
	seed := func(r *tg.UploadFileCDNRedirect, size int64) {
		var b bin.Buffer
		if err := r.Encode(&b); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Buf, size)
	}
	good := tg.UploadFileCDNRedirect{
		DCID: 203, FileToken: []byte("token"), EncryptionKey: make([]byte, 32), EncryptionIv: make([]byte, 16),
		FileHashes: []tg.FileHash{hash(content(300*k), 0, 100*k), hash(content(300*k), 100*k, 100*k)},
	}
	seed(&good, 300*k)
	bad := good
	bad.DCID, bad.FileToken = -1, nil
	bad.FileHashes = []tg.FileHash{{Offset: 1<<63 - 1, Limit: 1 << 30, Hash: make([]byte, 32)}}
	seed(&bad, -1)
	f.Fuzz(func(t *testing.T, raw []byte, size int64) {
		var r tg.UploadFileCDNRedirect
		if r.Decode(&bin.Buffer{Buf: raw}) != nil {
			return
		}
		var zero cdn.State
		s := zero.Redirected(&r)
		switch redirect := s.Redirect(); {
		case redirect == nil:
			if !errors.Is(s.Reason(), cdn.ErrRedirect) || s.Allowed() {
				t.Errorf("not followed, and the CDN is ruled out by %v", s.Reason())
			}
		case redirect.DC <= 0 || len(redirect.Token) == 0 || redirect.Revision != 1:
			t.Errorf("follows %v with a token of %d bytes", redirect, len(redirect.Token))
		default:
			text := bytes.Repeat([]byte{7}, 33)
			if err := errors.Join(redirect.Decrypt(text, 16), redirect.Decrypt(text, 16)); err != nil {
				t.Error(err)
			}
			if !bytes.Equal(text, bytes.Repeat([]byte{7}, 33)) {
				t.Error("decrypting twice is not the identity")
			}
		}
		var w cdn.Windows
		if err := w.Add(r.FileHashes, size); err != nil {
			if !errors.Is(err, cdn.ErrHashes) || w.Len() != 0 {
				t.Errorf("%d windows are kept with error %v", w.Len(), err)
			}
			return
		}
		end := int64(0)
		for _, win := range w.Over(0, 1<<60) {
			if win.Offset < end || win.Offset%aes.BlockSize != 0 || win.Limit <= 0 || win.Limit > cdn.MaxWindow || size >= 0 && win.End() > size {
				t.Errorf("window %d+%d after %d of %d bytes", win.Offset, win.Limit, end, size)
			}
			end = win.End()
		}
		if err := w.Add(r.FileHashes, size); err != nil {
			t.Errorf("the same hashes again: %v", err)
		}
	})
}
