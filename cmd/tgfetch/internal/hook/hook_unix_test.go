//go:build unix

package hook

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestWhatIsLeftBehindIsNoFailure runs a program that ends while another one, which it started, holds
// its output.
func TestWhatIsLeftBehindIsNoFailure(t *testing.T) {
	pid := filepath.Join(t.TempDir(), "pid")
	leave := func(end string) error {
		t.Helper()
		cmd := Command{args: []string{"sh", "-c", `sleep 600 & echo $! >"$1"; ` + end, "sh", "{}"}, grace: time.Millisecond}
		err := cmd.Run(t.Context(), pid, &bytes.Buffer{})
		text, readErr := os.ReadFile(pid)
		id, parseErr := strconv.Atoi(strings.TrimSpace(string(text)))
		if err := errors.Join(readErr, parseErr); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(id, syscall.SIGKILL); err != nil {
			t.Errorf("what was left behind: %v", err)
		}
		return err
	}
	if err := leave("exit 0"); err != nil {
		t.Errorf("a program that ended well: %v", err)
	}
	if exit, ok := errors.AsType[*exec.ExitError](leave("exit 3")); !ok || exit.ExitCode() != 3 {
		t.Error("the exit status of a program that left something behind is lost")
	}
}

// A command gets the environment, but for what is secret in it.
func TestCommandsGetNoSecrets(t *testing.T) {
	for _, name := range []string{"PASSPHRASE", "PASSWORD", "BOT_TOKEN", "API_HASH", "PROXY"} {
		t.Setenv("TGFETCH_"+name, "secret")
	}
	t.Setenv("tgfetch_passphrase", "secret")
	t.Setenv("TGFETCH_LOG_FILE", "kept")
	t.Setenv("OTHER", "kept, too")
	var out bytes.Buffer
	if err := (Command{args: []string{"sh", "-c", "env"}, grace: grace}).Run(t.Context(), "x", &out); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Contains(got, "secret") || !strings.Contains(got, "TGFETCH_LOG_FILE=kept\n") || !strings.Contains(got, "OTHER=kept, too\n") {
		t.Errorf("environment:\n%s", got)
	}
}
