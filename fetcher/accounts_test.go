package fetcher

import (
	"sync"
	"testing"

	"github.com/tgfetch/tgfetch/session"
)

// TestTwoAccounts downloads the same file with two accounts of one process at
// the same time: each has its own home, keys and login of the file's DC.
func TestTwoAccounts(t *testing.T) {
	s := startSim(t, nil)
	stores := []session.Store{session.NewMemory(), session.NewMemory()}
	clients := make([]*Client, len(stores))
	for i, store := range stores {
		clients[i] = s.stranger(func(cfg *Config) { cfg.Store = store })
	}
	s.login(clients[0], simPhone, simCode, simUser)
	s.login(clients[1], "+9996620002", "22222", 7002)

	var wg sync.WaitGroup
	for _, c := range clients {
		f := file(t, c, simMedium)
		dir := t.TempDir()
		wg.Go(func() {
			result, err := c.Fetch(t.Context(), f, Target{Dir: dir})
			if err != nil {
				t.Error(err)
				return
			}
			checkContent(t, result.Path, f)
		})
	}
	wg.Wait()

	ada, err := stores[0].Keys()
	if err != nil {
		t.Fatal(err)
	}
	ben, err := stores[1].Keys()
	if err != nil {
		t.Fatal(err)
	}
	if ada.HomeDC != 1 || ben.HomeDC != 2 || ada.UserID == ben.UserID {
		t.Errorf("homes %d and %d, users %d and %d", ada.HomeDC, ben.HomeDC, ada.UserID, ben.UserID)
	}
	if a, b := ada.DCs[5], ben.DCs[5]; !a.Imported || !b.Imported || a.AuthKey == b.AuthKey {
		t.Error("the accounts share a key of the file's DC, or one has no login there")
	}
}
