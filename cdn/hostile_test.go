package cdn_test

import (
	"errors"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/cdn"
)

// Windows as short as may be, in the worst order, cost neither much time nor
// memory without end.
func TestHostileWindows(t *testing.T) {
	const (
		perAnswer = 10_000
		step      = 16 * cdn.MinWindow
	)
	hash := make([]byte, 32)
	var w cdn.Windows
	var err error
	start := time.Now()
	answers := 0
	for ; err == nil && answers < 100; answers++ {
		hashes := make([]tg.FileHash, perAnswer)
		for i := range hashes {
			hashes[i] = tg.FileHash{Offset: int64((perAnswer-i)*step + answers*cdn.MinWindow), Limit: cdn.MinWindow, Hash: hash}
		}
		err = w.Add(hashes, -1)
	}
	if !errors.Is(err, cdn.ErrHashes) || w.Len() > 1<<16 {
		t.Errorf("%d windows are kept after %d answers, error %v", w.Len(), answers, err)
	}
	if d := time.Since(start); d > time.Minute {
		t.Errorf("it took %v", d)
	}
}

// Windows that begin within a block of the cipher cannot be decrypted alone, so none is kept.
func TestWindowsWithinABlockAreRefused(t *testing.T) {
	for _, offset := range []int64{1, 8, 15, 17, 128<<10 + 8, 1<<50 - 1} {
		for _, size := range []int64{-1, 1 << 51} {
			var w cdn.Windows
			hashes := []tg.FileHash{{Offset: offset, Limit: 128 << 10, Hash: make([]byte, 32)}}
			if err := w.Add(hashes, size); !errors.Is(err, cdn.ErrHashes) || w.Len() != 0 {
				t.Errorf("at offset %d of %d bytes: error %v, %d windows", offset, size, err, w.Len())
			}
		}
	}
}
