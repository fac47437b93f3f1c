package fetcher

import (
	"errors"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/dcpool"
)

// TestServerThatAnswersOnlyPings ends: its connections are alive, its files are not.
func TestServerThatAnswersOnlyPings(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(func(cfg *Config) { cfg.Limits.Pool.StallTimeout = 100 * time.Millisecond })
	f := file(t, c, simMedium)
	s.fault(scenario.Fault{Do: scenario.DoDrop, Method: "upload.getFile"})
	_, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()})
	var lost *dcpool.LostError
	if !errors.As(err, &lost) {
		t.Errorf("%v, want a lost call", err)
	}
}
