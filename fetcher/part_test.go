package fetcher

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/dcpool"
)

// brokenDC is a plainDC that refuses the end of its file, once some of the rest
// was written.
type brokenDC struct {
	plainDC
	client *Client
	broken bool
}

func (d *brokenDC) Do(ctx context.Context, t dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	request, ok := in.(*tg.UploadGetFileRequest)
	if !ok || !d.broken || request.Offset+int64(request.Limit) < d.size {
		return d.plainDC.Do(ctx, t, in, out)
	}
	for d.size > 1<<20 && d.client.Stats().Active[0].Done == 0 {
		select {
		case <-time.After(time.Millisecond): // Stats has no events.
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return tgerr.New(400, "LOCATION_INVALID")
}

// What an earlier run left is gone on from, unless the target says otherwise.
func TestTargetsOfAnEarlierPart(t *testing.T) {
	const large, small = 3<<20 + 5, 1 << 20
	for _, tt := range []struct {
		name           string
		size           int64
		first, second  Target
		left           []string // by the first run
		resumed        bool
		foreign, other bool // the part is another file's; the second run takes another name
	}{
		{name: "by default", size: large, left: []string{"f.bin.part", "f.bin.part.journal"}, resumed: true},
		{name: "restart", size: large, second: Target{Restart: true}, left: []string{"f.bin.part", "f.bin.part.journal"}},
		{name: "no continue", size: large, second: Target{NoContinue: true}, left: []string{"f.bin.part", "f.bin.part.journal"}},
		{name: "no continue of another's", size: large, second: Target{NoContinue: true}, foreign: true, other: true},
		{name: "restart of another's", size: large, second: Target{Restart: true}, foreign: true},
		{name: "small", size: small},
		{name: "small, kept", size: small, first: Target{KeepPart: true}, left: []string{"f.bin.part"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := &brokenDC{plainDC: plainDC{id: 8, size: tt.size, most: maxPart}, broken: true}
			c, err := New(Config{Doer: d})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			d.client = c
			f := d.file(tt.size)
			dir := t.TempDir()
			if tt.foreign {
				if err := os.WriteFile(filepath.Join(dir, "f.bin.part"), make([]byte, 2<<20), 0o600); err != nil {
					t.Fatal(err)
				}
			} else {
				tt.first.Dir = dir
				if _, err := c.Fetch(t.Context(), f, tt.first); !tgerr.Is(err, "LOCATION_INVALID") {
					t.Fatalf("first: %v", err)
				}
				checkDir(t, dir, tt.left...)
			}

			d.broken = false
			tt.second.Dir = dir
			result, err := c.Fetch(t.Context(), f, tt.second)
			if err != nil {
				t.Fatal(err)
			}
			checkContent(t, result.Path, f)
			if (result.Resumed > 0) != tt.resumed {
				t.Errorf("resumed %d bytes", result.Resumed)
			}
			if tt.other {
				checkDir(t, dir, "f.8.bin", "f.bin.part")
			} else {
				checkDir(t, dir, "f.bin")
			}
		})
	}
}
