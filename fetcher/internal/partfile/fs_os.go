package partfile

import (
	"errors"
	"io/fs"
	"os"
	"time"
)

// OS is the file system of the operating system.
type OS struct{}

var _ FS = OS{}

// OpenPart implements FS.
func (OS) OpenPart(path string) (Handle, error) {
	f, err := openLocked(path)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

// OpenJournal implements FS.
func (OS) OpenJournal(path string, create bool) (Handle, error) {
	flag := os.O_RDWR | noFollow
	if create {
		flag |= os.O_CREATE
	}
	f, err := os.OpenFile(path, flag, fileMode)
	if err != nil {
		return nil, err
	}
	if _, err := regular(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return osFile{f}, nil
}

// Lstat implements FS.
func (OS) Lstat(path string) (fs.FileInfo, error) { return os.Lstat(path) }

// Remove implements FS.
func (OS) Remove(path string) error { return os.Remove(path) }

// Rename implements FS. Where the system cannot refuse to replace by itself, a
// file that another program makes under the new name in the last moment is
// replaced.
func (OS) Rename(oldPath, newPath string, replace bool) error {
	if replace {
		return renameOver(oldPath, newPath)
	}
	err := renameNew(oldPath, newPath)
	switch {
	case errors.Is(err, fs.ErrExist):
		return ErrExists
	case !errors.Is(err, errors.ErrUnsupported):
		return err
	}
	return renameIfFree(oldPath, newPath)
}

// renameIfFree looks before it renames.
func renameIfFree(oldPath, newPath string) error {
	if _, err := os.Lstat(newPath); err == nil {
		return ErrExists
	}
	return renameOver(oldPath, newPath)
}

// SyncDir implements FS.
func (OS) SyncDir(dir string) error { return syncDir(dir) }

// regular refuses folders, pipes and the like.
func regular(f *os.File) (fs.FileInfo, error) {
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: f.Name(), Err: errors.New("not a regular file")}
	}
	return info, err
}

// fileMode is for new files; the umask takes from it.
const fileMode = 0o666

type osFile struct{ *os.File }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f osFile) Sync() error { return dataSync(f.File) }

func (f osFile) SetModTime(t time.Time) error { return setModTime(f.File, t) }
