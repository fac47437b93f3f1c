package fetcher

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// TestPicturesOfBefore reads more pictures than one call gives, and finds an old one again.
func TestPicturesOfBefore(t *testing.T) {
	const pictures = 130
	s := startSim(t, func(s *scenario.Scenario) {
		s.Files = append(s.Files, scenario.File{ID: 93_000, Kind: scenario.KindPhoto, Size: 2000, DC: 1, Count: pictures})
		for i := range s.Accounts {
			if s.Accounts[i].Username == "simada" {
				s.Accounts[i].Photos = nil
				for n := range int64(pictures) {
					s.Accounts[i].Photos = append(s.Accounts[i].Photos, 93_000+n)
				}
			}
		}
	})
	c := s.client(nil)
	ada, channel := Link{Username: "simada"}, Link{Username: "simfiles"}
	var got []string
	var oldest File
	for f, err := range c.ResolveAll(t.Context(), slices.Values([]Link{ada, channel}), ResolveOptions{Pictures: true}) {
		if err != nil {
			continue // The channel may have none.
		}
		if f.Source.Link == ada {
			got = append(got, fmt.Sprint(f.ID, f.Form))
			oldest = f
		}
	}
	if len(got) != pictures || got[0] != "93000picture" || got[pictures-1] != "93129picture" {
		t.Errorf("%d pictures: %s", len(got), got)
	}
	s.ExpireReferences()
	r, err := c.Fetch(t.Context(), oldest, Target{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	checkContent(t, r.Path, r.File)
}
