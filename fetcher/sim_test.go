package fetcher

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"strconv"
	"testing"

	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"
	"go.uber.org/goleak"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/bench/simdc/simtest"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/cluster"
	"github.com/tgfetch/tgfetch/session"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Facts of scenario.Default that the tests use: messages of t.me/simfiles.
const (
	simPhone = "+9996610001" // Of an account on DC 1.
	simCode  = "11111"
	simUser  = 7001

	simText     = 1
	simAlbum    = 2  // Four photos on DC 1, messages 2 to 5.
	simVideo    = 6  // 96 MiB on DC 4.
	simMoved    = 7  // 96 MiB, said to be on DC 2, on DC 4.
	simOnCDN    = 8  // 48 MiB on DC 2 and CDN 203.
	simSmall    = 9  // 64 KiB on DC 1.
	simMedium   = 10 // 5 MiB and a bit on DC 5.
	simPage     = 11 // 4 KiB and one byte on DC 1.
	simOdd      = 12 // One byte over one MiB, on DC 3.
	simFourGiB  = 13
	simDeleted  = 14
	simEscape   = 15 // Calls itself ../../x.
	simVoice    = 19
	simNoHashes = 22 // 3 MiB and a bit on DC 4 and the CDN, no hashes with the redirect.
	simReupload = 23 // 3 MiB on DC 1 and the CDN, which does not have it yet.
	simUnproven = 24 // 2 MiB on DC 4, without hashes for plain data.

	simMediaDC = 4
	simCDN     = 203
	simClub    = 1600000002 // A private channel that the account is in.
)

// emptied makes the file of simPage a document without a byte.
func emptied(s *scenario.Scenario) {
	for i, f := range s.Files {
		if f.Name == "page.bin" {
			s.Files[i].Size, s.Files[i].Name = 0, "empty.bin"
		}
	}
}

// sim is a running simulator and what it takes to use it.
type sim struct {
	*simdc.Cluster
	t       *testing.T
	cluster cluster.Cluster
	store   session.Store
}

// startSim starts a simulator, with beliefs turned round as the environment says; edit
// has the last word, and may be nil.
func startSim(t *testing.T, edit func(*scenario.Scenario)) *sim {
	t.Helper()
	running := simtest.Start(t, edit)
	access, err := cluster.Parse(bytes.NewReader(running.File().JSON()))
	if err != nil {
		t.Fatal(err)
	}
	return &sim{Cluster: running, t: t, cluster: access, store: session.NewMemory()}
}

// client is a client that has logged in. The test closes it at its end.
func (s *sim) client(edit func(*Config)) *Client {
	s.t.Helper()
	c := s.stranger(edit)
	s.login(c, simPhone, simCode, simUser)
	return c
}

// login logs c in as an account of the simulator.
func (s *sim) login(c *Client, phone, code string, user int64) {
	s.t.Helper()
	ask := auth.CodeAuthenticatorFunc(func(context.Context, *tg.AuthSentCode) (string, error) { return code, nil })
	flow := auth.NewFlow(auth.Constant(phone, "", ask), auth.SendCodeOptions{})
	api := tg.NewClient(c.Pool().Invoker(dcpool.Target{}))
	if err := flow.Run(s.t.Context(), auth.NewClient(api, nil, s.cluster.APIID, s.cluster.APIHash)); err != nil {
		s.t.Fatalf("login: %v", err)
	}
	if err := c.Pool().SetUser(s.t.Context(), user, false); err != nil {
		s.t.Fatal(err)
	}
}

// stranger is a client that has not logged in, unless the store has.
func (s *sim) stranger(edit func(*Config)) *Client {
	s.t.Helper()
	cfg := Config{
		APIID:   s.cluster.APIID,
		APIHash: s.cluster.APIHash,
		Network: s.cluster.Network,
		Store:   s.store,
		Logger:  slog.New(slog.NewTextHandler(s.t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo})),
	}
	if edit != nil {
		edit(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := c.Close(); err != nil {
			s.t.Errorf("Close: %v", err)
		}
	})
	return c
}

func (s *sim) fault(f scenario.Fault) {
	s.t.Helper()
	if _, err := s.AddFault(f); err != nil {
		s.t.Fatal(err)
	}
}

// simLink is the link of a message in t.me/simfiles.
func simLink(t *testing.T, message int) Link {
	t.Helper()
	link, err := ParseLink("https://t.me/simfiles/" + strconv.Itoa(message))
	if err != nil {
		t.Fatal(err)
	}
	return link
}

// file is the only file of a message in t.me/simfiles.
func file(t *testing.T, c *Client, message int) File {
	t.Helper()
	files := resolve(t, c, simLink(t, message))
	if len(files) != 1 {
		t.Fatalf("message %d has %d files", message, len(files))
	}
	return files[0]
}

func resolve(t *testing.T, c *Client, link Link) (files []File) {
	t.Helper()
	for f, err := range c.Resolve(t.Context(), link) {
		if err != nil {
			t.Fatalf("%s: %v", link, err)
		}
		files = append(files, f)
	}
	return files
}

// checkContent compares a file on disk with the simulator's contents.
func checkContent(t *testing.T, path string, f File) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	checkBytes(t, got, f)
}

func checkBytes(t *testing.T, got []byte, f File) {
	t.Helper()
	if f.Size == UnknownSize && f.ID == 3004 {
		f.Size = 0 // Of an empty document nobody can say so.
	}
	if int64(len(got)) != f.Size {
		t.Fatalf("%d bytes in place of %d", len(got), f.Size)
	}
	want := make([]byte, len(got))
	simdc.Content(f.ID, 0, want)
	if !bytes.Equal(got, want) {
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("wrong bytes from offset %d on", i)
			}
		}
	}
}

// checkDir compares the names in a folder.
func checkDir(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if len(got) != len(want) {
		t.Fatalf("folder has %q, want %q", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("folder has %q, want %q", got, want)
		}
	}
}
