package fetcher_test

import (
	"context"
	"fmt"
	"io"
	"log"

	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/session"
)

// Download what a link leads to, with a session that has logged in.
func Example() {
	ctx := context.Background()
	store, err := session.OpenDir("session", session.DirOptions{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	client, err := fetcher.New(fetcher.Config{APIID: 12345, APIHash: "0123456789abcdef", Store: store})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	link, err := fetcher.ParseLink("https://t.me/durov/43")
	if err != nil {
		log.Fatal(err)
	}
	target := func(fetcher.File) fetcher.Target { return fetcher.Target{Dir: "downloads"} }
	for result, err := range client.FetchAll(ctx, client.Resolve(ctx, link), target) {
		if err != nil {
			log.Print(err)
			continue
		}
		fmt.Println(result.Path, result.Bytes)
	}
}

// Read the last kilobyte of a film without downloading it.
func ExampleClient_Open() {
	ctx := context.Background()
	var client *fetcher.Client // See the package example.
	var file fetcher.File      // One that Resolve found.

	r, err := client.Open(ctx, file)
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Seek(-1024, io.SeekEnd); err != nil {
		log.Fatal(err)
	}
	tail, err := io.ReadAll(r)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(tail))
}
