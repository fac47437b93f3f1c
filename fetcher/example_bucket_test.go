package fetcher_test

import (
	"context"
	"fmt"
	"log"
	"maps"
	"slices"
	"sync"

	"github.com/tgfetch/tgfetch/fetcher"
)

// multipart stands for an upload to an object store: parts of 5 MiB, by number.
type multipart struct {
	mu    sync.Mutex
	parts map[int64]int // How long each is. An uploader would send it.
}

const partSize = 5 << 20

// WriteAt is called with whole parts, each once and only with bytes that were compared
// with Telegram's hashes.
func (m *multipart) WriteAt(p []byte, off int64) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.parts[off/partSize+1] = len(p)
	return len(p), nil
}

// Send a file to an object store, without a copy on disk.
func Example_objectStore() {
	ctx := context.Background()
	client, _, done := simulated(fetcher.Config{})
	defer done()

	file, err := only(client.Resolve(ctx, fetcher.Link{Username: "simfiles", First: 10, Last: 10}))
	if err != nil {
		log.Fatal(err)
	}
	upload := &multipart{parts: make(map[int64]int)}
	result, err := client.Fetch(ctx, file, fetcher.Target{
		Writer: upload, Align: partSize, Writers: 2, Hash: true, Verify: fetcher.VerifyFull,
	})
	if err != nil {
		log.Fatal(err) // An uploader would abort the upload.
	}
	for _, n := range slices.Sorted(maps.Keys(upload.parts)) {
		fmt.Println("part", n, "of", upload.parts[n], "bytes")
	}
	fmt.Printf("SHA-256 of %d bytes, %d of %d bytes proven\n", len(result.SHA256), result.Proven, result.Bytes)
	// Output:
	// part 1 of 5242880 bytes
	// part 2 of 12345 bytes
	// SHA-256 of 32 bytes, 5255225 of 5255225 bytes proven
}
