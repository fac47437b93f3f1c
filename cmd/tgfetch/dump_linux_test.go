package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/bench/simdc/simtest"
	"github.com/tgfetch/tgfetch/session"
)

const (
	dumpAPIHash    = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
	dumpPassphrase = "zq7-unlikely-words-of-a-passphrase"
	dumpCode       = "481516234299"
)

// TestDumpsHaveNoSecrets quits the real command with the signals upon which Go prints the stacks of all
// goroutines, and looks for the secrets in what is printed.
func TestDumpsHaveNoSecrets(t *testing.T) {
	t.Parallel()
	login := []string{"login", "--phone", "+9996610008", "--code", dumpCode}
	download := []string{"-q", "-P", t.TempDir(), "https://t.me/simdump/1"}
	for name, c := range map[string]struct {
		before, quit []string
		at           func(simdc.Event) bool
		signal       syscall.Signal
	}{
		"login":    {nil, login, asked("auth.signIn"), syscall.SIGQUIT},
		"download": {login, download, func(e simdc.Event) bool { return e.Event == simdc.EventRange }, syscall.SIGQUIT},
		"PFS":      {login, append([]string{"--pfs"}, download...), asked("auth.bindTempAuthKey"), syscall.SIGABRT},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			events := &firstEvent{}
			home, run := dumpWorld(t, events)
			if c.before != nil {
				if said, err := output(run(c.before...)); err != nil {
					t.Fatalf("%v: %s", err, said)
				}
			}
			cmd := run(c.quit...)
			var dump bytes.Buffer
			cmd.Stdout, cmd.Stderr = &dump, &dump
			started := make(chan struct{})
			events.await(c.at, func() {
				<-started
				_ = cmd.Process.Signal(c.signal) // If it does not come, that shows below.
			})
			err := cmd.Start()
			close(started)
			if err != nil {
				t.Fatal(err)
			}
			// A dump of any form names the reader of a connection.
			if code := exitCode(cmd.Wait()); code != dumpExit || !strings.Contains(dump.String(), "(*hearing).Read") {
				t.Fatalf("exit code %d, and no dump of goroutines: %.500s", code, dump.String())
			}
			secrets := map[string][]byte{"api_hash": []byte(dumpAPIHash), "passphrase": []byte(dumpPassphrase), "code": []byte(dumpCode)}
			storedKeys(t, home, secrets)
			if len(secrets) == 3 && c.before != nil {
				t.Fatal("no keys were stored that could be in the dump")
			}
			for what, secret := range secrets {
				if found := leaked(dump.String(), secret); found != "" {
					t.Errorf("the dump has bytes of the %s: %s", what, found)
				}
			}
		})
	}
}

// TestLeaksAreFound holds what the test above looks for against frames as Go prints them.
func TestLeaksAreFound(t *testing.T) {
	t.Parallel()
	secret := []byte("0123456789abcdefghij")
	for _, dump := range []string{
		"main.f(0x3837363534333231)", "main.f(0x3132333435363738, 0x1)", "main.f({0x34, 0x35, 0x36, 0x37, 0x38, ...})",
		"main.f({{0x30, 0x31, 0x32, 0x33, 0x34, ...}, {...}, 0x1?})", "panic: 0123456789abcdefghij",
	} {
		if leaked(dump, secret) == "" {
			t.Errorf("nothing was found in %q", dump)
		}
	}
	if found := leaked("main.f(0xc000012345, {0x30, 0x31, 0x40, 0x32, 0x33}, 0x3030)", secret); found != "" {
		t.Errorf("found %s, which is none of it", found)
	}
}

// dumpWorld starts a simulator and returns the home of an account's files and what makes commands.
func dumpWorld(t *testing.T, events *firstEvent) (home string, run func(args ...string) *exec.Cmd) {
	self, err := exec.LookPath("tgfetch") // TestMain put it there.
	if err != nil {
		t.Fatal(err)
	}
	home = t.TempDir()
	path := filepath.Join(home, "cluster.json")
	world := scenario.Scenario{
		// An answer takes long enough that the command still waits for it when the signal comes.
		APIID: 1, APIHash: dumpAPIHash, DCs: []scenario.DC{{ID: 1}, {ID: 2}}, Link: scenario.Link{RTT: 100e6, DCRate: 20e6},
		Accounts: []scenario.Account{{ID: 7, HomeDC: 1, Phone: "+9996610008", Code: dumpCode}},
		Chats:    []scenario.Chat{{ID: 8, Title: "Dump", Username: "simdump", Messages: []scenario.Message{{ID: 1, File: 9}}}},
		Files:    []scenario.File{{ID: 9, DC: 2, Size: 64 << 20, Name: "film.mp4"}},
	}
	simtest.Turn(&world)
	cluster, err := simdc.Start(t.Context(), simdc.Options{Log: events, Scenario: &world})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := cluster.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	return home, func(args ...string) *exec.Cmd {
		cmd := exec.Command(self, append([]string{"--cluster", path}, args...)...)
		cmd.Env = []string{
			"HOME=" + home, "XDG_STATE_HOME=" + home, "XDG_CONFIG_HOME=" + home, "PATH=" + os.Getenv("PATH"),
			"GORACE=" + os.Getenv("GORACE"), "TGFETCH_PASSPHRASE=" + dumpPassphrase,
		}
		return cmd
	}
}

// storedKeys adds the auth keys of the session below home.
func storedKeys(t *testing.T, home string, secrets map[string][]byte) {
	t.Helper()
	err := filepath.WalkDir(home, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() || !session.Exists(path) {
			return err
		}
		store, err := session.OpenDir(path, session.DirOptions{KeepPlain: true})
		if err != nil {
			return err
		}
		keys, err := store.Keys()
		for dc, k := range keys.DCs {
			secrets[fmt.Sprintf("auth key of DC %d", dc)] = bytes.Clone(k.AuthKey[:])
		}
		if closeErr := store.Close(); err == nil {
			err = closeErr
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

var (
	hexWord  = regexp.MustCompile(`0x[0-9a-f]+`)
	hexBytes = regexp.MustCompile(`(?:0x[0-9a-f]{1,2}\??, ){3,}0x[0-9a-f]{1,2}\b`)
)

// leaked is where a dump has eight bytes of a secret in a word, of either byte order, or four in a row
// as Go prints the first five of an array, or the secret as it is; empty if nowhere.
func leaked(dump string, secret []byte) string {
	if strings.Contains(dump, string(secret)) {
		return "all of it"
	}
	words := map[uint64]bool{}
	for i := range len(secret) - 7 {
		words[binary.LittleEndian.Uint64(secret[i:])] = true
		words[binary.BigEndian.Uint64(secret[i:])] = true
	}
	for line := range strings.Lines(dump) {
		for _, text := range hexWord.FindAllString(line, -1) {
			if n, err := strconv.ParseUint(text[2:], 16, 64); err == nil && words[n] {
				return line
			}
		}
		for _, text := range hexBytes.FindAllString(line, -1) {
			var row []byte
			for _, b := range hexWord.FindAllString(text, -1) {
				n, _ := strconv.ParseUint(b[2:], 16, 8) // Two digits fit.
				row = append(row, byte(n))
			}
			for i := range len(row) - 3 {
				if bytes.Contains(secret, row[i:i+4]) {
					return line
				}
			}
		}
	}
	return ""
}

// asked is true of a call of a method that a simulator has got.
func asked(method string) func(simdc.Event) bool {
	return func(e simdc.Event) bool { return e.Event == simdc.EventRequest && e.Request.Method == method }
}

// firstEvent does something at the first event of a kind. It is a simulator's log.
type firstEvent struct {
	mu   sync.Mutex
	at   func(simdc.Event) bool // Guarded by mu. Nil: nothing is waited for.
	then func()                 // Guarded by mu.
}

func (f *firstEvent) await(at func(simdc.Event) bool, then func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at, f.then = at, then
}

// Write implements io.Writer; the simulator writes whole lines.
func (f *firstEvent) Write(p []byte) (int, error) {
	var e simdc.Event
	if err := json.Unmarshal(p, &e); err != nil {
		return len(p), err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.at != nil && f.at(e) {
		f.at = nil
		f.then()
	}
	return len(p), nil
}
