package partfile

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/tgfetch/tgfetch/session/ownfile"
)

// Folder is one folder of the real file system, held open, and the [FS] for the
// files in it.
type Folder struct{ *ownfile.Folder }

var _ FS = Folder{}

// OpenFolder opens the folder at path, which may be a link to one.
func OpenFolder(path string) (*Folder, error) {
	d, err := ownfile.OpenFolder(path)
	if err != nil {
		return nil, err
	}
	return &Folder{d}, nil
}

// OpenPart implements FS.
func (d Folder) OpenPart(path string) (Handle, error) {
	f, err := d.openLocked(path)
	if err != nil {
		return nil, err
	}
	return osFile{File: f, folder: d}, nil
}

// OpenJournal implements FS.
func (d Folder) OpenJournal(path string, create bool) (Handle, error) {
	f, err := d.OpenOwn(ownfile.Journal, path, create)
	if err != nil {
		return nil, err
	}
	return osFile{File: f, folder: d}, nil
}

// Rename implements FS.
func (d Folder) Rename(oldPath, newPath string, replace bool) error {
	err := d.Folder.Rename(oldPath, newPath, replace)
	if !replace && errors.Is(err, fs.ErrExist) {
		return ErrExists
	}
	return err
}

// SyncDir implements FS.
func (d Folder) SyncDir(string) error { return d.Sync() }

// osFile is a file of a folder.
type osFile struct {
	*os.File
	folder Folder
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

func (f osFile) SetModTime(t time.Time) error { return f.folder.SetModTime(f.File, t) }

func (f osFile) Close() error {
	err := f.File.Close()
	if f.owned {
		err = errors.Join(err, f.folder.Close())
	}
	return err
}
