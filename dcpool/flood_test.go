package dcpool

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestGateStates(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	later := now.Add(3 * time.Second)
	steps := []struct {
		name string
		from gate
		now  time.Time
		want passage
		next gate
	}{
		{"open", gate{}, now, passOpen, gate{}},
		{"closed", gate{until: later}, now, passWait, gate{until: later}},
		{"closed to the end", gate{until: later}, later.Add(-1), passWait, gate{until: later}},
		{"over", gate{until: later}, later, passProbe, gate{until: later, probing: true}},
		{"probing", gate{until: later, probing: true}, later, passBehind, gate{until: later, probing: true}},
	}
	for _, s := range steps {
		if next, p := s.from.enter(s.now); p != s.want || next != s.next {
			t.Errorf("%s: %v, %+v", s.name, p, next)
		}
	}
	probing := gate{until: now, probing: true}
	if g := probing.probed(true); g != (gate{}) {
		t.Errorf("after a probe that passed: %+v", g)
	}
	if g := probing.probed(false); g != (gate{until: now}) {
		t.Errorf("after a probe that was lost: %+v", g)
	}
	if g := probing.flooded(now, 3*time.Second, true); g != (gate{until: later}) {
		t.Errorf("after a flooded probe: %+v", g)
	}
	if g := (gate{until: later}).flooded(now, time.Second, false); g != (gate{until: later}) {
		t.Errorf("a shorter wait shortened a longer one: %+v", g)
	}
}

var (
	filesOn4 = gateKey{dc: 4, name: fileGate}
	wait3    = verdict{action: waitFlood, wait: 3 * time.Second}
)

func TestGateLetsOneProbeThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gates{max: time.Minute}
		g.report(filesOn4, false, true, wait3)
		start := time.Now()
		type result struct {
			probe bool
			at    time.Duration
			err   error
		}
		results := make(chan result, 10)
		for range 10 {
			go func() {
				var waited time.Duration
				probe, err := g.pass(t.Context(), filesOn4, "upload.getFile", &waited)
				results <- result{probe, time.Since(start), err}
			}()
		}
		first := <-results
		if !first.probe || first.at != 3*time.Second || first.err != nil {
			t.Errorf("first: %+v", first)
		}
		synctest.Wait()
		if len(results) > 0 {
			t.Errorf("%d calls passed with the probe", len(results))
		}
		time.Sleep(100 * time.Millisecond) // The probe's round trip.
		g.report(filesOn4, true, true, wait3)
		second := <-results
		if !second.probe || second.at != 6100*time.Millisecond {
			t.Errorf("second probe: %+v", second)
		}
		g.report(filesOn4, true, true, verdict{})
		for range 8 {
			if r := <-results; r.probe || r.at != second.at || r.err != nil {
				t.Errorf("after the second probe: %+v", r)
			}
		}
		if waits := g.waits(time.Now()); len(waits) != 0 || len(g.m) != 0 {
			t.Errorf("gate is still there: %v", waits)
		}
	})
}

func TestGatesAreApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gates{max: time.Minute}
		g.report(filesOn4, false, true, wait3)
		start := time.Now()
		for _, key := range []gateKey{{5, fileGate}, {4, "contacts.resolveUsername"}} {
			var waited time.Duration
			if probe, err := g.pass(t.Context(), key, "m", &waited); probe || err != nil {
				t.Errorf("%v: probe %v, error %v", key, probe, err)
			}
		}
		if d := time.Since(start); d != 0 {
			t.Errorf("others waited %v", d)
		}
	})
}

func TestGateLimit(t *testing.T) {
	for _, test := range []struct {
		name         string
		max, waited  time.Duration
		wantErr      bool
		wantDuration time.Duration
	}{
		{"just within", 3 * time.Second, 0, false, 3 * time.Second},
		{"beyond", 3*time.Second - 1, 0, true, 0},
		{"beyond with what it waited before", 10 * time.Second, 8 * time.Second, true, 0},
		{"never wait", -1, 0, true, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := gates{max: test.max}
				g.report(filesOn4, false, true, wait3)
				start := time.Now()
				_, err := g.pass(t.Context(), filesOn4, "upload.getFile", &test.waited)
				flood, ok := errors.AsType[*FloodError](err)
				if ok != test.wantErr || time.Since(start) != test.wantDuration {
					t.Errorf("error %v after %v", err, time.Since(start))
				}
				if ok && (flood.DC != 4 || flood.Method != "upload.getFile" || flood.Wait != 3*time.Second) {
					t.Errorf("%+v", flood)
				}
			})
		})
	}
}

func TestGateWaitEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gates{max: time.Hour}
		g.report(filesOn4, false, true, wait3)
		stop := errors.New("stop")
		for _, after := range []time.Duration{time.Second, 5 * time.Second} {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(after, func() { cancel(stop) })
			var waited time.Duration
			probe, err := g.pass(ctx, filesOn4, "m", &waited)
			if probe {
				continue // Never reported, so that the next waits behind it.
			}
			if !errors.Is(err, stop) {
				t.Errorf("error %v", err)
			}
		}
	})
}

// A probe that dies does not keep the gate closed.
func TestLostProbeIsFollowedByAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gates{max: time.Hour}
		g.report(filesOn4, false, true, wait3)
		for range 3 {
			var waited time.Duration
			if probe, err := g.pass(t.Context(), filesOn4, "m", &waited); !probe || err != nil {
				t.Errorf("probe %v, error %v", probe, err)
			}
			g.report(filesOn4, true, false, verdict{action: repeat})
		}
	})
}

// Who holds something back waits outside of the call, and takes nobody's place.
func TestAwaitWithoutEntering(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gates{max: 4 * time.Second}
		g.report(filesOn4, false, true, wait3)
		flooded := func(want time.Duration) {
			t.Helper()
			_, err := g.pass(t.Context(), filesOn4, "upload.getFile", nil)
			if flood, ok := errors.AsType[*FloodError](err); !ok || flood.Wait != want {
				t.Errorf("error %v, want a flood of %v", err, want)
			}
		}
		flooded(3 * time.Second)
		start := time.Now()
		var waited time.Duration
		if err := g.await(t.Context(), filesOn4, "m", &waited); err != nil || waited != 3*time.Second || time.Since(start) != waited {
			t.Errorf("error %v, waited %v", err, waited)
		}
		if probe, err := g.pass(t.Context(), filesOn4, "m", nil); !probe || err != nil {
			t.Fatalf("probe %v, error %v", probe, err)
		}
		flooded(0) // The probe is on its way.
		behind := make(chan error)
		go func() { behind <- g.await(t.Context(), filesOn4, "m", &waited) }()
		synctest.Wait()
		g.report(filesOn4, true, true, verdict{})
		if err := <-behind; err != nil || waited != 3*time.Second {
			t.Errorf("behind the probe: error %v, waited %v", err, waited)
		}
		g.report(filesOn4, false, true, wait3)
		if _, ok := errors.AsType[*FloodError](g.await(t.Context(), filesOn4, "m", &waited)); !ok {
			t.Error("waits beyond the limit")
		}
	})
}
