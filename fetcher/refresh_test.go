package fetcher

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/cache"
	"github.com/tgfetch/tgfetch/dcpool"
)

// expiredDC serves no reference.
type expiredDC struct{}

func (expiredDC) Do(context.Context, dcpool.Target, bin.Encoder, bin.Decoder) error {
	return tgerr.New(400, "FILE_REFERENCE_EXPIRED")
}

// A renewal that fails is not tried again by all who waited for it.
func TestFailedRenewalIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tried atomic.Int64
		gone := errors.New("gone")
		c, err := New(Config{Doer: expiredDC{}, Cache: cache.None{}, Refresh: func(context.Context, File) (tg.InputFileLocationClass, error) {
			tried.Add(1)
			time.Sleep(time.Second) // Virtual.
			return nil, gone
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		r := open(t, c, File{Kind: Document, DC: 2, Size: 64 * pieceSize, Location: &tg.InputDocumentFileLocation{}})
		if _, err := r.ReadAt(make([]byte, 8*pieceSize), 0); !errors.Is(err, gone) {
			t.Errorf("got %v", err)
		}
		r.pieces.Wait()
		if n := tried.Load(); n != 1 {
			t.Errorf("tried %d times", n)
		}
	})
}
