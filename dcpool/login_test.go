package dcpool

import (
	"testing"

	"github.com/gotd/td/tg"

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
		if dc.DC != simHome || dc.Handshakes != 0 {
			t.Errorf("second start: DC %d with %d key exchanges", dc.DC, dc.Handshakes)
		}
	}
}
