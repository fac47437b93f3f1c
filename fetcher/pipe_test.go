//go:build unix

package fetcher

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tgfetch/tgfetch/session/ownfile"
)

// TestPipesTakeNoFiles: a pipe takes bytes in their order only, and is waited for by who
// opens it.
func TestPipesTakeNoFiles(t *testing.T) {
	d := &plainDC{id: 5, size: 3 << 20, most: maxPart}
	c := d.client(t)
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := c.Fetch(t.Context(), d.file(d.size), Target{Path: pipe})
	if !isA[*DiskError](err) || !strings.Contains(err.Error(), "it is a pipe") {
		t.Errorf("got %v", err)
	}
	checkDir(t, dir, "pipe")
	// Nor is one opened that has the name of what is kept beside a file.
	f := d.file(d.size)
	if _, err := c.Fetch(t.Context(), f, Target{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(filepath.Join(dir, f.Name+infoSuffix), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadInfo(filepath.Join(dir, f.Name)); err == nil {
		t.Error("a pipe was read")
	}
	if _, err := c.Fetch(t.Context(), f, Target{Dir: dir, InfoJSON: true}); !errors.Is(err, ownfile.ErrNotRegular) {
		t.Errorf("got %v", err)
	}
}
