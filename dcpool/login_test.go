package dcpool

import (
	"errors"
	"testing"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/session"
)

func TestPhoneMigrationMovesHomeOnceAndForAll(t *testing.T) {
	s := startSim(t, nil)
	store := session.NewMemory()
	p := s.pool(store, nil)
	s.logIn(p)
	if p.Home() != simHome {
		t.Errorf("home is DC %d, want %d", p.Home(), simHome)
	}
	keys, err := store.Keys()
	if err != nil {
		t.Fatal(err)
	}
	if keys.HomeDC != simHome || keys.UserID != simUser || !keys.DCs[simHome].Imported {
		t.Errorf("stored home %d, user %d, login on home %v", keys.HomeDC, keys.UserID, keys.DCs[simHome].Imported)
	}
	for _, id := range []int{2, simHome} {
		if n := s.Log().DC(id).Handshakes; n != 1 {
			t.Errorf("DC %d: %d key exchanges, want 1", id, n)
		}
	}
	closePool(t, p)
	s.Log().Reset()

	p = s.pool(store, nil)
	self, err := tg.NewClient(p.Invoker(Target{})).UsersGetUsers(t.Context(), []tg.InputUserClass{&tg.InputUserSelf{}})
	if err != nil || self[0].GetID() != simUser {
		t.Fatalf("second start: %v, %v", self, err)
	}
	for _, dc := range s.Log().DCs() {
		if dc.Handshakes != 0 || dc.DC != simHome && len(dc.Methods) > 0 {
			t.Errorf("second start: DC %d with %d key exchanges", dc.DC, dc.Handshakes)
		}
	}
}

func TestLoginWithPassword(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(session.NewMemory(), nil)
	s.logInAs(p, "+9996650003", "55555", "correct horse battery staple", 7003)
	if err := getSelf(t.Context(), p, Target{DC: 1}); err != nil || p.Home() != 5 {
		t.Errorf("error %v, home DC %d, want 5", err, p.Home())
	}
}

// Another account takes over the session: nothing of the first may be used.
func TestAnotherAccountLogsIn(t *testing.T) {
	s := startSim(t, nil)
	store := s.loggedIn()
	p := s.pool(store, nil)
	if err := getSelf(t.Context(), p, Target{DC: 4}); err != nil {
		t.Fatal(err)
	}
	s.logInAs(p, "+9996620002", "22222", "", 7002)
	for _, dc := range []int{0, 1, 4} {
		users, err := tg.NewClient(p.Invoker(Target{DC: dc})).UsersGetUsers(t.Context(), []tg.InputUserClass{&tg.InputUserSelf{}})
		if err != nil || users[0].GetID() != 7002 {
			t.Errorf("DC %d: %v, error %v", dc, users, err)
		}
	}
}

func TestMoveHome(t *testing.T) {
	s := startSim(t, nil)
	store := session.NewMemory()
	p := s.pool(store, nil)
	if err := inParallel(5, func(int) error { return p.MoveHome(t.Context(), 5) }); err != nil || p.Home() != 5 {
		t.Errorf("error %v, home DC %d", err, p.Home())
	}
	keys, err := store.Keys()
	if err != nil || keys.HomeDC != 5 || keys.DCs[5].AuthKey.Zero() {
		t.Errorf("stored home DC %d, error %v", keys.HomeDC, err)
	}
	if unknown, ok := errors.AsType[*UnknownDCError](p.MoveHome(t.Context(), 77)); !ok || unknown.DC != 77 {
		t.Errorf("to a DC that is not there: %v", unknown)
	}
}

func TestBotLoginMovesHome(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(session.NewMemory(), nil)
	_, err := tg.NewClient(p.Invoker(Target{})).AuthImportBotAuthorization(t.Context(), &tg.AuthImportBotAuthorizationRequest{
		APIID:        s.apiID,
		APIHash:      s.apiHash,
		BotAuthToken: simBotToken,
	})
	if err != nil || p.Home() != simBotHome {
		t.Errorf("error %v, home DC %d, want %d", err, p.Home(), simBotHome)
	}
}

func TestConcurrentMigrationsAreOne(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(session.NewMemory(), nil)
	api := tg.NewClient(p.Invoker(Target{}))
	errs := inParallel(20, func(int) error {
		_, err := api.AuthSendCode(t.Context(), &tg.AuthSendCodeRequest{
			PhoneNumber: simPhone,
			APIID:       s.apiID,
			APIHash:     s.apiHash,
			Settings:    tg.CodeSettings{},
		})
		return err
	})
	if errs != nil || p.Home() != simHome {
		t.Errorf("errors %v, home DC %d", errs, p.Home())
	}
	log := s.finalLog(p)
	for _, id := range []int{2, simHome} {
		if n := log.DC(id).Handshakes; n != 1 {
			t.Errorf("DC %d: %d key exchanges, want 1", id, n)
		}
	}
}

func TestPingPongMigrationEnds(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), nil)
	for _, f := range []scenario.Fault{
		{DC: 1, Method: "auth.sendCode", Text: "PHONE_MIGRATE_2"},
		{DC: 2, Method: "auth.sendCode", Text: "PHONE_MIGRATE_1"},
		{DC: 4, Method: "users.getUsers", Text: "STATS_MIGRATE_5"},
		{DC: 5, Method: "users.getUsers", Text: "STATS_MIGRATE_4"},
	} {
		f.Do, f.Code = scenario.DoError, 303
		s.fault(f)
	}
	_, err := tg.NewClient(p.Invoker(Target{})).AuthSendCode(t.Context(), &tg.AuthSendCodeRequest{PhoneNumber: simPhone})
	if loop, ok := errors.AsType[*MigrationLoopError](err); !ok || len(loop.Path) > 6 {
		t.Errorf("error %v", err)
	}
	_, err = tg.NewClient(p.Invoker(Target{DC: 4})).UsersGetUsers(t.Context(), nil)
	if loop, ok := errors.AsType[*MigrationLoopError](err); !ok || len(loop.Path) > 6 {
		t.Errorf("error %v", err)
	}
}

// A login is imported for the key that the import went over, not for its successor.
func TestImportBelongsToItsKey(t *testing.T) {
	store := session.NewMemory()
	p, err := New(Config{APIID: 1, APIHash: "x", Store: store})
	if err != nil {
		t.Fatal(err)
	}
	defer closePool(t, p)
	d := p.dc(4, false)
	var current session.DCKeys
	current.AuthKey[0] = 1
	if err := d.storeKey(credentials{key: current.AuthKey.WithID()}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		id   [8]byte
		want bool
	}{
		{[8]byte{9}, false},
		{current.AuthKey.ID(), true},
	} {
		if err := d.setImported(test.id); err != nil {
			t.Fatal(err)
		}
		keys, err := store.Keys()
		if err != nil || d.credentials().imported != test.want || keys.DCs[4].Imported != test.want {
			t.Errorf("key %x: here %v, stored %v, error %v", test.id, d.credentials().imported, keys.DCs[4].Imported, err)
		}
	}
}
