package fetcher_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tgfetch/tgfetch/fetcher"
)

// Archive a chat into a tree of months, with a progress line of one's own.
func Example_chatToDateTree() {
	ctx := context.Background()
	client, dir, done := simulated(fetcher.Config{})
	defer done()
	defer showProgress(client, io.Discard)()                       // Or os.Stderr.
	chat := fetcher.Link{Username: "simfiles", First: 9, Last: 12} // Without First and Last all of it.
	month := func(f fetcher.File) fetcher.Target {
		return fetcher.Target{Dir: filepath.Join(dir, f.Date.UTC().Format("2006/01"))}
	}
	var got []string
	for result, err := range client.FetchAll(ctx, client.Resolve(ctx, chat), month) {
		if err != nil {
			log.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s %d bytes", strings.TrimPrefix(result.Path, dir), result.Bytes))
	}
	slices.Sort(got)
	fmt.Println(strings.Join(append(got, fmt.Sprint(client.Stats().Done, " done")), "\n"))
	// Output:
	// /2024/01/notes.txt 65536 bytes
	// /2024/01/odd.bin 1048577 bytes
	// /2024/01/page.bin 4097 bytes
	// /2024/01/report.pdf 5255225 bytes
	// 4 done
}

// showProgress writes a line now and then until stop is called.
func showProgress(client *fetcher.Client, w io.Writer) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for tick := time.NewTicker(200 * time.Millisecond); ctx.Err() == nil; {
			select {
			case <-tick.C:
				s := client.Stats()
				fmt.Fprintf(w, "%d done, %d run, %d wait, %d MiB\n", s.Done, len(s.Active), s.Queued, s.Bytes>>20)
			case <-ctx.Done():
				tick.Stop()
			}
		}
	})
	return func() { cancel(); wg.Wait() }
}
