package partfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/tgfetch/tgfetch/session/ownfile"
)

// TestFolderOutlivesItsPath: it stays the same folder, wherever its path leads.
func TestFolderOutlivesItsPath(t *testing.T) {
	outer := t.TempDir()
	dir, moved := filepath.Join(outer, "dir"), filepath.Join(outer, "moved")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	folder, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	if err := errors.Join(os.Rename(dir, moved), os.Mkdir(dir, 0o755)); err != nil {
		t.Skipf("this system keeps folders that are open where they are: %v", err)
	}
	var d Disk
	finish(t, open(t, &d, filepath.Join(dir, name), big, Options{Folder: folder}))
	checkListing(t, dir)
	checkListing(t, moved, name)
	if err := folder.Replace(ownfile.Info, filepath.Join(dir, "note"), []byte("n")); err != nil {
		t.Error(err)
	}
	if data, err := folder.ReadFile(ownfile.Info, filepath.Join(dir, "note")); err != nil || string(data) != "n" {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := folder.ReadFile(ownfile.Info, filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
