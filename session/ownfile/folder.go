package ownfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Folder is one folder, held open. Paths of the files in it are given in full, for
// errors to name; of each only the last element counts. So nothing outside the folder
// is read or written, whatever links are planted in it, and whatever becomes of its
// own path meanwhile. Links in it are not followed.
type Folder struct {
	path string   // Immutable.
	root *os.Root // Immutable.
	// Step, if set, hears of each step of Replace; a test ends the process there.
	Step func(step string)
}

// OpenFolder opens the folder at path, which may be a link to one.
func OpenFolder(path string) (*Folder, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	return &Folder{path: path, root: root}, nil
}

// Close gives the folder up. Files that were opened in it stay open.
func (d *Folder) Close() error { return d.root.Close() }

// Path is the folder's, as it was given.
func (d *Folder) Path() string { return d.path }

// Stat is the folder itself.
func (d *Folder) Stat() (fs.FileInfo, error) { return d.root.Stat(".") }

// Lstat is what is under path.
func (d *Folder) Lstat(path string) (fs.FileInfo, error) { return d.root.Lstat(filepath.Base(path)) }

// Remove removes path.
func (d *Folder) Remove(path string) error { return d.root.Remove(filepath.Base(path)) }

// Chmod changes the permissions of the folder itself.
func (d *Folder) Chmod(mode fs.FileMode) error { return d.root.Chmod(".", mode) }

// Names are those of what is in the folder.
func (d *Folder) Names() ([]string, error) {
	f, err := d.root.Open(".")
	if err != nil {
		return nil, err
	}
	names, err := f.Readdirnames(-1)
	return names, errors.Join(err, f.Close())
}

// Open opens the regular file at path for reading, whoever's it is: what is read is to
// be compared with what it must be.
func (d *Folder) Open(path string) (*os.File, error) {
	f, _, err := d.open(path, os.O_RDONLY)
	return f, err
}

// OpenOwn opens the file at path for reading and writing. A missing one is made if
// create is set, and is fs.ErrNotExist otherwise.
func (d *Folder) OpenOwn(k Kind, path string, create bool) (*os.File, error) {
	return d.openOwn(k, path, os.O_RDWR, create)
}

// Append opens the file at path, which is made if it is missing, to write at its end.
func (d *Folder) Append(k Kind, path string) (*os.File, error) {
	return d.openOwn(k, path, os.O_WRONLY|os.O_APPEND, true)
}

// openTries bounds the chase after a name that others keep making and removing.
const openTries = 16

// openOwn opens a file to write to it. One that it makes is ours whatever the file
// system says about owners.
func (d *Folder) openOwn(k Kind, path string, flag int, create bool) (*os.File, error) {
	for range openTries {
		f, info, err := d.open(path, flag)
		if err == nil {
			if err = d.checkWritten(k, f, info); err != nil {
				return nil, errors.Join(failed("open", path, err), f.Close())
			}
			return f, nil
		}
		if !create || !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		f, err = d.root.OpenFile(filepath.Base(path), flag|os.O_CREATE|os.O_EXCL, k.Mode)
		if !errors.Is(err, fs.ErrExist) {
			return f, failed("open", path, err)
		}
	}
	return nil, failed("open", path, errChanges)
}

// open opens the regular file at path without waiting for a pipe or following a link.
// What changes between the look and the open is looked at again.
func (d *Folder) open(path string, flag int) (f *os.File, info fs.FileInfo, err error) {
	name := filepath.Base(path)
	for range openTries {
		there, err := d.root.Lstat(name)
		if err != nil {
			return nil, nil, failed("open", path, err)
		}
		if !there.Mode().IsRegular() {
			return nil, nil, failed("open", path, ErrNotRegular) // An open may do something to a device.
		}
		if f, err = retried(func() (*os.File, error) { return d.root.OpenFile(name, flag|NoWait, 0) }); err != nil {
			return nil, nil, failed("open", path, err)
		}
		if info, err = f.Stat(); err == nil && os.SameFile(there, info) {
			return f, info, nil
		}
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, nil, failed("open", path, err)
		}
	}
	return nil, nil, failed("open", path, errChanges)
}

var errChanges = errors.New("another program keeps replacing it")

// Rename gives a file another name in its folder. Without replace, a file that has that
// name stays, and the error is fs.ErrExist. Where the system cannot refuse to replace
// by itself, a file that another program makes under the new name in the last moment
// is replaced.
func (d *Folder) Rename(oldPath, newPath string, replace bool) error {
	oldName, newName := filepath.Base(oldPath), filepath.Base(newPath)
	if replace {
		return d.renameOver(oldName, newName)
	}
	err := d.renameNew(oldName, newName)
	if !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return d.RenameIfFree(oldName, newName)
}

// RenameIfFree is Rename without replace where the system has no such thing: it looks
// before it renames.
func (d *Folder) RenameIfFree(oldPath, newPath string) error {
	if _, err := d.Lstat(newPath); err == nil {
		return &fs.PathError{Op: "rename", Path: newPath, Err: fs.ErrExist}
	}
	return d.renameOver(filepath.Base(oldPath), filepath.Base(newPath))
}

// Sync puts the names in the folder on the disk.
func (d *Folder) Sync() error { return d.sync() }

// SetModTime sets the time of a file that was opened in the folder.
func (d *Folder) SetModTime(f *os.File, t time.Time) error { return d.setModTime(f, t) }

// failed gives an error the path that it is about; nil stays nil.
func failed(op, path string, err error) error {
	if err == nil {
		return nil
	}
	if of, ok := errors.AsType[*fs.PathError](err); ok {
		err = of.Err
	}
	return &fs.PathError{Op: op, Path: path, Err: err}
}
