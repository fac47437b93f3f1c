package dcpool

import (
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/bench/simdc/simtest"
	"github.com/tgfetch/tgfetch/session"
)

// TestMovingHomeIsNotCutInHalf closes a Pool while it carries its login to a new
// home: home stays where the login is.
func TestMovingHomeIsNotCutInHalf(t *testing.T) {
	s := startSim(t, nil)
	store := s.loggedIn()
	p := s.pool(store, nil)
	s.fault(scenario.Fault{Do: scenario.DoError, Code: 303, Text: "USER_MIGRATE_2", DC: simHome, Method: "users.getUsers", Times: 1})
	s.fault(scenario.Fault{Do: scenario.DoDrop, DC: simHome, Method: "auth.exportAuthorization"})
	asked := make(chan error, 1)
	go func() {
		_, err := tg.NewClient(p.Invoker(Target{})).UsersGetUsers(t.Context(), []tg.InputUserClass{&tg.InputUserSelf{}})
		asked <- err
	}()
	for s.Log().DC(simHome).Methods["auth.exportAuthorization"] == 0 {
		time.Sleep(time.Millisecond) // The log has no events.
	}
	closePool(t, p)
	if err := <-asked; err == nil {
		t.Error("a call on a closed Pool succeeded")
	}
	keys, err := store.Keys()
	if err != nil || keys.HomeDC != simHome {
		t.Errorf("home is DC %d, %v", keys.HomeDC, err)
	}
}

// TestADCThatMovedIsFound moves a data center to other addresses after a
// session learned the old ones: when nobody answers there, the new ones are
// asked for.
func TestADCThatMovedIsFound(t *testing.T) {
	s := startSim(t, nil)
	store := s.loggedIn()
	p := s.pool(store, nil)
	doc := s.document(p, simVideo)
	target := Target{DC: simMediaDC, Kind: Media}
	if err := s.wantFile(p, target, doc, simVideoFile, 0, mib); err != nil {
		t.Fatal(err)
	}
	closePool(t, p)
	if err := s.MoveDC(t.Context(), simMediaDC); err != nil {
		t.Fatal(err)
	}

	// Longer than the attempts at the old addresses take.
	s.fault(scenario.Fault{Do: scenario.DoDelay, Method: "help.getConfig", Delay: scenario.Duration(4 * time.Second)})
	p = s.pool(store, nil)
	s.Log().Reset()
	if err := s.wantFile(p, target, doc, simVideoFile, 0, mib); err != nil {
		t.Fatal(err)
	}
	closePool(t, p)
	if n := s.Log().DC(simHome).Methods["help.getConfig"]; n != 1 {
		t.Errorf("the addresses were asked for %d times, want once", n)
	}

	p = s.pool(store, nil)
	s.Log().Reset()
	if err := s.wantFile(p, target, doc, simVideoFile, 0, mib); err != nil {
		t.Fatal(err)
	}
	closePool(t, p)
	if n := s.Log().DC(simHome).Methods["help.getConfig"]; n != 0 {
		t.Errorf("the addresses were asked for %d times by the next process", n)
	}
}

// TestADCThatMovesAgainIsFoundAtOnce: the answer to help.getConfig is a moment old each
// time.
func TestADCThatMovesAgainIsFoundAtOnce(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), nil)
	doc := s.document(p, simVideo)
	target := Target{DC: simMediaDC, Kind: Media}
	for range 3 {
		if err := s.wantFile(p, target, doc, simVideoFile, 0, mib); err != nil {
			t.Fatal(err)
		}
		if err := s.MoveDC(t.Context(), simMediaDC); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.wantFile(p, target, doc, simVideoFile, 0, mib); err != nil {
		t.Fatal(err)
	}
	most := 4
	if simtest.Turned(scenario.FreshKeys) {
		most += 3 // A new address that does not know the key yet is as good as none.
	}
	if n := s.Log().DC(simHome).Methods["help.getConfig"]; n > most {
		t.Errorf("the addresses were asked for %d times, the data center moved three times", n)
	}
}

// TestDoubtsAreBounded: addresses that stay as they are are asked for seldom, however
// many calls doubt them.
func TestDoubtsAreBounded(t *testing.T) {
	d := &directory{}
	now := time.Now()
	options := []session.DCOption{{ID: 1, IP: "127.0.0.1", Port: 443}}
	d.set(now, options, now.Add(time.Hour))
	asked := func(over time.Duration) (n int) {
		for end := now.Add(over); now.Before(end); now = now.Add(10 * time.Millisecond) {
			if wait, ok := d.doubt(now); ok {
				n++
				now = now.Add(wait)
				d.set(now, options, now.Add(time.Hour))
			}
		}
		return n
	}
	if n := asked(configRetry); n < 3 || n > doubtDoublings {
		t.Errorf("asked %d times in the first minute", n)
	}
	if n := asked(10 * time.Minute); n > 12 {
		t.Errorf("asked %d times in ten minutes of doubt", n)
	}
	d.set(now, []session.DCOption{{ID: 1, IP: "127.0.0.1", Port: 444}}, now.Add(time.Hour))
	if wait, ok := d.doubt(now); wait != 0 || !ok {
		t.Error("news do not end the patience")
	}
}
