package fetcher

import (
	"fmt"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/bench/simdc/simtest"
)

// TestLastWindow holds a client to both ways in which a server may state the
// last hash window of a file, for sizes around a window and an MiB: everything
// is proven, by a full verification, by Verify, by a CDN, and where the file is
// there already.
func TestLastWindow(t *testing.T) {
	sizes := []int64{1, 4095, 100_000, 128<<10 - 1, 128 << 10, 128<<10 + 1, 1<<20 - 1, 1 << 20, 1<<20 + 1, 3<<20 + 131_073}
	const plain, onCDN = 300, 400 // Messages.
	for _, turned := range []bool{false, true} {
		t.Run(fmt.Sprintf("turned %v", turned), func(t *testing.T) {
			s := startSim(t, func(s *scenario.Scenario) {
				simtest.Pin(s, scenario.FullLastWindow, turned)
				for i, size := range sizes {
					files := []scenario.File{
						{ID: int64(9300 + i), Size: scenario.Size(size), DC: 4, Name: fmt.Sprintf("plain%d.bin", i)},
						{ID: int64(9400 + i), Size: scenario.Size(size), DC: 4, Name: fmt.Sprintf("cdn%d.bin", i), CDN: true, CDNHashes: scenario.HashesNone},
					}
					s.Files = append(s.Files, files...)
					s.Chats[0].Messages = append(s.Chats[0].Messages,
						scenario.Message{ID: plain + i, File: files[0].ID}, scenario.Message{ID: onCDN + i, File: files[1].ID})
				}
			})
			c := s.client(nil)
			for i, size := range sizes {
				t.Run(fmt.Sprint(size), func(t *testing.T) {
					f := file(t, c, plain+i)
					target := Target{Dir: t.TempDir(), Verify: VerifyFull}
					result, err := c.Fetch(t.Context(), f, target)
					if err != nil || result.Proven != size {
						t.Fatalf("full verification proves %d bytes, %v", result.Proven, err)
					}
					checkContent(t, result.Path, f)
					verdict, err := c.Verify(t.Context(), f, result.Path, VerifyOptions{})
					if err != nil || !verdict.OK() {
						t.Errorf("Verify: %+v, %v", verdict, err)
					}
					again, err := c.Fetch(t.Context(), f, target)
					if err != nil || !again.Existing {
						t.Errorf("the second Fetch does not find the file proven: %+v, %v", again, err)
					}
					f = file(t, c, onCDN+i)
					cdn, err := c.Fetch(t.Context(), f, Target{Dir: target.Dir})
					if err != nil || cdn.Proven != size || cdn.Route != fmt.Sprintf("4, CDN %d", simCDN) {
						t.Fatalf("over the CDN: %+v, %v", cdn, err)
					}
					checkContent(t, cdn.Path, f)
				})
			}
		})
	}
}
