package cdn_test

import (
	"testing"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/cdn"
)

// Checking a part of 1 MiB against its eight windows.
func BenchmarkCheck(b *testing.B) {
	const part, window = 1 << 20, 128 << 10
	data := content(part)
	var hashes []tg.FileHash
	for at := 0; at < part; at += window {
		hashes = append(hashes, hash(data, at, window))
	}
	var w cdn.Windows
	if err := w.Add(hashes, part); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(part)
	b.ReportAllocs()
	for b.Loop() {
		if bad := cdn.Check(data, 0, w.Over(0, part)); len(bad) > 0 {
			b.Fatalf("%d windows do not match", len(bad))
		}
	}
}

// Taking in the windows of a 1 GiB file, eight an answer.
func BenchmarkAddWindows(b *testing.B) {
	const size, window, batch = 1 << 30, 128 << 10, 8
	sum := make([]byte, 32)
	b.ReportAllocs()
	for b.Loop() {
		var w cdn.Windows
		hashes := make([]tg.FileHash, batch)
		for at := int64(0); at < size; at += batch * window {
			for i := range hashes {
				hashes[i] = tg.FileHash{Offset: at + int64(i)*window, Limit: window, Hash: sum}
			}
			if err := w.Add(hashes, size); err != nil {
				b.Fatal(err)
			}
		}
	}
}
