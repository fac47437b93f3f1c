package fetcher

import (
	"errors"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// TestHashesOutliveTheirCDN: the hashes of a redirect come from the file's own
// data center, and hold for what that sends when the CDN is gone.
func TestHashesOutliveTheirCDN(t *testing.T) {
	const message, id = 900, 9900
	for _, tc := range []struct {
		name  string
		times int // that the file's own data center sends wrong bytes; 0 is always
		fails bool
	}{
		{"wrong once", 1, false},
		{"wrong always", 0, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := startSim(t, func(world *scenario.Scenario) {
				world.Files = append(world.Files, scenario.File{ID: id, DC: 2, Size: 50_000, Name: "a.bin", CDN: true, CDNHashes: scenario.HashesAll})
				chat := &world.Chats[0]
				chat.Messages = append(chat.Messages, scenario.Message{ID: message, File: id})
				// The first answer is the redirect.
				world.Faults = []scenario.Fault{{Do: scenario.DoFlip, Method: "upload.getFile", File: id, First: 2, Times: tc.times}}
			})
			c := s.client(nil)
			f := file(t, c, message)
			if err := s.StopDC(203); err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			result, err := c.Fetch(t.Context(), f, Target{Dir: dir})
			if tc.fails {
				if _, ok := errors.AsType[*VerifyError](err); !ok {
					t.Errorf("error %v", err)
				}
				checkDir(t, dir)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if result.Proven != f.Size {
				t.Errorf("%d bytes are proven", result.Proven)
			}
			checkContent(t, result.Path, f)
		})
	}
}
