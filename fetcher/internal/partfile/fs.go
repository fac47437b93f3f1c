package partfile

import (
	"io"
	"io/fs"
	"time"
)

// FS is what this package asks of a file system; the zero [OS] is the real one, and
// a [Folder] one folder of it. A path is renamed within its folder only. An FS can be
// compared with ==. Errors are those of package os, but for the two that are named.
type FS interface {
	// OpenPart opens the regular file at path for reading and writing, made if
	// missing, and locks it until it is closed, which the end of the process
	// does too. Links are not followed. If somebody else has the lock, the error
	// is [ErrBusy]. The lock stays with the file when it is renamed.
	OpenPart(path string) (Handle, error)
	// OpenJournal opens the file at path for reading and writing; a missing one
	// is made if create is set, and otherwise fs.ErrNotExist.
	OpenJournal(path string, create bool) (Handle, error)
	Lstat(path string) (fs.FileInfo, error)
	// Rename renames atomically. Without replace an existing newPath stays,
	// and the error is [ErrExists].
	Rename(oldPath, newPath string, replace bool) error
	Remove(path string) error
	// SyncDir puts the names in dir on the disk.
	SyncDir(dir string) error
}

// Handle is an open file.
type Handle interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Size() (int64, error)
	Truncate(size int64) error
	// Sync puts the bytes and the size on the disk.
	Sync() error
	SetModTime(t time.Time) error
}
