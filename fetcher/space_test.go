package fetcher

import (
	"context"
	"sync"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/filedata"
)

func TestSpace(t *testing.T) {
	lent := lend(1000)
	if lent.mem != nil {
		t.Error("memory was taken before there was anything to put into it")
	}
	lent.free()
	lent.bytes()[999] = 7
	if got := lent.bytes(); len(got) != 1000 || got[999] != 7 {
		t.Errorf("%d bytes, other ones the second time", len(got))
	}
	lent.free()
	if lent.mem != nil || lent.lent != nil {
		t.Error("a buffer that was given back is still in use")
	}

	own := make([]byte, 10)
	mine := ownSpace(own)
	mine.bytes()[3] = 1
	mine.free()
	if mine.size != 10 || own[3] != 1 || &mine.bytes()[0] != &own[0] {
		t.Error("a space over the caller's memory is elsewhere")
	}
}

// gatheringDC answers when all of the first requests are here, and notes which
// of them came with memory.
type gatheringDC struct {
	emptyDC
	first     sync.WaitGroup
	mu        sync.Mutex
	left      int  // Guarded by mu. Of the first requests.
	hadMemory bool // Guarded by mu.
}

func (d *gatheringDC) Do(ctx context.Context, t dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	d.mu.Lock()
	d.hadMemory = d.hadMemory || out.(*filedata.FileAnswer).Dst != nil
	if d.left > 0 {
		d.left--
		d.first.Done()
	}
	d.mu.Unlock()
	d.first.Wait()
	return d.emptyDC.Do(ctx, t, in, out)
}

func TestPartsInFlightHoldNoMemory(t *testing.T) {
	const parts = 16
	d := &gatheringDC{left: parts}
	d.first.Add(parts)
	c, err := New(Config{Doer: d})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	f := sized(4, parts*maxPart)
	f.Location = &tg.InputDocumentFileLocation{ID: f.ID}
	if _, err := c.Fetch(t.Context(), f, Target{Writer: &discard{}, Verify: VerifyOff}); err != nil {
		t.Fatal(err)
	}
	if d.hadMemory {
		t.Error("a request held memory before its answer came")
	}
}
