package fetcher_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"log/slog"
	"net"
	"sync/atomic"

	"github.com/tgfetch/tgfetch/fetcher"
)

// Bring a dialer, a logger and metrics of one's own.
func ExampleConfig() {
	ctx := context.Background()
	var dials atomic.Int64
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}} // A line of several.
	var records bytes.Buffer
	client, dir, done := simulated(fetcher.Config{
		Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			dials.Add(1)
			return dialer.DialContext(ctx, network, addr)
		},
		Logger: slog.New(slog.NewJSONHandler(&records, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	file, err := only(client.Resolve(ctx, fetcher.Link{Username: "simfiles", First: 7, Last: 7}))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.Fetch(ctx, file, fetcher.Target{Dir: dir}); err != nil {
		log.Fatal(err)
	}
	// What a collector of metrics reads now and then.
	stats := client.Stats()
	fmt.Println(stats.Done, "file of", stats.Bytes, "bytes")
	for _, dc := range stats.Pool.DCs {
		if dc.DC == 4 {
			fmt.Println("DC 4 brought all of it:", dc.BytesIn > stats.Bytes, "over at least", min(dc.Dials, 2), "connections")
		}
	}
	done()
	fmt.Println("dials:", dials.Load() > 2, "and a record of the move:", bytes.Contains(records.Bytes(), []byte("another data center")))
	// Output:
	// 1 file of 100667617 bytes
	// DC 4 brought all of it: true over at least 2 connections
	// dials: true and a record of the move: true
}
