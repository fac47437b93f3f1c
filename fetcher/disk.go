package fetcher

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"syscall"
	"time"
)

// disk is what a download needs of the file system. Tests put one here that
// fills up or forgets.
type disk interface {
	MkdirAll(dir string) error
	// Create opens path for writing and reading, empty, and locks it against
	// other downloads. The error is errLocked if one has it.
	Create(path string) (partFile, error)
	Open(path string) (readFile, error)
	Lstat(path string) (fs.FileInfo, error)
	// Link gives a file a second name, and fails if the name is taken.
	Link(from, to string) error
	Rename(from, to string) error
	Remove(path string) error
	Chtimes(path string, at time.Time) error
	// SyncDir makes names in a folder durable, where that is possible.
	SyncDir(dir string) error
}

type readFile interface {
	io.ReaderAt
	io.Closer
}

type partFile interface {
	io.WriterAt
	readFile
	Sync() error
}

var (
	errLocked   = errors.New("locked by another download")
	errNotPlain = errors.New("it is not a plain file")
)

// closeFirst is for Windows, which renames no open file.
const closeFirst = runtime.GOOS == "windows"

// osDisk is the real one.
type osDisk struct{}

func (osDisk) MkdirAll(dir string) error { return os.MkdirAll(dir, 0o777) }

func (osDisk) Create(path string) (partFile, error) {
	for range 10 {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			return nil, err
		}
		mine, err := claimFile(f, path)
		if err == nil && mine {
			// Only who holds the lock may throw away what is there.
			err = f.Truncate(0)
		}
		if err == nil && mine {
			return f, nil
		}
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
	}
	return nil, errNotPlain
}

// claimFile locks f and reports whether path is still f, and not a link or
// what another download put there while it gave f its final name.
func claimFile(f *os.File, path string) (bool, error) {
	if err := lockFile(f); err != nil {
		return false, err
	}
	mine, err := f.Stat()
	if err != nil {
		return false, err
	}
	there, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(mine, there), err
}

func (osDisk) Open(path string) (readFile, error)     { return os.Open(path) }
func (osDisk) Lstat(path string) (fs.FileInfo, error) { return os.Lstat(path) }
func (osDisk) Link(from, to string) error             { return os.Link(from, to) }
func (osDisk) Rename(from, to string) error           { return os.Rename(from, to) }
func (osDisk) Remove(path string) error               { return os.Remove(path) }

func (osDisk) Chtimes(path string, at time.Time) error { return os.Chtimes(path, at, at) }

func (osDisk) SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return nil // Windows has no folder to open.
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}

// diskError wraps an error of the file system; nil stays nil.
func diskError(op, path string, err error) error {
	if err == nil {
		return nil
	}
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		err = pathErr.Err // The path is said once.
	}
	if linkErr := (*os.LinkError)(nil); errors.As(err, &linkErr) {
		err = linkErr.Err
	}
	return &DiskError{Op: op, Path: path, Err: err}
}

// diskAdvice is what to do about an error of the file system.
func diskAdvice(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return "free some space and run the command again"
	case errors.Is(err, syscall.EROFS):
		return "the disk is read-only; choose another folder"
	case errors.Is(err, fs.ErrPermission):
		return "choose a folder you may write to"
	case errors.Is(err, syscall.ENAMETOOLONG):
		return "choose a shorter name or folder"
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EISDIR):
		return "a file and a folder are in each other's place; choose another folder"
	default:
		return ""
	}
}
