package hostile_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gotd/td/exchange"
	"github.com/gotd/td/telegram/auth"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/hostile"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/session"
)

// patience is how long a client may take over three small files, in virtual time: it holds the longest
// waits that Telegram may ask for, and the attempts at servers that are silent.
const patience = 30 * time.Minute

const (
	// givenUp is when the caller gives up where the server drips, and promptly how soon the client has
	// to be done then.
	givenUp  = 5 * time.Minute
	promptly = 5 * time.Second
)

var errEndless = errors.New("it goes on for ever")

// client is how the client under test begins.
type client struct {
	fresh     bool // Without keys and login.
	transport dcpool.Transport
	verify    fetcher.VerifyMode
	pfs       bool
	endless   bool // What the server does has no end, so the caller gives up.
}

func (how client) patience() time.Duration {
	if how.endless {
		return givenUp
	}
	return patience
}

// outcome is what came of a conversation.
type outcome struct {
	files []fetcher.Result
	errs  []error
	took  time.Duration // Virtual.
	said  string        // The log, at all levels.
}

// played counts the conversations that have ended.
var played atomic.Int64

// play lets a client fetch all files from s in virtual time, and holds it to what must hold
// whatever the server does: it ends, no goroutine is left, no file is wrong, no secret is said.
func play(t *testing.T, s *hostile.Server, how client) (out outcome) {
	t.Helper()
	dir, err := os.MkdirTemp("", "hostile")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		var log transcript
		store := session.NewMemory()
		if !how.fresh {
			logIn(t, store)
		}
		c, err := fetcher.New(fetcher.Config{
			APIID: 1, APIHash: hostile.APIHash, Store: store, Network: network(), Dial: s.Dial,
			Transport: how.transport, PFS: how.pfs, Logger: log.logger(),
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), how.patience(), errEndless)
		out.files, out.errs = fetchAll(ctx, c, how, dir)
		cancel()
		if err := c.Close(); err != nil {
			out.errs = append(out.errs, err)
		}
		out.took, out.said = time.Since(begun), log.String()
		s.Close()
	})
	judge(t, s, how, dir, out)
	played.Add(1)
	return out
}

// fetchAll logs in if need be and fetches all files.
func fetchAll(ctx context.Context, c *fetcher.Client, how client, dir string) (files []fetcher.Result, errs []error) {
	if how.fresh {
		code := auth.CodeAuthenticatorFunc(func(context.Context, *tg.AuthSentCode) (string, error) { return hostile.Code, nil })
		flow := auth.NewFlow(auth.Constant(hostile.Phone, "", code), auth.SendCodeOptions{})
		if _, err := c.Pool().LogIn(ctx, flow); err != nil {
			return nil, []error{err}
		}
	}
	link := fetcher.Link{Username: hostile.Channel, First: 1, Last: hostile.Files}
	target := func(fetcher.File) fetcher.Target { return fetcher.Target{Dir: dir, Verify: how.verify} }
	for result, err := range c.FetchAll(ctx, c.Resolve(ctx, link), target) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		files = append(files, result)
	}
	return files, errs
}

func logIn(t *testing.T, store session.Store) {
	t.Helper()
	err := store.UpdateKeys(func(k *session.Keys) error {
		k.HomeDC, k.UserID = hostile.HomeDC, hostile.User
		for _, dc := range []int{hostile.HomeDC, hostile.FileDC} {
			k.DCs[dc] = session.DCKeys{AuthKey: hostile.Key(dc).Value, Imported: true, CreatedAt: time.Now()}
		}
		k.CDN[hostile.CDN] = session.DCKeys{AuthKey: hostile.Key(hostile.CDN).Value, CreatedAt: time.Now()}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// network is how the hostile Telegram is found.
func network() dcpool.Network {
	n := dcpool.Network{Keys: []exchange.PublicKey{hostile.PrivateKey().Public()}}
	for _, o := range hostile.Config(hostile.HomeDC).DCOptions {
		n.DCs = append(n.DCs, session.DCOption{ID: o.ID, IP: o.IPAddress, Port: o.Port, CDN: o.CDN, ThisPortOnly: true})
	}
	return n
}

// judge holds an outcome to what must hold.
func judge(t *testing.T, s *hostile.Server, how client, dir string, out outcome) {
	t.Helper()
	if most := how.patience() + promptly; out.took > most {
		t.Errorf("it took %v", out.took)
	}
	for _, err := range out.errs {
		if errors.Is(err, errEndless) && !how.endless {
			t.Errorf("it did not end in %v: %v", patience, err)
		}
		if _, ours := errors.AsType[*fetcher.CallerError](err); ours {
			t.Errorf("a panic was taken for one of the caller's: %v", err)
		}
		if n := len(err.Error()); n > 4<<10 {
			t.Errorf("an error of %d bytes", n)
		}
	}
	if len(out.files)+len(out.errs) == 0 {
		t.Error("neither a file nor an error")
	}
	judgeFiles(t, s, how, dir, out)
	for what, forms := range secrets() {
		for _, form := range forms {
			if strings.Contains(out.said, form) || strings.Contains(fmt.Sprint(out.errs), form) {
				t.Errorf("%s was said: %q", what, form)
			}
		}
	}
}

// judgeFiles compares every file under a final name with the truth. Of a data center that has lied,
// bytes that no hash was asked about are its own affair.
func judgeFiles(t *testing.T, s *hostile.Server, how client, dir string, out outcome) {
	t.Helper()
	finished := map[string]fetcher.Result{}
	for _, result := range out.files {
		finished[result.Path] = result
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if strings.HasSuffix(path, ".part") || strings.HasSuffix(path, ".journal") {
			return nil
		}
		result, ok := finished[path]
		if !ok {
			t.Errorf("%s is there, and nobody said so", d.Name())
			return nil
		}
		delete(finished, path)
		got, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if int64(len(got)) != result.Bytes {
			t.Errorf("%s: %d bytes, not %d", d.Name(), len(got), result.Bytes)
		}
		want := hostile.Truth(result.File.ID)
		proven := s.Lies() == 0 || how.verify == fetcher.VerifyFull && len(result.Unproven) == 0
		if proven && !bytes.Equal(got, want) && !(s.Lies() > 0 && bytes.HasPrefix(want, got)) {
			t.Errorf("%s: %d wrong bytes under a final name (document %d, %d lies)", d.Name(), len(got), result.File.ID, s.Lies())
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	for path := range finished {
		t.Errorf("%q is not there", path)
	}
}

// secrets are what must not be said, by what they are.
var secrets = sync.OnceValue(func() map[string][]string {
	list := map[string][]string{"the api_hash": {hostile.APIHash}}
	add := func(what string, b []byte) {
		list[what] = append(list[what], string(b), hex.EncodeToString(b), strings.ToUpper(hex.EncodeToString(b)),
			base64.StdEncoding.EncodeToString(b[:len(b)/3*3]), strings.Trim(fmt.Sprint(b), "[]"), strings.Trim(strconv.Quote(string(b)), `"`))
	}
	for _, dc := range []int{hostile.HomeDC, hostile.FileDC, hostile.CDN} {
		key := hostile.Key(dc).Value
		add("an auth key", key[:9])
		add("an auth key", key[120:129])
	}
	for _, what := range []byte("tupxrABCD") {
		add("secret "+string(what), hostile.Secret(what))
	}
	return list
})

// transcript is everything a client said.
type transcript struct {
	mu  sync.Mutex
	buf bytes.Buffer // Guarded by mu.
}

func (l *transcript) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *transcript) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *transcript) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug - 100}))
}
