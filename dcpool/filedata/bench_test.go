package filedata

import (
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

func BenchmarkCDNFileAnswer(b *testing.B) {
	const size = 1 << 20
	raw := encode(b, &tg.UploadCDNFile{Bytes: data(size)})
	a := CDNFileAnswer{Dst: make([]byte, size)}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		if err := a.Decode(&bin.Buffer{Buf: raw}); err != nil {
			b.Fatal(err)
		}
	}
}

// What gotd's decoder costs for the same answer as BenchmarkFileAnswer.
func BenchmarkGotdFileAnswer(b *testing.B) {
	const size = 1 << 20
	raw := encode(b, &tg.UploadFile{Type: &tg.StorageFileJpeg{}, Bytes: data(size)})
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		var box tg.UploadFileBox
		if err := box.Decode(&bin.Buffer{Buf: raw}); err != nil {
			b.Fatal(err)
		}
	}
}
