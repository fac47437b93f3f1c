package fetcher

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/dcpool"
)

// While a data center asks to wait, or a CDN, large files there hold nothing that a
// file of another data center needs.
func TestFloodedDCHoldsUpNoOther(t *testing.T) {
	for _, tt := range []struct {
		name        string
		message, dc int
		method      string
	}{
		{name: "its own data center", message: simVideo, dc: simMediaDC, method: "upload.getFile"},
		{name: "a CDN", message: simNoHashes, dc: simCDN, method: "upload.getCdnFile"},
		{name: "hashes of the CDN", message: simNoHashes, dc: simMediaDC, method: "upload.getCdnFileHashes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			testFloodedDC(t, tt.message, scenario.Fault{
				Do: scenario.DoError, DC: tt.dc, Method: tt.method, Code: 420, Text: "FLOOD_WAIT_15",
			})
		})
	}
}

func testFloodedDC(t *testing.T, message int, flood scenario.Fault) {
	s := startSim(t, nil)
	c := s.client(nil)
	large, small := file(t, c, message), file(t, c, simMedium)
	s.fault(flood)
	stop := errors.New("stop")
	flooded, cancel := context.WithCancelCause(t.Context())
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			_, err := c.Fetch(flooded, large, Target{Writer: &discard{}, Verify: VerifyOff})
			if !errors.Is(err, stop) {
				t.Errorf("a file of the flooded data center: %v", err)
			}
		})
	}
	// Once the flood was met, only those that meet it next have bytes in flight.
	if left := settled(0, func() int { return 1 - len(c.Stats().Pool.Waits) + int(c.Stats().InFlight) }); left > 0 {
		t.Errorf("%d waits, %d bytes in flight", len(c.Stats().Pool.Waits), c.Stats().InFlight)
	}
	result, err := c.Fetch(t.Context(), small, Target{Dir: t.TempDir()})
	if err != nil || result.Elapsed > 8*time.Second {
		t.Errorf("a file of another data center: %v after %v", err, result.Elapsed)
	}
	cancel(stop)
	wg.Wait()
}

// A CDN that asks to wait for too long is left out.
func TestFloodOfACDNThatLastsTooLong(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	s.fault(scenario.Fault{Do: scenario.DoError, Method: "upload.getCdnFile", Code: 420, Text: "FLOOD_WAIT_600"})
	f := file(t, c, simNoHashes)
	result, err := c.Fetch(t.Context(), f, Target{Writer: watched{t, f.ID}, Verify: VerifyOff})
	if err != nil || result.Route != "4" {
		t.Errorf("route %q, %v", result.Route, err)
	}
	s.fault(scenario.Fault{Do: scenario.DoError, Method: "upload.getFile", DC: simMediaDC, Code: 420, Text: "FLOOD_WAIT_600"})
	_, err = c.Fetch(t.Context(), f, Target{Writer: watched{t, f.ID}})
	if flood, ok := errors.AsType[*dcpool.FloodError](err); !ok || flood.DC != simMediaDC {
		t.Errorf("a flood of all there is: %v", err)
	}
}

// A file goes on when the flood is over, and fails when that takes too long.
func TestFloods(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(func(cfg *Config) { cfg.Limits.Pool.FloodWaitMax = 5 * time.Second })
	f := file(t, c, simMedium)
	s.fault(scenario.Fault{Do: scenario.DoError, Method: "upload.getFile", File: f.ID, First: 3, Times: 1, Code: 420, Text: "FLOOD_WAIT_1"})
	result, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir(), Hash: true})
	if err != nil {
		t.Fatal(err)
	}
	checkContent(t, result.Path, f)
	if result.Elapsed < time.Second {
		t.Errorf("took %v, a second of it to wait", result.Elapsed)
	}
	s.fault(scenario.Fault{Do: scenario.DoError, Method: "upload.getFile", Code: 420, Text: "FLOOD_WAIT_600"})
	_, err = c.Fetch(t.Context(), f, Target{Dir: t.TempDir()})
	if flood, ok := errors.AsType[*dcpool.FloodError](err); !ok || flood.Wait < 9*time.Minute {
		t.Errorf("a flood without end: %v", err)
	}
	if n := c.Stats().InFlight; n != 0 {
		t.Errorf("%d bytes are in flight", n)
	}
}
