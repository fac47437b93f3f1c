package hostile_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/tgfetch/tgfetch/bench/hostile"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher"
)

var (
	conversations = flag.Int("conversations", 40, "how many conversations TestConversations has")
	seed          = flag.Uint64("seed", 1, "the first seed of TestConversations; each conversation has the next one")
	trail         = flag.String("trail", "", "a file for the seed of the conversation that is under way, should it end the process")
)

// TestConversations has whole conversations with a server that acts at random. What the server does
// follows from the seed.
func TestConversations(t *testing.T) {
	defer watch(t)()
	var messages, files, failed int64
	for i := range uint64(*conversations) {
		n := *seed + i
		if *trail != "" {
			if err := os.WriteFile(*trail, fmt.Append(nil, n), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			s := hostile.New().Seed(n)
			out := play(t, s, clientOf(n))
			messages += s.Messages()
			files += int64(len(out.files))
			failed += int64(len(out.errs))
			if testing.Verbose() {
				t.Logf("%v, %d messages, %d files, %.300q", out.took, s.Messages(), len(out.files), out.errs)
			}
		})
		if i%1000 == 999 {
			fmt.Fprintf(os.Stderr, "%d conversations, %d messages, %d files, %d errors\n", i+1, messages, files, failed)
		}
	}
	t.Logf("%d conversations, %d messages, %d files, %d errors", *conversations, messages, files, failed)
}

// clientOf is the client of a conversation. Making keys takes long, so few do.
func clientOf(seed uint64) client {
	transports := []dcpool.Transport{0, dcpool.Intermediate, dcpool.Padded, dcpool.Abridged}
	how := client{transport: transports[seed/8%4], fresh: seed%128 == 63, pfs: seed%128 == 62}
	if seed/2%2 == 1 {
		how.verify = fetcher.VerifyFull
	}
	return how
}
