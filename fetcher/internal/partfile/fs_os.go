package partfile

import (
	"io/fs"
	"os"
	"path/filepath"
)

// OS is the file system of the operating system: each path leads to a [Folder] of its
// own.
type OS struct{}

var _ FS = OS{}

// OpenPart implements FS.
func (OS) OpenPart(path string) (Handle, error) {
	return openIn(path, func(d Folder) (Handle, error) { return d.OpenPart(path) })
}

// OpenJournal implements FS.
func (OS) OpenJournal(path string, create bool) (Handle, error) {
	return openIn(path, func(d Folder) (Handle, error) { return d.OpenJournal(path, create) })
}

// openIn opens a file in the folder of path, which is closed with it.
func openIn(path string, open func(Folder) (Handle, error)) (Handle, error) {
	d, err := OpenFolder(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	h, err := open(*d)
	if err != nil {
		_ = d.Close() // It was only read.
		return nil, err
	}
	f := h.(osFile)
	f.owned = true
	return f, nil
}

// Lstat implements FS.
func (OS) Lstat(path string) (fs.FileInfo, error) { return os.Lstat(path) }

// Remove implements FS.
func (OS) Remove(path string) error { return os.Remove(path) }

// Rename implements FS, within one folder.
func (OS) Rename(oldPath, newPath string, replace bool) error {
	return within(filepath.Dir(oldPath), func(d *Folder) error { return d.Rename(oldPath, newPath, replace) })
}

// SyncDir implements FS.
func (OS) SyncDir(dir string) error {
	return within(dir, func(d *Folder) error { return d.SyncDir(dir) })
}

func within(dir string, call func(*Folder) error) error {
	d, err := OpenFolder(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return call(d)
}
