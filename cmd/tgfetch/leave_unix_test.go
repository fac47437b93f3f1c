//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/bench/simdc/simtest"
)

const (
	// leftFiles are more than a run finds before their turn.
	leftFiles = 1000
	// leftAfter is how many answers there are before the interrupt: by then
	// the search, which asks for a hundred messages at once, waits for the
	// downloads.
	leftAfter = 200
)

// TestStoppedRunListsAllThatIsLeft stops a run whose search is held up by its
// downloads. What is done then and what the list of failures brings afterwards
// is everything.
func TestStoppedRunListsAllThatIsLeft(t *testing.T) {
	var single []string
	for id := range leftFiles {
		single = append(single, fmt.Sprintf("t.me/simleft/%d", id+1))
	}
	for name, links := range map[string][]string{
		"one by one":   append(single, "t.me/simlast"),
		"a whole chat": {"t.me/simleft", "t.me/simlast"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testLeft(t, links)
		})
	}
}

func testLeft(t *testing.T, links []string) {
	answers := &countdown{}
	run := leftCommand(t, answers)
	folder := t.TempDir()
	list, failed, out := filepath.Join(folder, "list.txt"), filepath.Join(folder, "failed.txt"), filepath.Join(folder, "out")
	if err := os.WriteFile(list, []byte(strings.Join(links, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	stopped := run("-P", out, "--failed-file", failed, "-a", list)
	if err := stopped.Start(); err != nil {
		t.Fatal(err)
	}
	answers.begin(leftAfter, func() { _ = stopped.Process.Signal(os.Interrupt) }) // It has more to do.
	if code := exitCode(stopped.Wait()); code != 130 {
		t.Fatalf("exit code %d, want 130", code)
	}
	if n := countFiles(t, out); n >= leftFiles {
		t.Fatalf("%d files were done before the interrupt", n)
	}
	if said, err := output(run("-q", "-P", out, "-a", failed)); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	if n := countFiles(t, out); n != leftFiles+1 {
		t.Errorf("%d files after the second run, want %d", n, leftFiles+1)
	}
}

// leftCommand starts a simulator and returns what makes commands for it, of an account that is logged
// in.
func leftCommand(t *testing.T, answers *countdown) func(args ...string) *exec.Cmd {
	self, err := exec.LookPath("tgfetch") // TestMain put it there.
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	path := filepath.Join(home, "cluster.json")
	world := scenario.Scenario{
		APIID: 1, APIHash: "x", DCs: []scenario.DC{{ID: 2}}, Link: scenario.Link{RTT: 5e6},
		Accounts: []scenario.Account{{ID: 7, HomeDC: 2, Phone: "+9996620007", Code: "22222"}},
		Chats: []scenario.Chat{
			{ID: 8, Title: "Left", Username: "simleft", Messages: []scenario.Message{{ID: 1, File: 9, Count: leftFiles}}},
			{ID: 10, Title: "Last", Username: "simlast", Messages: []scenario.Message{{ID: 1, File: 9009}}},
		},
		Files: []scenario.File{{ID: 9, DC: 2, Size: 100, Name: "tiny.bin", Count: leftFiles}, {ID: 9009, DC: 2, Size: 101, Name: "last.bin"}},
	}
	simtest.Turn(&world)
	cluster, err := simdc.Start(t.Context(), simdc.Options{Log: answers, Scenario: &world})
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
	run := func(args ...string) *exec.Cmd {
		cmd := exec.Command(self, append([]string{"--cluster", path}, args...)...)
		cmd.Env = []string{"HOME=" + home, "XDG_STATE_HOME=" + home, "XDG_CONFIG_HOME=" + home, "PATH=" + os.Getenv("PATH"), "GORACE=" + os.Getenv("GORACE")}
		return cmd
	}
	if said, err := output(run("login", "--phone", "+9996620007", "--code", "22222")); err != nil {
		t.Fatalf("login: %v: %s", err, said)
	}
	return run
}

func output(cmd *exec.Cmd) (said string, err error) {
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func exitCode(err error) int {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	return 0
}

// countFiles counts the finished files of a folder.
func countFiles(t *testing.T, folder string) (n int) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !unfinished(e.Name()) {
			n++
		}
	}
	return n
}

// countdown does something after so many answers with bytes of files. It is a simulator's log.
type countdown struct {
	mu   sync.Mutex
	left int    // Guarded by mu. Until then is called.
	then func() // Guarded by mu.
}

func (c *countdown) begin(n int, then func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left, c.then = n, then
}

// Write implements io.Writer; the simulator writes whole lines.
func (c *countdown) Write(p []byte) (int, error) {
	var e simdc.Event
	if err := json.Unmarshal(p, &e); err != nil || e.Event != simdc.EventRange {
		return len(p), err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left--; c.left == 0 {
		c.then()
	}
	return len(p), nil
}
