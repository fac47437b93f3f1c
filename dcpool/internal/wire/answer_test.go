package wire

import (
	"bytes"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool/filedata"
)

// TestFileAnswers takes file answers of every kind through the connection, plain
// and packed.
func TestFileAnswers(t *testing.T) {
	content := bytes.Repeat([]byte("some bytes of a file. "), 60000)[:1<<20]
	file := &tg.UploadFile{Type: &tg.StorageFilePng{}, Bytes: content}
	redirect := &tg.UploadFileCDNRedirect{DCID: 203, FileToken: []byte("token")}
	for _, pack := range []bool{false, true} {
		as := func(msg bin.Encoder) bin.Encoder {
			if pack {
				return packed(msg)
			}
			return msg
		}
		synctest.Test(t, func(t *testing.T) {
			conn, p := newPeer(t, Options{})
			p.listen()
			do := func(answer bin.Encoder, out bin.Decoder) error {
				done := make(chan error, 1)
				go func() {
					done <- conn.Do(t.Context(), &tg.UploadGetFileRequest{Location: &tg.InputDocumentFileLocation{}}, out)
				}()
				p.answer(p.query(), as(answer))
				return <-done
			}
			got := filedata.FileAnswer{Dst: make([]byte, len(content))}
			if err := do(file, &got); err != nil || !bytes.Equal(got.Dst[:got.N], content) || got.Type != tg.StorageFilePngTypeID {
				t.Errorf("packed %t: %d bytes of type %#x, %v", pack, got.N, got.Type, err)
			}
			if err := do(redirect, &got); err != nil || got.Redirect == nil || got.Redirect.DCID != 203 {
				t.Errorf("packed %t: redirect %v, %v", pack, got.Redirect, err)
			}
			short := filedata.FileAnswer{Dst: make([]byte, len(content)-1)}
			err := do(file, &short)
			if e, ok := errors.AsType[*filedata.LengthError](err); !ok || e.Got != len(content) {
				t.Errorf("packed %t: got %v, want a *LengthError", pack, err)
			}
			part := filedata.CDNFileAnswer{Dst: make([]byte, len(content))}
			if err := do(&tg.UploadCDNFile{Bytes: content}, &part); err != nil || part.N != len(content) {
				t.Errorf("packed %t: %d bytes, %v", pack, part.N, err)
			}
			if err := do(&tg.UploadCDNFileReuploadNeeded{RequestToken: []byte("r")}, &part); err != nil || part.ReuploadNeeded == nil {
				t.Errorf("packed %t: %+v, %v", pack, part.ReuploadNeeded, err)
			}
		})
	}
}
