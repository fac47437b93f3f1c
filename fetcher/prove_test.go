package fetcher

import (
	"context"
	"crypto/sha256"
	"os"
	"sync/atomic"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/dcpool"
)

// hashingDC has the hashes of file id, one window in each answer.
type hashingDC struct {
	id     int64
	window int
	asked  atomic.Int64
}

func (d *hashingDC) Do(_ context.Context, _ dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	d.asked.Add(1)
	at := in.(*tg.UploadGetFileHashesRequest).Offset
	data := make([]byte, d.window)
	simdc.Content(d.id, at, data)
	sum := sha256.Sum256(data)
	out.(*tg.FileHashVector).Elems = []tg.FileHash{{Offset: at, Limit: d.window, Hash: sum[:]}}
	return nil
}

// A file is proven with as many requests as there are windows of Telegram's
// length; a server whose windows are tiny does not get one for each.
func TestProvingIsBounded(t *testing.T) {
	const size = 8 << 20
	for window, want := range map[int]bool{128 << 10: true, 4 << 10: false} {
		d := &hashingDC{id: 9, window: window}
		c, err := New(Config{Doer: d})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		f := File{Kind: Document, ID: d.id, DC: 2, Size: size, Name: "f.bin", Location: &tg.InputDocumentFileLocation{}}
		path := damaged(t, f, func(data []byte) []byte { return data })
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.provenThere(t.Context(), f, inFolder(t, c, path), path, info); got != want {
			t.Errorf("windows of %d bytes: proven %v", window, got)
		}
		if n := d.asked.Load(); n > size/(128<<10)+strayAsks {
			t.Errorf("windows of %d bytes: %d requests", window, n)
		}
	}
}
