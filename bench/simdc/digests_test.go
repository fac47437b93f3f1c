package simdc

import (
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// TestKnownDigests computes every constant anew. With -short the 4 GiB are left
// out, which take a few seconds of one core.
func TestKnownDigests(t *testing.T) {
	seen := map[digestKey]bool{}
	for id, f := range newWorld(scenario.Default()).files {
		key := digestKey{id, int64(f.Size)}
		seen[key] = true
		if testing.Short() && key.size >= 1<<30 {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			got, err := Digest(t.Context(), key.id, key.size)
			if err != nil || got != knownDigests[key] {
				t.Errorf("file %d of %d bytes: %s, %v; the constant is %q", key.id, key.size, got, err, knownDigests[key])
			}
		})
	}
	for key := range knownDigests {
		if !seen[key] {
			t.Errorf("file %d of %d bytes is in no preset", key.id, key.size)
		}
	}
	for id, f := range newWorld(scenario.Demo()).files {
		if !seen[digestKey{id, int64(f.Size)}] {
			t.Errorf("file %d of the demo is not that of the default scenario", id)
		}
	}
}
