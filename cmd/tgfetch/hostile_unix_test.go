//go:build unix

package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/bench/hostile"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
)

// hostileNames are attacks whose damage would show at the command: on the terminal, on the disk, in the session, in memory.
var hostileNames = []string{
	"error at resolveUsername: \x1b]0;title\a\x1b[2J", "error at getMessages: two\nlines", "error at getMessages: \u202eright to left",
	"error at getFile: FLOOD_WAIT_2147483648",
	"resolved at resolveUsername: to a long title", "messages at getMessages: deep rich text", "messages at getMessages: 10,000 attributes",
	"file name at getMessages: ../../../../tmp/x", "file name at getMessages: -rf", "file name at getMessages: x\x00y", "file name at getMessages: a\nb",
	"packed at getMessages: a bomb", "size at getMessages: -1", "date at getMessages: -2147483648", "bytes at getFile: 2 MiB",
	"redirect with a key of at getFile: 17", "hashes in a redirect at getFile: in a block", "cut at getMessages: 100",
	"address at getConfig: fe80::1%lo", "options at getConfig: 20,000", "queue size at getAppConfig: NaN",
}

// hostileRun is the command against one server, with one session.
type hostileRun struct {
	t       *testing.T
	server  *hostile.Server
	env     []string
	cluster string
}

func newHostileRun(t *testing.T) *hostileRun {
	home := t.TempDir()
	r := &hostileRun{
		t: t, server: hostile.New(), cluster: filepath.Join(home, "cluster.json"),
		env: []string{"HOME=" + home, "XDG_STATE_HOME=" + home, "XDG_CONFIG_HOME=" + home, "PATH=" + os.Getenv("PATH"), "GORACE=" + os.Getenv("GORACE")},
	}
	t.Cleanup(r.server.Close)
	type address struct {
		ID   int    `json:"id"`
		IP   string `json:"ip"`
		Port int    `json:"port"`
		CDN  bool   `json:"cdn"`
	}
	var dcs []address
	for _, dc := range []int{hostile.HomeDC, hostile.FileDC, hostile.CDN} {
		if err := r.server.Listen(dc); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range r.server.Config(hostile.HomeDC).DCOptions {
		dcs = append(dcs, address{o.ID, o.IPAddress, o.Port, o.CDN})
	}
	key := pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&hostile.PrivateKey().RSA.PublicKey)})
	file, err := json.Marshal(map[string]any{"api_id": 1, "api_hash": hostile.APIHash, "dcs": dcs, "keys": []string{string(key)}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.cluster, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return r
}

// run runs the command and returns its exit code and what it said.
func (r *hostileRun) run(t *testing.T, args ...string) (int, string) {
	t.Helper()
	self, err := exec.LookPath("tgfetch") // TestMain put it there.
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, self, append([]string{"--cluster", r.cluster}, args...)...)
	cmd.Env, cmd.Stdout, cmd.Stderr = r.env, &said, &said
	if err := cmd.Run(); err != nil {
		if _, ended := errors.AsType[*exec.ExitError](err); !ended {
			t.Fatal(err)
		}
	}
	if ctx.Err() != nil {
		t.Errorf("it did not end")
	}
	if used, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok && runtime.GOOS == "linux" && used.Maxrss > 512<<10 {
		t.Errorf("it took %d MiB of memory", used.Maxrss>>10)
	}
	return cmd.ProcessState.ExitCode(), said.String()
}

// forget removes what earlier runs learnt of the server, but for keys and login.
func (r *hostileRun) forget(t *testing.T) {
	t.Helper()
	for _, path := range filesIn(t, filepath.Dir(r.cluster)) {
		if filepath.Base(path) == "state" {
			if err := os.Remove(path); err != nil {
				t.Error(err)
			}
		}
	}
}

// fetch downloads all files into out.
func (r *hostileRun) fetch(t *testing.T, out string) (int, string) {
	t.Helper()
	return r.run(t, "-v", "-P", out, "t.me/"+hostile.Channel+"/1-3")
}

// Whatever a server sends, the command ends with one of its codes, says why in plain text, and leaves nothing
// outside the folder. A server that behaves again finds the session as it was.
func TestHostileServersAndTheCommand(t *testing.T) {
	r := newHostileRun(t)
	if code, said := r.run(t, "login", "--phone", hostile.Phone, "--code", hostile.Code); code != 0 {
		t.Fatalf("login: exit code %d: %s", code, said)
	}
	table := hostile.Table()
	names := hostileNames
	if testing.Short() {
		names = names[:4]
	}
	for _, name := range names {
		i := slices.IndexFunc(table, func(a hostile.Attack) bool { return a.Name == name })
		if i < 0 {
			t.Errorf("there is no attack %q", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			r.server.Turn(table[i])
			r.forget(t)
			around := t.TempDir()
			out := filepath.Join(around, "out")
			code, said := r.fetch(t, out)
			if r.server.Lies() == 0 {
				t.Error("there was no occasion for the attack")
			}
			if !slices.Contains(exit.All, exit.Code(code)) || strings.Contains(said, "goroutine ") {
				t.Errorf("exit code %d", code)
			}
			if code != 0 && !strings.Contains(said, "tgfetch: ") {
				t.Errorf("exit code %d without a word why", code)
			}
			if c := unprintable(said); c != "" {
				t.Errorf("it said %s", c)
			}
			wantFilesWithin(t, around, out)
			t.Logf("exit code %d: %.3000q", code, said)
		})
	}
	r.server.Turn()
	out := t.TempDir()
	if code, said := r.fetch(t, out); code != 0 {
		t.Errorf("the server behaves, and the command ends with %d: %s", code, said)
	}
	for id := range int64(hostile.Files) {
		found := false
		for _, path := range filesIn(t, out) {
			got, err := os.ReadFile(path)
			found = found || err == nil && bytes.Equal(got, hostile.Truth(id+1))
		}
		if !found {
			t.Errorf("document %d is not there", id+1)
		}
	}
}

// unprintable is the first thing in said that is more than text: control characters but newlines, and such as turn its direction.
func unprintable(said string) string {
	for _, r := range said {
		if r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return fmt.Sprintf("%U", r)
		}
	}
	return ""
}

// filesIn are all files below dir.
func filesIn(t *testing.T, dir string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, path)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	return list
}

// wantFilesWithin checks that all files around are in the folder out itself.
func wantFilesWithin(t *testing.T, around, out string) {
	t.Helper()
	for _, path := range filesIn(t, around) {
		if filepath.Dir(path) != out {
			t.Errorf("%s is outside of the folder", path)
		}
	}
}
