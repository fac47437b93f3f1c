package fetcher_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log"
	"os"
	"path/filepath"
	"slices"

	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/dcpool/cluster"
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

// Download one file to a path.
func ExampleClient_Fetch() {
	ctx := context.Background()
	client, dir, done := simulated(fetcher.Config{})
	defer done()

	file, err := only(client.Resolve(ctx, fetcher.Link{Username: "simfiles", First: 10, Last: 10}))
	if err != nil {
		log.Fatal(err)
	}
	result, err := client.Fetch(ctx, file, fetcher.Target{Path: filepath.Join(dir, "my report.pdf"), Hash: true})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(filepath.Base(result.Path), result.Bytes, "bytes from DC", result.Route)
	fmt.Printf("%x…\n", result.SHA256[:4])
	// Output:
	// my report.pdf 5255225 bytes from DC 5
	// 41f244b5…
}

// Download to anything that takes bytes in any order.
func ExampleClient_Fetch_writerAt() {
	ctx := context.Background()
	client, dir, done := simulated(fetcher.Config{})
	defer done()

	out, err := os.Create(filepath.Join(dir, "disk.img"))
	if err != nil {
		log.Fatal(err)
	}
	defer out.Close()
	file, err := only(client.Resolve(ctx, fetcher.Link{Username: "simfiles", First: 9, Last: 9}))
	if err != nil {
		log.Fatal(err)
	}
	const at = 1 << 20 // The file becomes a part of something larger.
	result, err := client.Fetch(ctx, file, fetcher.Target{Writer: io.NewOffsetWriter(out, at)})
	if err != nil {
		log.Fatal(err)
	}
	info, err := out.Stat()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Bytes, info.Size())
	// Output: 65536 1114112
}

// Download a range of messages, several at once. A message without a file stops
// nothing.
func ExampleClient_FetchAll() {
	ctx := context.Background()
	client, dir, done := simulated(fetcher.Config{})
	defer done()

	link, err := fetcher.ParseLink("https://t.me/simfiles/14-17")
	if err != nil {
		log.Fatal(err)
	}
	var lines []string // They end in any order.
	target := func(fetcher.File) fetcher.Target { return fetcher.Target{Dir: dir} }
	for result, err := range client.FetchAll(ctx, client.Resolve(ctx, link), target) {
		if skipped, ok := errors.AsType[*fetcher.SkipError](err); ok {
			lines = append(lines, "skipped: "+string(skipped.Reason))
			continue
		}
		if err != nil {
			log.Fatal(err)
		}
		lines = append(lines, fmt.Sprint(filepath.Base(result.Path), " ", result.Bytes))
	}
	slices.Sort(lines)
	for _, line := range lines {
		fmt.Println(line)
	}
	// Output:
	// one.bin 1
	// skipped: deleted
	// window.bin 131072
	// x 10000
}

// Archive a list of links: what is there already costs no call, and the rest
// a call for every hundred messages.
func ExampleClient_ResolveAll() {
	ctx := context.Background()
	client, _, done := simulated(fetcher.Config{})
	defer done()

	archived := func(l fetcher.Link) bool { return l.First == 9 }
	links := []fetcher.Link{
		{Username: "simfiles", First: 9, Last: 9},
		{Username: "simfiles", First: 12, Last: 12},
		{Username: "simfiles", First: 2, Last: 2}, // An album.
	}
	opts := fetcher.ResolveOptions{Skip: archived}
	for file, err := range client.ResolveAll(ctx, slices.Values(links), opts) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(file.Source.Item(), file.Name)
	}
	// Output:
	// https://t.me/simfiles/9: filtered
	// https://t.me/simfiles/12?single odd.bin
	// https://t.me/simfiles/2?single photo_1001.jpg
	// https://t.me/simfiles/3?single photo_1002.jpg
	// https://t.me/simfiles/4?single photo_1003.jpg
	// https://t.me/simfiles/5?single photo_1004.jpg
}

// Read the end of a film without downloading it.
func ExampleClient_Open() {
	ctx := context.Background()
	client, _, done := simulated(fetcher.Config{})
	defer done()

	file, err := only(client.Resolve(ctx, fetcher.Link{Username: "simfiles", First: 6, Last: 6}))
	if err != nil {
		log.Fatal(err)
	}
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
	fmt.Println(file.Size>>20, "MiB, of which", len(tail), "bytes were read")
	// Output: 96 MiB, of which 1024 bytes were read
}

// Keep locations in a database of one's own: when a file reference has
// expired, the fetcher asks for the location of now.
func ExampleRefresher() {
	ctx := context.Background()
	var client *fetcher.Client
	asked := 0
	refresh := func(ctx context.Context, f fetcher.File) (tg.InputFileLocationClass, error) {
		asked++
		now, err := only(client.Resolve(ctx, f.Source.Item()))
		return now.Location, err
	}
	client, dir, done := simulated(fetcher.Config{Refresh: refresh})
	defer done()

	file, err := only(client.Resolve(ctx, fetcher.Link{Username: "simfiles", First: 9, Last: 9}))
	if err != nil {
		log.Fatal(err)
	}
	file.Location.(*tg.InputDocumentFileLocation).FileReference = []byte("from last year")
	result, err := client.Fetch(ctx, file, fetcher.Target{Dir: dir})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Bytes, "bytes, asked", asked, "time")
	// Output: 65536 bytes, asked 1 time
}

// only is the first file of a sequence.
func only(files iter.Seq2[fetcher.File, error]) (fetcher.File, error) {
	for f, err := range files {
		return f, err
	}
	return fetcher.File{}, fetcher.ErrNotFound
}

// simulated starts a simulated Telegram and a client that has logged in to it,
// and makes a folder; done ends them all.
func simulated(cfg fetcher.Config) (client *fetcher.Client, dir string, done func()) {
	ctx := context.Background()
	running, err := simdc.Start(ctx, simdc.Options{})
	if err != nil {
		log.Fatal(err)
	}
	if dir, err = os.MkdirTemp("", ""); err != nil {
		log.Fatal(err)
	}
	access, err := cluster.Parse(bytes.NewReader(running.File().JSON()))
	if err != nil {
		log.Fatal(err)
	}
	cfg.APIID, cfg.APIHash, cfg.Network = access.APIID, access.APIHash, access.Network
	if client, err = fetcher.New(cfg); err != nil {
		log.Fatal(err)
	}
	code := auth.CodeAuthenticatorFunc(func(context.Context, *tg.AuthSentCode) (string, error) { return "11111", nil })
	flow := auth.NewFlow(auth.Constant("+9996610001", "", code), auth.SendCodeOptions{})
	if _, err := client.Pool().LogIn(ctx, flow); err != nil {
		log.Fatal(err)
	}
	return client, dir, func() {
		if err := errors.Join(client.Close(), running.Close(), os.RemoveAll(dir)); err != nil {
			log.Fatal(err)
		}
	}
}
