package fetcher_test

import (
	"context"
	"fmt"
	"log"
	"sync"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher"
)

// tally counts the calls that go through it, by method.
type tally struct {
	fetcher.Doer

	mu    sync.Mutex
	calls map[string]int
}

// Do implements fetcher.Doer. It could wait, trace, or refuse as well.
func (t *tally) Do(ctx context.Context, target dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	if named, ok := in.(interface{ TypeName() string }); ok {
		t.mu.Lock()
		t.calls[named.TypeName()]++
		t.mu.Unlock()
	}
	return t.Doer.Do(ctx, target, in, out)
}

// Put something of one's own around the connections.
func ExampleConfig_wrap() {
	ctx := context.Background()
	around := &tally{calls: make(map[string]int)}
	client, dir, done := simulated(fetcher.Config{Wrap: func(inner fetcher.Doer) fetcher.Doer {
		around.Doer = inner
		return around
	}})
	defer done()

	file, err := only(client.Resolve(ctx, fetcher.Link{Username: "simfiles", First: 9, Last: 9}))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.Fetch(ctx, file, fetcher.Target{Dir: dir}); err != nil {
		log.Fatal(err)
	}
	around.mu.Lock()
	defer around.mu.Unlock()
	for _, method := range []interface{ TypeName() string }{&tg.ContactsResolveUsernameRequest{}, &tg.ChannelsGetMessagesRequest{}, &tg.UploadGetFileRequest{}} {
		fmt.Println(method.TypeName(), around.calls[method.TypeName()])
	}
	// Output:
	// contacts.resolveUsername 1
	// channels.getMessages 1
	// upload.getFile 1
}
