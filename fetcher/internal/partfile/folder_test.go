package partfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestFolderIsLeftByNoLink: nothing that a link in a folder leads to is opened, read or
// written.
func TestFolderIsLeftByNoLink(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	treasure := filepath.Join(outside, "treasure")
	if err := os.WriteFile(treasure, []byte("gold"), 0o600); err != nil {
		t.Fatal(err)
	}
	folder, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	inside := filepath.Join(dir, "inside")
	if err := os.WriteFile(inside, []byte("copper"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"out": treasure, "in": "inside", "dangling": "nowhere"} {
		path := filepath.Join(dir, name)
		if err := os.Symlink(to, path); err != nil {
			t.Fatal(err)
		}
		_, open := folder.Open(path)
		_, read := folder.ReadFile(path, 10)
		_, part := folder.OpenPart(path)
		_, journal := folder.OpenJournal(path, true)
		for what, err := range map[string]error{"Open": open, "ReadFile": read, "OpenPart": part, "OpenJournal": journal} {
			if !errors.Is(err, errNotRegular) {
				t.Errorf("%s of a link that leads %s: %v", what, name, err)
			}
		}
		// A link itself can be replaced.
		if err := folder.Replace(path, []byte("tin")); err != nil {
			t.Errorf("Replace: %v", err)
		}
		checkBytes(t, path, []byte("tin"))
	}
	checkBytes(t, treasure, []byte("gold"))
	checkBytes(t, inside, []byte("copper"))
	checkListing(t, outside, "treasure")
	checkListing(t, dir, "dangling", "in", "inside", "out")
	if _, err := folder.Lstat(".."); err == nil {
		t.Error("the folder above was looked at")
	}
}

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
	if err := folder.Replace(filepath.Join(dir, "note"), []byte("n")); err != nil {
		t.Error(err)
	}
	if data, err := folder.ReadFile(filepath.Join(dir, "note"), 10); err != nil || string(data) != "n" {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := folder.ReadFile(filepath.Join(dir, "none"), 10); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if data, err := folder.ReadFile(filepath.Join(dir, name), 10); err != nil || len(data) != 10 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}
