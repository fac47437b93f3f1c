package simdc

import (
	"context"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// A link for the media endpoint holds there alone, and shares nothing with the
// other.
func TestMediaLink(t *testing.T) {
	s := scenario.Default()
	s.Link = scenario.Link{RTT: scenario.Duration(time.Millisecond), Rate: 5e6}
	s.DCs = []scenario.DC{{ID: 1}, {ID: 2}, {ID: 3}, {ID: 4, Media: true, MediaLink: &scenario.Link{Rate: 1e6, DCRate: 3e6}}, {ID: 5}, {ID: 203, CDN: true}}
	c, err := Start(context.Background(), Options{Scenario: &s})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	rates := map[string]scenario.Size{}
	shared := map[bottleneck]int{}
	for _, e := range c.endpoints {
		if e.dc.ID == 4 {
			rates[e.name] = e.paths.link.Rate
			shared[e.shared]++
		}
	}
	if rates[scenario.EndpointMain] != 5e6 || rates[scenario.EndpointMedia] != 1e6 || len(shared) != 2 {
		t.Errorf("rates %v with %d bottlenecks, want 5 MB/s, 1 MB/s and one each", rates, len(shared))
	}
	s.DCs[3].Media = false
	if s.Validate() == nil {
		t.Error("a link for an endpoint that is not there was accepted")
	}
}
