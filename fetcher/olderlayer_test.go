package fetcher

import (
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// TestServersOfOlderLayers fetches from servers that take no notice of
// invokeWithLayer: from a channel, an album, saved messages and a private channel.
func TestServersOfOlderLayers(t *testing.T) {
	for _, layer := range []int{195, 203, 216, 223, 227} {
		c := startSim(t, func(s *scenario.Scenario) { s.Layer = layer }).client(nil)
		for _, text := range []string{"t.me/simfiles/9", "t.me/simfiles/2", "t.me/simfiles/10", "t.me/c/1600000002/3", "tg://openmessage?user_id=7001&message_id=2"} {
			link, err := ParseLink(text)
			if err != nil {
				t.Fatal(err)
			}
			for f, err := range c.Resolve(t.Context(), link) {
				if err != nil {
					t.Errorf("layer %d, %s: %v", layer, text, err)
					break
				}
				result, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()})
				if err != nil {
					t.Errorf("layer %d, %s: %v", layer, text, err)
					break
				}
				checkContent(t, result.Path, f)
			}
		}
	}
}
