package partfile

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestBusy(t *testing.T) {
	var d Disk
	path := filepath.Join(t.TempDir(), name)
	f := open(t, &d, path, big, Options{})
	for _, opts := range []Options{{}, {Restart: true}, {NoContinue: true}} {
		_, err := new(Disk).Open(path, big, opts)
		if !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), path) {
			t.Errorf("opened twice: %v", err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	finish(t, open(t, &d, path, big, Options{}))
}

// TestBusyElsewhere: the lock holds between processes, and goes with its
// holder however that ends.
func TestBusyElsewhere(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	id := Identity{Kind: "document", ID: 1, Size: 256 << 20}
	path := filepath.Join(t.TempDir(), name)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d:%d:%s", helperEnv, id.ID, id.Size, path))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	var d Disk
	if _, err := d.Open(path, id, Options{}); !errors.Is(err, ErrBusy) {
		t.Errorf("opened what another process has: %v", err)
	}
	_ = cmd.Process.Kill()
	if err := cmd.Wait(); err == nil {
		t.Fatal("the other process came to its end")
	}
	f := open(t, &d, path, id, Options{})
	if err := f.Remove(); err != nil {
		t.Error(err)
	}
}
