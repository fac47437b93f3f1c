package fetcher_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tgfetch/tgfetch/fetcher"
)

// Decide what to do about a file that failed: later, never, or after somebody has done
// something.
func ExampleRetry() {
	ctx := context.Background()
	client, _, done := simulated(fetcher.Config{})
	defer done()

	_, gone := only(client.Resolve(ctx, fetcher.Link{Username: "simfiles", First: 999, Last: 999}))
	_, text := only(client.Resolve(ctx, fetcher.Link{Username: "simfiles", First: 1, Last: 1}))
	_, invalid := client.Fetch(ctx, fetcher.File{}, fetcher.Target{})
	for _, err := range []error{
		gone, text, invalid,
		&fetcher.FloodError{DC: 4, Method: "upload.getFile", Wait: 10 * time.Minute},
		&fetcher.UnreachableError{DC: 2, Err: context.DeadlineExceeded},
		fetcher.ErrLoginNeeded,
	} {
		fmt.Println(decide(err))
	}
	// Output:
	// drop it: it is not there any more
	// drop it: there is nothing to fetch
	// give up: not a file that can be fetched
	// again in 10m0s
	// again in 10s
	// stop everything: log in first
}

func decide(err error) string {
	after, again := fetcher.Retry(err)
	switch {
	case again:
		return fmt.Sprintf("again in %v", after)
	case errors.Is(err, fetcher.ErrLoginNeeded):
		return "stop everything: log in first"
	case errors.Is(err, fetcher.ErrNotFound):
		return "drop it: it is not there any more"
	case errors.Is(err, fetcher.ErrNoMedia):
		return "drop it: there is nothing to fetch"
	case errors.Is(err, fetcher.ErrInvalidFile):
		return "give up: " + fetcher.ErrInvalidFile.Error()
	}
	return "give up: " + err.Error()
}
