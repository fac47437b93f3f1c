package fetcher

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/tgfetch/tgfetch/chunker"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/session"
)

// TestSizesThatTelegramHasNot: on Telegram's own network a size far beyond what it stores is refused
// before anything is asked or made; elsewhere it is the disk's affair.
func TestSizesThatTelegramHasNot(t *testing.T) {
	t.Parallel()
	elsewhere := dcpool.ProdNetwork()
	elsewhere = dcpool.Network{Keys: elsewhere.Keys, DCs: []session.DCOption{{ID: 2, IP: "127.0.0.1", Port: 1}}}
	for name, tt := range map[string]struct {
		network dcpool.Network
		refuses bool
	}{
		"Telegram, by default": {dcpool.Network{}, true},
		"Telegram":             {dcpool.ProdNetwork(), true},
		"test data centers":    {dcpool.TestNetwork(), false},
		"a cluster":            {elsewhere, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dial := func(context.Context, string, string) (net.Conn, error) {
				t.Error("somebody was asked")
				return nil, errors.New("no network")
			}
			c, err := New(Config{APIID: 1, APIHash: "x", Network: tt.network, Dial: dial})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			for _, size := range []int64{UnknownSize, 1, 8000 * 512 << 10, 64 << 30} {
				if err := c.check(handMade(size)); err != nil {
					t.Errorf("%d bytes: %v", size, err)
				}
			}
			for _, size := range []int64{64<<30 + 1, chunker.MaxSize} {
				f := handMade(size)
				if !tt.refuses {
					if err := c.check(f); err != nil {
						t.Errorf("%d bytes: %v", size, err)
					}
					continue
				}
				dir := t.TempDir()
				_, fetched := c.Fetch(t.Context(), f, Target{Dir: dir})
				checkDir(t, dir)
				_, opened := c.Open(t.Context(), f)
				_, streamed := c.Stream(t.Context(), f, io.Discard, StreamOptions{})
				_, verified := c.Verify(t.Context(), f, os.DevNull, VerifyOptions{})
				for _, err := range []error{fetched, opened, streamed, verified} {
					if !errors.Is(err, ErrInvalidFile) || !strings.Contains(err.Error(), "up to 4194304000") || !strings.Contains(err.Error(), "68719476736") {
						t.Errorf("%d bytes: %v", size, err)
					}
				}
			}
		})
	}
}

// TestSizesBeyondBelief: the bound holds, too, for what a server has other than what it says, and for
// files of which it does not say where they end.
func TestSizesBeyondBelief(t *testing.T) {
	t.Parallel()
	const most = 80 << 20
	for _, stated := range []int64{UnknownSize, 100, 1 << 20, most} {
		d := &plainDC{id: 5, size: chunker.MaxSize, most: maxPart}
		c := d.client(t)
		c.largest = most
		dir := t.TempDir()
		_, fetched := c.Fetch(t.Context(), d.file(stated), Target{Dir: dir})
		_, streamed := c.Stream(t.Context(), d.file(stated), io.Discard, StreamOptions{})
		for _, err := range []error{fetched, streamed} {
			if !errors.Is(err, ErrInvalidFile) || d.asked.Load() > 1000 {
				t.Errorf("%d bytes stated: %v after %d requests", stated, err, d.asked.Load())
			}
		}
	}
}
