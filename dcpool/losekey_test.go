package dcpool

import (
	"log/slog"
	"sync"
	"testing"

	"github.com/gotd/td/crypto"

	"github.com/tgfetch/tgfetch/session"
)

// gathering is a Store whose changes wait until so many are asked for.
type gathering struct {
	session.Store
	arrived sync.WaitGroup
}

func (g *gathering) UpdateKeys(change func(*session.Keys) error) error {
	g.arrived.Done()
	g.arrived.Wait()
	return g.Store.UpdateKeys(change)
}

// TestALostKeyIsLostOnce lets many calls find out at the same time that one key
// is lost.
func TestALostKeyIsLostOnce(t *testing.T) {
	const calls = 8
	key := crypto.Key{1}
	store := &gathering{Store: &session.Memory{}}
	filed := session.DCKeys{AuthKey: key}
	err := store.Store.UpdateKeys(func(k *session.Keys) error {
		k.DCs = map[int]session.DCKeys{4: filed}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	lost := 0
	p, err := New(Config{APIID: 1, APIHash: "x", Store: store, Logger: slog.New(onLog(func(r slog.Record) {
		mu.Lock()
		defer mu.Unlock()
		lost++
	}))})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	d := p.dc(4, false)
	d.adopt(filed)
	store.arrived.Add(calls)
	var group sync.WaitGroup
	for range calls {
		group.Go(func() {
			if err := d.loseKey(key.ID()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if lost != 1 || !d.credentials().key.Zero() {
		t.Errorf("it was said %d times that a key is lost", lost)
	}
}
