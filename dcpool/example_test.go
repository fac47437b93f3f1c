package dcpool_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/cluster"
	"github.com/tgfetch/tgfetch/session"
)

// Log in, and ask data centers directly and through gotd's client.
func Example() {
	ctx := context.Background()
	pool, done := simulated()
	defer done()

	code := auth.CodeAuthenticatorFunc(func(context.Context, *tg.AuthSentCode) (string, error) { return "11111", nil })
	user, err := pool.LogIn(ctx, auth.NewFlow(auth.Constant("+9996610001", "", code), auth.SendCodeOptions{}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("logged in as", user.ID)

	var config tg.Config
	if err := pool.Do(ctx, dcpool.Target{DC: 4}, &tg.HelpGetConfigRequest{}, &config); err != nil {
		log.Fatal(err)
	}
	fmt.Println("answered by data center", config.ThisDC)

	api := tg.NewClient(pool.Invoker(dcpool.Target{})) // The zero Target is home.
	found, err := api.ContactsResolveUsername(ctx, &tg.ContactsResolveUsernameRequest{Username: "simfiles"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%T, %d chat\n", found.Peer, len(found.Chats))
	// Output:
	// logged in as 7001
	// answered by data center 4
	// *tg.PeerChannel, 1 chat
}

// Errors of the server reach the caller as it sent them; what has to be done by somebody
// else has types and values of its own.
func ExamplePool_Do() {
	ctx := context.Background()
	pool, done := simulated()
	defer done()

	file := &tg.UploadGetFileRequest{Location: &tg.InputDocumentFileLocation{ID: 1}, Limit: 4096}
	err := pool.Do(ctx, dcpool.Target{DC: 4, Kind: dcpool.Media, Bytes: 4096}, file, &tg.UploadFileBox{})
	switch flood, isFlood := errors.AsType[*dcpool.FloodError](err); {
	case errors.Is(err, dcpool.ErrLoginNeeded):
		fmt.Println("log in first")
	case isFlood:
		fmt.Println("again in", flood.Wait)
	default:
		refused, _ := tgerr.As(err)
		fmt.Println("the server says", refused.Type)
	}
	if dc, moved := dcpool.FileMigrated(tgerr.New(303, "FILE_MIGRATE_2")); moved {
		fmt.Println("the file is on data center", dc)
	}
	// Output:
	// log in first
	// the file is on data center 2
}

// Listen to what happens rarely, for a log or a monitor.
func ExamplePool_Events() {
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	pool, done := simulated()
	defer done()

	events := pool.Events(ctx)
	if err := pool.Do(ctx, dcpool.Target{}, &tg.HelpGetConfigRequest{}, new(tg.Config)); err != nil {
		log.Fatal(err)
	}
	for _, e := range events {
		if key, ok := e.(dcpool.NewKey); ok {
			fmt.Println("a new key with data center", key.DC)
			break
		}
	}
	// Output:
	// a new key with data center 2
}

// simulated starts a simulated Telegram and a pool on it; done ends both.
func simulated() (pool *dcpool.Pool, done func()) {
	running, err := simdc.Start(context.Background(), simdc.Options{})
	if err != nil {
		log.Fatal(err)
	}
	access, err := cluster.Parse(bytes.NewReader(running.File().JSON()))
	if err != nil {
		log.Fatal(err)
	}
	pool, err = dcpool.New(dcpool.Config{
		APIID: access.APIID, APIHash: access.APIHash, Network: access.Network, Store: session.NewMemory(),
	})
	if err != nil {
		log.Fatal(err)
	}
	return pool, func() {
		if err := errors.Join(pool.Close(), running.Close()); err != nil {
			log.Fatal(err)
		}
	}
}
