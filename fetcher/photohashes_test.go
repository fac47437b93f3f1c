package fetcher

import (
	"errors"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/bench/simdc/simtest"
)

// TestPhotoHashes fetches a photo from servers with and without hashes of
// photos: the bytes are right either way, and proven where they can be.
func TestPhotoHashes(t *testing.T) {
	for _, c := range []struct {
		name   string
		proven bool
	}{{"stated", true}, {"none", false}} {
		t.Run(c.name, func(t *testing.T) {
			s := startSim(t, func(s *scenario.Scenario) { simtest.Pin(s, scenario.PhotoHashes, !c.proven) })
			client := s.client(nil)
			photo := resolve(t, client, simLink(t, 2))[0]
			if photo.Kind != Photo {
				t.Fatalf("message 2 holds a %s", photo.Kind)
			}
			result, err := client.Fetch(t.Context(), photo, Target{Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			checkContent(t, result.Path, photo)
			// Who wants a proof gets it, or is told that there is none.
			result, err = client.Fetch(t.Context(), photo, Target{Dir: t.TempDir(), Verify: VerifyFull})
			_, unproven := errors.AsType[*VerifyError](err)
			if c.proven && (err != nil || result.Proven != result.Bytes || result.Bytes == 0) || !c.proven && !unproven {
				t.Errorf("with a full verification: %+v, %v", result, err)
			}
		})
	}
}
