package partfile

import (
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// Folder is one folder of the real file system, held open, and the [FS] for the
// files in it. Paths are given in full, for errors to name; of each only the last
// element counts. So nothing outside the folder is read or written, whatever
// links are planted in it, and whatever becomes of its own path meanwhile. Links
// in it are not followed.
type Folder struct {
	path string
	root *os.Root
}

var _ FS = (*Folder)(nil)

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

// Stat is the folder itself.
func (d *Folder) Stat() (fs.FileInfo, error) { return d.root.Stat(".") }

// Open opens the regular file at path for reading.
func (d *Folder) Open(path string) (*os.File, error) {
	if err := d.regular(path); err != nil {
		return nil, err
	}
	return d.root.Open(filepath.Base(path))
}

// regular refuses what is there as path and no regular file. A pipe would be waited
// for if it were opened.
func (d *Folder) regular(path string) error {
	info, err := d.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: path, Err: errNotRegular}
	}
	return err
}

// ReadFile is the contents of the regular file at path, of at most so many bytes.
func (d *Folder) ReadFile(path string, most int64) ([]byte, error) {
	f, err := d.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most))
}

// Replace puts data under path so that anybody sees the old contents or the new,
// also after a crash.
func (d *Folder) Replace(path string, data []byte) (err error) {
	tmp, name, err := d.temporary()
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.root.Remove(name))
		}
	}()
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Chmod(0o644), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return d.Rename(name, path, true)
}

// temporary makes an empty file under a name of its own.
func (d *Folder) temporary() (*os.File, string, error) {
	name := ".tgfetch-" + strconv.FormatUint(rand.Uint64(), 36)
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	return f, name, err
}

// OpenPart implements FS.
func (d *Folder) OpenPart(path string) (Handle, error) {
	f, err := d.openLocked(filepath.Base(path))
	if err != nil {
		return nil, err
	}
	return osFile{File: f, folder: d}, nil
}

// OpenJournal implements FS.
func (d *Folder) OpenJournal(path string, create bool) (Handle, error) {
	flag := os.O_RDWR
	if create {
		flag |= os.O_CREATE
	}
	f, err := d.openRegular(filepath.Base(path), flag)
	if err != nil {
		return nil, err
	}
	return osFile{File: f, folder: d}, nil
}

// openRegular opens the regular file that is under a name, or is to be made there.
// It refuses one that a link led to.
func (d *Folder) openRegular(name string, flag int) (*os.File, error) {
	if err := d.regular(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	f, err := d.root.OpenFile(name, flag, fileMode)
	if err != nil {
		return nil, err
	}
	if _, err := regular(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Lstat implements FS.
func (d *Folder) Lstat(path string) (fs.FileInfo, error) { return d.root.Lstat(filepath.Base(path)) }

// Remove implements FS.
func (d *Folder) Remove(path string) error { return d.root.Remove(filepath.Base(path)) }

// Rename implements FS. Where the system cannot refuse to replace by itself, a
// file that another program makes under the new name in the last moment is
// replaced.
func (d *Folder) Rename(oldPath, newPath string, replace bool) error {
	oldName, newName := filepath.Base(oldPath), filepath.Base(newPath)
	if replace {
		return d.renameOver(oldName, newName)
	}
	err := d.renameNew(oldName, newName)
	switch {
	case errors.Is(err, fs.ErrExist):
		return ErrExists
	case !errors.Is(err, errors.ErrUnsupported):
		return err
	}
	return d.renameIfFree(oldName, newName)
}

// renameIfFree looks before it renames.
func (d *Folder) renameIfFree(oldName, newName string) error {
	if _, err := d.root.Lstat(newName); err == nil {
		return ErrExists
	}
	return d.renameOver(oldName, newName)
}

// SyncDir implements FS.
func (d *Folder) SyncDir(string) error { return d.sync() }

var errNotRegular = errors.New("not a regular file")

// regular refuses folders, pipes and the like.
func regular(f *os.File) (fs.FileInfo, error) {
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: f.Name(), Err: errNotRegular}
	}
	return info, err
}

// fileMode is for new files; the umask takes from it.
const fileMode = 0o666

// osFile is a file of a folder.
type osFile struct {
	*os.File
	folder *Folder
	owned  bool // The folder is closed with the file.
}

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f osFile) Sync() error { return dataSync(f.File) }

func (f osFile) SetModTime(t time.Time) error { return f.folder.setModTime(f.File, t) }

func (f osFile) Close() error {
	err := f.File.Close()
	if f.owned {
		err = errors.Join(err, f.folder.Close())
	}
	return err
}
