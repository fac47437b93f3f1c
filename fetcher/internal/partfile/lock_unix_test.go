//go:build !windows

package partfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestLockAfterRename is the second of two processes that opened the same part,
// and got the lock when the first had finished: what it holds is the final file.
func TestLockAfterRename(t *testing.T) {
	var d Disk
	path := filepath.Join(t.TempDir(), name)
	folder := openFolder(t, filepath.Dir(path))
	first := open(t, &d, path, small, Options{})
	late, err := os.OpenFile(first.PartPath(), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer late.Close()
	finish(t, first)
	if named, err := folder.lock(late); named || err != nil {
		t.Errorf("the final file was taken for a part: %v, %v", named, err)
	}
	open(t, &d, path, small, Options{Overwrite: true})
	if named, err := folder.lock(late); named || err != nil {
		t.Errorf("the final file was taken for the next part: %v, %v", named, err)
	}
}

func openFolder(t *testing.T, path string) *Folder {
	t.Helper()
	folder, err := OpenFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := folder.Close(); err != nil {
			t.Error(err)
		}
	})
	return folder
}

func TestNotAFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, name)
	treasure := filepath.Join(dir, "treasure")
	if err := os.WriteFile(treasure, []byte("gold"), 0o644); err != nil {
		t.Fatal(err)
	}
	for what, plant := range map[string]func(string) error{
		"a link":       func(p string) error { return os.Symlink(treasure, p) },
		"a folder":     func(p string) error { return os.Mkdir(p, 0o755) },
		"a named pipe": func(p string) error { return unix.Mkfifo(p, 0o644) },
	} {
		for _, at := range []string{path + partSuffix, path + journalSuffix} {
			if err := plant(at); err != nil {
				t.Fatal(err)
			}
			_, err := new(Disk).Open(path, big, Options{Restart: true})
			if _, ok := errors.AsType[*DiskError](err); !ok {
				t.Errorf("%s as %s: %v", what, filepath.Base(at), err)
			}
			if err := os.Remove(at); err != nil {
				t.Fatal(err)
			}
		}
	}
	checkBytes(t, treasure, []byte("gold"))
	checkListing(t, dir, "treasure")
}

func TestRenameIfFree(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	for _, p := range []string{a, b} {
		if err := os.WriteFile(p, []byte(p), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	folder := openFolder(t, dir)
	for _, rename := range []func(string, string) error{
		func(a, b string) error { return folder.RenameIfFree(a, b) },
		func(a, b string) error { return OS{}.Rename(a, b, false) },
	} {
		if err := rename(a, b); !errors.Is(err, ErrExists) && !errors.Is(err, fs.ErrExist) {
			t.Errorf("over another file: %v", err)
		}
		checkBytes(t, b, []byte(b))
		if err := rename(a, filepath.Join(dir, "c")); err != nil {
			t.Error(err)
		}
		if err := rename(filepath.Join(dir, "c"), a); err != nil {
			t.Error(err)
		}
	}
	if err := (OS{}).Rename(filepath.Join(dir, "none"), a+"2", false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of nothing: %v", err)
	}
}

// TestVanishedFolder: the system goes on accepting writes to a file that has no
// name any more.
func TestVanishedFolder(t *testing.T) {
	var d Disk
	dir := filepath.Join(t.TempDir(), "folder")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	f := open(t, &d, filepath.Join(dir, name), big, Options{})
	if _, err := f.WriteAt(content(big), 0); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := f.Sync(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("sync: %v", err)
	}
	if _, err := f.WriteAt(content(big), 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("write: %v", err)
	}
	if _, err := d.Open(filepath.Join(dir, name), big, Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open: %v", err)
	}
}
