package fetcher

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/cache"
	"github.com/tgfetch/tgfetch/dcpool"
)

// farDC is a plainDC that takes a second for an answer, and refuses from an offset
// on.
type farDC struct {
	plainDC
	refuses int64
}

func (d *farDC) Do(ctx context.Context, t dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	request, ok := in.(*tg.UploadGetFileRequest)
	if ok && d.refuses > 0 && request.Offset >= d.refuses {
		return tgerr.New(400, "LOCATION_INVALID")
	}
	select {
	case <-time.After(time.Second): // Virtual.
		return d.plainDC.Do(ctx, t, in, out)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// What was asked for before the caller gave up is written, if he grants the time;
// nothing more is asked for. A file that fails waits for nothing.
func TestDrain(t *testing.T) {
	enough := errors.New("enough")
	for _, tt := range []struct {
		name    string
		drain   time.Duration
		refuses int64
		took    time.Duration
		saved   bool
	}{
		{"not wanted", 0, 0, time.Second / 2, false},
		{"in time", 2 * time.Second, 0, time.Second, true},
		{"too short", time.Second / 4, 0, 3 * time.Second / 4, false},
		{"a file that fails", 2 * time.Second, 2 << 20, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &farDC{plainDC: plainDC{id: 9, size: 64 << 20, most: maxPart}, refuses: tt.refuses}
				c, err := New(Config{Doer: d, Cache: cache.None{}, Drain: tt.drain})
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				f := d.file(d.size)
				dir := t.TempDir()
				ctx, cancel := context.WithCancelCause(t.Context())
				defer time.AfterFunc(time.Second/2, func() { cancel(enough) }).Stop()
				started := time.Now()
				_, err = c.Fetch(ctx, f, Target{Dir: dir, Verify: VerifyOff})
				if tt.refuses > 0 && !tgerr.Is(err, "LOCATION_INVALID") || tt.refuses == 0 && !errors.Is(err, enough) {
					t.Errorf("got %v", err)
				}
				if took := time.Since(started); took != tt.took {
					t.Errorf("took %v, want %v", took, tt.took)
				}
				if !tt.saved {
					checkDir(t, dir)
					return
				}
				asked := d.asked.Load()
				result, err := c.Fetch(t.Context(), f, Target{Dir: dir, Verify: VerifyOff})
				if err != nil || result.Resumed == 0 || result.Resumed > defaultInFlight+defaultInFlight {
					t.Errorf("%d bytes of %d answers were kept, %v", result.Resumed, asked, err)
				}
				checkContent(t, result.Path, f)
			})
		})
	}
}
