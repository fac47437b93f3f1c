package fetcher

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/dcpool"
)

// exporter is a client whose session has logged in before.
func (s *sim) exporter() *Client {
	s.t.Helper()
	if err := s.client(nil).Close(); err != nil {
		s.t.Fatal(err)
	}
	s.Log().Reset()
	return s.stranger(func(c *Config) { c.Takeout = true })
}

// wantExport checks that all that was read was read in an export, and counts the
// exports that began and ended.
func (s *sim) wantExport(begun, ended int) {
	s.t.Helper()
	inits, ends := 0, 0
	for _, conn := range s.Log().Conns() {
		want := 0
		for method, n := range conn.Methods {
			namespace, _, _ := strings.Cut(method, ".")
			switch {
			case method == "account.initTakeoutSession":
				inits += n
			case method == "account.finishTakeoutSession":
				ends += n
				want += n
			case method == "users.getUsers": // The Pool asks whether the account pays.
			case conn.DC != simCDN && namespace != "auth" && namespace != "help" && namespace != "account":
				want += n
			}
		}
		if conn.Takeout != want {
			s.t.Errorf("DC %d: %d requests in the export, want %d of %v", conn.DC, conn.Takeout, want, conn.Methods)
		}
	}
	if inits != begun || ends != ended {
		s.t.Errorf("%d exports began and %d ended, want %d and %d", inits, ends, begun, ended)
	}
}

func TestTakeoutIsForAllThatIsRead(t *testing.T) {
	s := startSim(t, nil)
	c := s.exporter()
	dir := t.TempDir()
	for _, message := range []int{simSmall, simMedium, simNoHashes} {
		f := file(t, c, message)
		result, err := c.Fetch(t.Context(), f, Target{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		checkContent(t, result.Path, f)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	s.wantExport(1, 1)
	if n := s.Log().DC(simCDN).Methods["upload.getCdnFile"]; n == 0 {
		t.Error("nothing came from the CDN")
	}
}

func TestClientThatReadsNothingBeginsNoExport(t *testing.T) {
	s := startSim(t, nil)
	c := s.exporter()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	s.wantExport(0, 0)
}

// Another program begins an export, which ends ours.
func TestTakeoutThatWasEnded(t *testing.T) {
	s := startSim(t, nil)
	c := s.exporter()
	f := file(t, c, simMedium)
	var other tg.AccountTakeout
	if err := c.Pool().Do(t.Context(), dcpool.Target{}, &tg.AccountInitTakeoutSessionRequest{Files: true}, &other); err != nil {
		t.Fatal(err)
	}
	result, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	checkContent(t, result.Path, f)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	s.wantExport(3, 1)
}

func TestTakeoutMustWait(t *testing.T) {
	s := startSim(t, nil)
	c := s.exporter()
	s.fault(scenario.Fault{Do: scenario.DoError, Code: 420, Text: "TAKEOUT_INIT_DELAY_86400", Method: "account.initTakeoutSession"})
	for range 2 {
		for _, err := range c.Resolve(t.Context(), simLink(t, simSmall)) {
			delay, ok := errors.AsType[*TakeoutDelayError](err)
			if !ok || delay.Wait < 23*time.Hour || delay.Wait > 24*time.Hour {
				t.Errorf("error %v", err)
			}
			if _, ok := errors.AsType[*FloodError](err); !ok {
				t.Errorf("%v is no FloodError", err)
			}
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if n := s.Log().DC(1).Methods["account.initTakeoutSession"]; n != 1 {
		t.Errorf("asked %d times, want 1", n)
	}
}

func TestTakeoutWaitsForAShortDelay(t *testing.T) {
	s := startSim(t, nil)
	c := s.exporter()
	s.fault(scenario.Fault{Do: scenario.DoError, Code: 420, Text: "TAKEOUT_INIT_DELAY_1", Method: "account.initTakeoutSession", Times: 1})
	file(t, c, simSmall)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	s.wantExport(2, 1)
}
