package dcpool

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/dcpool/internal/flow"
	"github.com/tgfetch/tgfetch/session"
)

func getSelf(ctx context.Context, p *Pool, t Target) error {
	_, err := tg.NewClient(p.Invoker(t)).UsersGetUsers(ctx, []tg.InputUserClass{&tg.InputUserSelf{}})
	return err
}

func TestDeadConnectionsAreReplaced(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), nil)
	doc := s.document(p, simVideo)
	s.fault(scenario.Fault{Do: scenario.DoCut, Method: "upload.getFile", First: 3, Every: 5, Bytes: 100_000})
	err := inParallel(40, func(i int) error {
		return s.wantFile(p, Target{DC: simMediaDC, Kind: Media}, doc, simVideoFile, int64(i)*mib, mib)
	})
	if err != nil {
		t.Error(err)
	}
	dc := s.finalLog(p).DC(simMediaDC)
	if dc.Handshakes != 1 || dc.Imports != 1 || dc.Methods["upload.getFile"] <= 40 {
		t.Errorf("%+v", dc)
	}
}

func TestSilentConnectionIsCancelledAtOnce(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), func(c *Config) { c.Limits.StallTimeout = time.Hour })
	doc := s.document(p, simVideo)
	s.fault(scenario.Fault{Do: scenario.DoStall, Method: "upload.getFile", Bytes: 10})
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("enough")
	used := make(chan ConnID, 1)
	result := make(chan error)
	target := Target{DC: simMediaDC, Kind: Media, Bytes: mib, OnConn: func(id ConnID) { used <- id }}
	go func() { result <- p.Do(ctx, target, part(doc, 0, mib), new(tg.UploadFile)) }()
	if id := <-used; id == 0 {
		t.Error("the connection has no id")
	}
	start := time.Now()
	cancel(stop)
	if err := <-result; !errors.Is(err, stop) {
		t.Errorf("error %v", err)
	}
	if d := time.Since(start); d > time.Minute {
		t.Errorf("cancelling took %v", d)
	}
	start = time.Now()
	closePool(t, p)
	if d := time.Since(start); d > time.Minute {
		t.Errorf("closing took %v", d)
	}
}

func TestCloseEndsCalls(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), nil)
	s.fault(scenario.Fault{Do: scenario.DoDrop, Method: "users.getUsers"})
	used := make(chan ConnID, 1)
	result := make(chan error)
	go func() {
		result <- getSelf(t.Context(), p, Target{OnConn: func(id ConnID) { used <- id }})
	}()
	<-used
	closePool(t, p)
	if err := <-result; !errors.Is(err, ErrClosed) {
		t.Errorf("call in flight: %v", err)
	}
	if err := getSelf(t.Context(), p, Target{}); !errors.Is(err, ErrClosed) {
		t.Errorf("call after Close: %v", err)
	}
	closePool(t, p)
}

func TestLostKeyOfForeignDCIsReplaced(t *testing.T) {
	s := startSim(t, nil)
	store := s.loggedIn()
	p := s.pool(store, nil)
	doc := s.document(p, simVideo)
	s.fault(scenario.Fault{Do: scenario.DoForgetKey, DC: simMediaDC, Method: "upload.getFile", First: 12, Times: 1})
	err := inParallel(40, func(i int) error {
		return s.wantFile(p, Target{DC: simMediaDC, Kind: Media}, doc, simVideoFile, int64(i)*mib, mib)
	})
	if err != nil {
		t.Error(err)
	}
	log := s.finalLog(p)
	if dc := log.DC(simMediaDC); dc.Handshakes != 2 || dc.Imports != 2 {
		t.Errorf("%d key exchanges, %d imports, want two each", dc.Handshakes, dc.Imports)
	}
	if n := log.DC(simHome).Handshakes; n != 0 {
		t.Errorf("home made %d keys", n)
	}
	keys, err := store.Keys()
	if err != nil || !keys.DCs[simMediaDC].Imported || keys.DCs[simHome].AuthKey.Zero() {
		t.Errorf("stored keys: %v", err)
	}
}

func TestLostLoginOfForeignDCIsImportedAgain(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), nil)
	doc := s.document(p, simVideo)
	s.fault(scenario.Fault{Do: scenario.DoLogOut, DC: simMediaDC, Method: "upload.getFile", First: 10, Times: 1})
	err := inParallel(40, func(i int) error {
		return s.wantFile(p, Target{DC: simMediaDC, Kind: Media}, doc, simVideoFile, int64(i)*mib, mib)
	})
	if err != nil {
		t.Error(err)
	}
	if dc := s.finalLog(p).DC(simMediaDC); dc.Handshakes != 1 || dc.Imports != 2 {
		t.Errorf("%d key exchanges, %d imports, want 1 and 2", dc.Handshakes, dc.Imports)
	}
}

func TestLostHomeNeedsALogin(t *testing.T) {
	for name, fault := range map[string]string{"key": scenario.DoForgetKey, "login": scenario.DoLogOut} {
		t.Run(name, func(t *testing.T) {
			s := startSim(t, nil)
			store := s.loggedIn()
			p := s.pool(store, nil)
			s.fault(scenario.Fault{Do: fault, DC: simHome, Method: "users.getUsers", Times: 1})
			before, err := store.Keys()
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if err := getSelf(t.Context(), p, Target{}); !errors.Is(err, ErrLoginNeeded) {
					t.Errorf("error %v, want ErrLoginNeeded", err)
				}
			}
			after, err := store.Keys()
			if err != nil || after.UserID != before.UserID || after.DCs[simHome].AuthKey != before.DCs[simHome].AuthKey {
				t.Errorf("the stored login was changed: %v", err)
			}
			if n := s.Log().DC(simHome).Handshakes; n != 0 {
				t.Errorf("%d key exchanges behind the user's back", n)
			}
			s.logIn(p) // Somebody asks for it.
			if err := getSelf(t.Context(), p, Target{}); err != nil {
				t.Errorf("after a new login: %v", err)
			}
		})
	}
}

func TestNobodyIsLoggedIn(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(session.NewMemory(), nil)
	for _, target := range []Target{{}, {DC: 4}, {DC: 4, Kind: Media}} {
		if err := getSelf(t.Context(), p, target); !errors.Is(err, ErrLoginNeeded) {
			t.Errorf("%+v: error %v", target, err)
		}
	}
	if n := s.Log().DC(2).Methods["auth.exportAuthorization"]; n != 0 {
		t.Errorf("%d exports of nobody", n)
	}
}

func TestServerFaultsAreRetriedWithinABound(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), func(c *Config) { c.Limits.Retries = 3 })
	s.fault(scenario.Fault{Do: scenario.DoError, Method: "users.getUsers", Code: -503, Text: "Timeout", Times: 3})
	if err := getSelf(t.Context(), p, Target{}); err != nil {
		t.Errorf("three faults: %v", err)
	}
	s.fault(scenario.Fault{Do: scenario.DoError, Method: "help.getNearestDc", Code: 500, Text: "WORKER_BUSY_TOO_LONG_RETRY"})
	_, err := tg.NewClient(p.Invoker(Target{})).HelpGetNearestDC(t.Context())
	if n := s.finalLog(p).DC(simHome).Methods["help.getNearestDc"]; err == nil || n != 4 {
		t.Errorf("endless faults: error %v after %d tries, want 4", err, n)
	}
}

func TestFloodOfOneMethodDoesNotTouchFiles(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), nil)
	doc := s.document(p, simVideo)
	s.fault(scenario.Fault{Do: scenario.DoError, Method: "contacts.resolveUsername", Code: 420, Text: "FLOOD_WAIT_3600"})
	api := tg.NewClient(p.Invoker(Target{}))
	for range 2 {
		_, err := api.ContactsResolveUsername(t.Context(), &tg.ContactsResolveUsernameRequest{Username: simChannel})
		flood, ok := errors.AsType[*FloodError](err)
		if !ok || flood.DC != simHome || flood.Name != "FLOOD_WAIT" || flood.Method != "contacts.resolveUsername" || flood.Wait.Round(time.Minute) != time.Hour {
			t.Errorf("error %v", err)
		}
	}
	waits := p.Stats().Waits
	if len(waits) != 1 || waits[0].Method != "contacts.resolveUsername" || time.Until(waits[0].Until) < 59*time.Minute {
		t.Errorf("waits %+v", waits)
	}
	if err := s.wantFile(p, Target{DC: simMediaDC, Kind: Media}, doc, simVideoFile, 0, mib); err != nil {
		t.Error(err)
	}
	if n := s.finalLog(p).DC(simHome).Methods["contacts.resolveUsername"]; n != 2 {
		t.Errorf("%d requests, the second flooded call should have stayed here", n)
	}
}

func TestFloodedFileReadsWaitAndGoOn(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), nil)
	doc := s.document(p, simVideo)
	s.fault(scenario.Fault{Do: scenario.DoError, Method: "files", Code: 420, Text: "FLOOD_PREMIUM_WAIT_1", First: 5, Times: 1})
	start := time.Now()
	err := inParallel(16, func(i int) error {
		return s.wantFile(p, Target{DC: simMediaDC, Kind: Media}, doc, simVideoFile, int64(i)*mib, mib)
	})
	if d := time.Since(start); err != nil || d < time.Second {
		t.Errorf("error %v after %v", err, d)
	}
	if n := s.finalLog(p).DC(simMediaDC).Methods["upload.getFile"]; n != 17 {
		t.Errorf("%d requests, want 17", n)
	}
}

func TestAwaitFlood(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), nil)
	doc := s.document(p, simVideo)
	s.fault(scenario.Fault{Do: scenario.DoError, Method: "files", Code: 420, Text: "FLOOD_WAIT_1", Times: 1})
	target := Target{DC: simMediaDC, Kind: Media, NoFloodWait: true}
	err := s.wantFile(p, target, doc, simVideoFile, 0, mib)
	flood, ok := errors.AsType[*FloodError](err)
	if !ok || flood.DC != simMediaDC || flood.Name != "FLOOD_WAIT" {
		t.Fatalf("error %v, want a FloodError", err)
	}
	var waited time.Duration
	for _, other := range []*FloodError{{DC: 5, Method: flood.Method}, {DC: simMediaDC, Method: "help.getConfig"}} {
		if err := p.AwaitFlood(t.Context(), other, &waited); err != nil || waited != 0 {
			t.Errorf("no flood of %s on DC %d: error %v after %v", other.Method, other.DC, err, waited)
		}
	}
	if err := p.AwaitFlood(t.Context(), flood, &waited); err != nil || waited == 0 {
		t.Errorf("error %v after %v", err, waited)
	}
	if err := s.wantFile(p, target, doc, simVideoFile, 0, mib); err != nil {
		t.Error(err)
	}
	s.fault(scenario.Fault{Do: scenario.DoError, Method: "files", Code: 420, Text: "FLOOD_WAIT_60", Times: 1})
	_ = s.wantFile(p, target, doc, simVideoFile, 0, mib)
	closed := make(chan error)
	go func() { closed <- p.AwaitFlood(t.Context(), flood, &waited) }()
	closePool(t, p)
	if err := <-closed; !errors.Is(err, ErrClosed) {
		t.Errorf("error %v, want ErrClosed", err)
	}
}

func TestTooManyConnections(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), nil)
	doc := s.document(p, simVideo)
	s.fault(scenario.Fault{Do: scenario.DoTransport, Code: -429, DC: simMediaDC, Endpoint: "media", Conn: 3})
	s.fault(scenario.Fault{Do: scenario.DoTransport, Code: -429, DC: simMediaDC, Endpoint: "media", Conn: 5})
	err := inParallel(40, func(i int) error {
		return s.wantFile(p, Target{DC: simMediaDC, Kind: Media}, doc, simVideoFile, int64(i)*mib, mib)
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAvoidUsesAnotherConnection(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), nil)
	doc := s.document(p, simVideo)
	var first, second ConnID
	target := Target{DC: simMediaDC, Kind: Media, OnConn: func(id ConnID) { first = id }}
	if err := s.wantFile(p, target, doc, simVideoFile, 0, mib); err != nil {
		t.Fatal(err)
	}
	target.Avoid = first
	target.OnConn = func(id ConnID) { second = id }
	if err := s.wantFile(p, target, doc, simVideoFile, 0, mib); err != nil {
		t.Fatal(err)
	}
	if first == 0 || second == 0 || first == second {
		t.Errorf("connections %d and %d", first, second)
	}
	one := s.pool(s.loggedIn(), func(c *Config) { c.Limits.Connections = 1 })
	target = Target{DC: simMediaDC, Kind: Media, OnConn: func(id ConnID) { target.Avoid = id }}
	for range 2 {
		if err := s.wantFile(one, target, doc, simVideoFile, 0, mib); err != nil {
			t.Errorf("with a single connection: %v", err)
		}
	}
}

func TestMoreCallsThanRoomWaitForOneImport(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), nil)
	calls := mainConnections*flow.StartWindow/smallCall + 100
	if err := inParallel(calls, func(int) error { return getSelf(t.Context(), p, Target{DC: 5}) }); err != nil {
		t.Error(err)
	}
	if n := s.finalLog(p).DC(5).Imports; n != 1 {
		t.Errorf("%d imports, want 1", n)
	}
}

func TestUnsafeCallIsNotRepeated(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), nil)
	s.fault(scenario.Fault{Do: scenario.DoCut, Method: "auth.sendCode"})
	err := p.Do(t.Context(), Target{}, &tg.AuthSendCodeRequest{PhoneNumber: simPhone}, new(tg.AuthSentCodeBox))
	if lost, ok := errors.AsType[*LostError](err); !ok || !lost.Sent || lost.Method != "auth.sendCode" {
		t.Errorf("error %v", err)
	}
	if n := s.finalLog(p).DC(simHome).Methods["auth.sendCode"]; n != 1 {
		t.Errorf("sent %d times", n)
	}
}

func TestVanishedCDN(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), func(c *Config) {
		c.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			if addr == s.addrOf(simCDN) {
				return nil, errors.New("no route")
			}
			return new(net.Dialer).DialContext(ctx, network, addr)
		}
	})
	start := time.Now()
	err := s.readCDN(p, s.redirect(p))
	if _, ok := errors.AsType[*UnreachableError](err); !ok || !errors.Is(err, ErrNoCDN) || time.Since(start) > time.Minute {
		t.Errorf("error %v after %v", err, time.Since(start))
	}
}
