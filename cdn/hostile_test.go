package cdn_test

import (
	"errors"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/cdn"
)

// Windows of one byte, in the worst order, cost neither much time nor memory
// without end.
func TestHostileWindows(t *testing.T) {
	const perAnswer = 40_000 // What fits a frame of 2 MiB.
	hash := make([]byte, 32)
	var w cdn.Windows
	var err error
	start := time.Now()
	answers := 0
	for ; err == nil && answers < 100; answers++ {
		hashes := make([]tg.FileHash, perAnswer)
		for i := range hashes {
			hashes[i] = tg.FileHash{Offset: int64((perAnswer-i)*100 + answers), Limit: 1, Hash: hash}
		}
		err = w.Add(hashes, -1)
	}
	if !errors.Is(err, cdn.ErrHashes) || w.Len() > 1<<16 {
		t.Errorf("%d windows are kept after %d answers, error %v", w.Len(), answers, err)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("it took %v", d)
	}
}
