package session

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tgfetch/tgfetch/session/ownfile"
)

// killEnv makes the test binary a writer of keys: "dir|first id|step", where
// the step, if any, is the one of the first write that it does not survive.
const killEnv = "TGFETCH_SESSION_TEST_KILL"

// killPassphrase encrypts the keys of the kill tests' odd rounds.
const killPassphrase = "until death"

var kills = flag.Int("kills", 5, "how often the kill test kills the writing process")

// writeUntilKilled adds keys for ever, and prints each id once its key is kept.
func writeUntilKilled(spec string) error {
	part := strings.Split(spec, "|")
	id, err := strconv.Atoi(part[1])
	if err != nil {
		return err
	}
	d, err := killDir(part[0])
	if err != nil {
		return err
	}
	d.step = func(step string) {
		if step == part[2] {
			self, err := os.FindProcess(os.Getpid())
			if err == nil {
				err = self.Kill()
			}
			panic(fmt.Sprint("still alive: ", err))
		}
	}
	for ; ; id++ {
		if err := d.UpdateKeys(func(k *Keys) error {
			k.DCs[id] = testKey(byte(id))
			return nil
		}); err != nil {
			return err
		}
		fmt.Println(id)
	}
}

// killDir opens a directory whose name says whether it is encrypted.
func killDir(dir string) (*Dir, error) {
	var opts DirOptions
	if strings.HasSuffix(dir, "sealed") {
		opts.Passphrase = constant(killPassphrase)
	}
	d, err := OpenDir(dir, opts)
	if err == nil {
		d.vault.workFactor = quickWork
	}
	return d, err
}

// runWriter runs a writer until it dies, after a random time if no step kills
// it, and returns the last id that it said was kept.
func runWriter(t *testing.T, dir string, first int, step string) (last int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s|%d|%s", killEnv, dir, first, step))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	last = first - 1
	var fuse *time.Timer
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if last, err = strconv.Atoi(lines.Text()); err != nil {
			t.Fatal(err)
		}
		if fuse == nil && step == "" {
			fuse = time.AfterFunc(rand.N(30*time.Millisecond), func() { _ = cmd.Process.Kill() })
		}
	}
	_, _ = io.Copy(io.Discard, out)
	err = cmd.Wait()
	if fuse != nil {
		fuse.Stop()
	}
	if _, ok := errors.AsType[*exec.ExitError](err); !ok || stderr.Len() > 0 { // Only one that is killed says nothing.
		t.Fatalf("writer: %v: %s", err, &stderr)
	}
	return last
}

// wantIDs checks that the keys 1 to last are there and right, and perhaps the
// next, whose writer died before it could say so.
func wantIDs(t *testing.T, dir string, last int) (stored int) {
	t.Helper()
	d, err := killDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := d.Keys()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(keys.DCs); n != last && n != last+1 {
		t.Fatalf("%d keys are kept of %d", n, last)
	}
	for id := range len(keys.DCs) {
		if !cmp.Equal(keys.DCs[id+1], testKey(byte(id+1))) {
			t.Errorf("key %d is lost", id+1)
		}
	}
	return len(keys.DCs)
}

// TestKill kills real processes at random moments of writing keys.
func TestKill(t *testing.T) {
	dirs := []string{t.TempDir() + "/plain", t.TempDir() + "/sealed"}
	stored := make([]int, len(dirs))
	for i := range *kills {
		dir := i % len(dirs)
		last := runWriter(t, dirs[dir], stored[dir]+1, "")
		stored[dir] = wantIDs(t, dirs[dir], last)
	}
	t.Logf("%d kills, %d keys written, none lost", *kills, stored[0]+stored[1])
}

// TestKillAtEachStep kills real processes after each step of a write.
func TestKillAtEachStep(t *testing.T) {
	for _, folder := range []string{"plain", "sealed"} {
		for step, want := range map[string]int{ownfile.StepCreated: 0, ownfile.StepHalf: 0, ownfile.StepWritten: 0, ownfile.StepReplaced: 1} {
			t.Run(folder+" "+step, func(t *testing.T) {
				dir := t.TempDir() + "/" + folder
				if last := runWriter(t, dir, 1, step); last != 0 {
					t.Fatalf("it went on to %d", last)
				}
				if got := wantIDs(t, dir, 0); got != want {
					t.Errorf("%d keys are kept, want %d", got, want)
				}
			})
		}
	}
}
