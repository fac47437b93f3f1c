package fetcher

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
)

// hasher hashes a file while it arrives, reading back what is there without a
// gap. The downloading never waits for it.
type hasher struct {
	from io.ReaderAt
	sum  hash.Hash
	news chan struct{}
}

func newHasher(from io.ReaderAt) *hasher {
	return &hasher{from: from, sum: sha256.New(), news: make(chan struct{}, 1)}
}

// wake tells run that there may be more.
func (h *hasher) wake() {
	select {
	case h.news <- struct{}{}:
	default:
	}
}

// run returns when the whole file is hashed. prefix says how much is there
// and how much there is in all.
func (h *hasher) run(ctx context.Context, prefix func() (n, size int64)) error {
	buf := takeBuffer(256 << 10)
	defer giveBuffer(buf)
	for at := int64(0); ; {
		there, size := prefix()
		for at < there {
			n := min(int64(len(*buf)), there-at)
			if _, err := h.from.ReadAt((*buf)[:n], at); err != nil {
				return fmt.Errorf("reading back what was written: %w", err)
			}
			h.sum.Write((*buf)[:n])
			at += n
		}
		if at == size {
			return nil
		}
		select {
		case <-h.news:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
