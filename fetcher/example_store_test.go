package fetcher_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"sync"

	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/session"
)

// row stands for a row of a database that holds a session's keys. What it
// embeds keeps the state, which is only a cache, in memory.
type row struct {
	*session.Memory

	mu   sync.Mutex // In a database: a transaction.
	keys []byte
}

func (r *row) Keys() (keys session.Keys, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.read()
}

func (r *row) UpdateKeys(fn func(*session.Keys) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys, err := r.read()
	if err != nil {
		return err
	}
	if err := fn(&keys); err != nil {
		return err
	}
	r.keys, err = json.Marshal(keys)
	return err
}

func (r *row) read() (session.Keys, error) {
	keys := session.Keys{DCs: map[int]session.DCKeys{}, CDN: map[int]session.DCKeys{}}
	if r.keys == nil {
		return keys, nil
	}
	return keys, json.Unmarshal(r.keys, &keys)
}

// Keep the session in a place of one's own.
func ExampleConfig_store() {
	ctx := context.Background()
	store := &row{Memory: session.NewMemory()}
	client, dir, done := simulated(fetcher.Config{Store: store})
	defer done()

	file, err := only(client.Resolve(ctx, fetcher.Link{Username: "simfiles", First: 9, Last: 9}))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.Fetch(ctx, file, fetcher.Target{Dir: dir}); err != nil {
		log.Fatal(err)
	}
	keys, err := store.Keys()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("user", keys.UserID, "lives on DC", keys.HomeDC)
	// Output: user 7001 lives on DC 1
}
