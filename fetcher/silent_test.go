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
	patient := s.client(nil)
	f := file(t, patient, simMedium)
	if _, err := patient.Fetch(t.Context(), f, Target{Dir: t.TempDir()}); err != nil {
		t.Fatal(err) // The keys are made, the login is there.
	}
	c := s.stranger(func(cfg *Config) { cfg.Limits.Pool.StallTimeout, cfg.Limits.Pool.Retries = 500*time.Millisecond, 1 })
	s.fault(scenario.Fault{Do: scenario.DoDrop, Method: "upload.getFile"})
	_, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()})
	if _, lost := errors.AsType[*dcpool.LostError](err); !lost {
		t.Errorf("%v, want a lost call", err)
	}
}
