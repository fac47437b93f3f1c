package fetcher_test

import (
	"context"
	"fmt"
	"log"
	"sync"

	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/session"
)

// database stands for one of the program's own.
type database struct {
	mu     sync.Mutex // A transaction.
	values map[string][]byte
	writes int
}

// Update changes one value in a transaction.
func (db *database) Update(key string, change func(old []byte) ([]byte, error)) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	next, err := change(db.values[key])
	if err != nil {
		return err
	}
	db.values[key] = next
	db.writes++
	return nil
}

// Keep the session in a place of one's own.
func ExampleConfig_store() {
	ctx := context.Background()
	db := &database{values: make(map[string][]byte)}
	store := session.FromBlob(func(change func([]byte) ([]byte, error)) error {
		return db.Update("telegram", change)
	})
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
	fmt.Println("a few writes only:", db.writes < 10)
	// Output:
	// user 7001 lives on DC 1
	// a few writes only: true
}
