package partfile

import (
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/windows"
)

var (
	diskFull = []error{windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, syscall.ENOSPC}
	readOnly = []error{windows.ERROR_WRITE_PROTECT, syscall.EROFS}
)

func dataSync(f *os.File) error { return f.Sync() }

func (d *Folder) renameOver(oldName, newName string) error {
	return d.move(oldName, newName, windows.MOVEFILE_REPLACE_EXISTING)
}

func (d *Folder) renameNew(oldName, newName string) error { return d.move(oldName, newName, 0) }

// move goes by the path: a folder that is open here keeps its name, and making a link
// takes a privilege.
func (d *Folder) move(oldName, newName string, flags uint32) error {
	from, err := windows.UTF16PtrFromString(filepath.Join(d.path, oldName))
	if err != nil {
		return err
	}
	to, err := windows.UTF16PtrFromString(filepath.Join(d.path, newName))
	if err != nil {
		return err
	}
	return windows.MoveFileEx(from, to, flags|windows.MOVEFILE_WRITE_THROUGH)
}

// sync has nothing to do: move writes through.
func (d *Folder) sync() error { return nil }

// setModTime goes through the handle that wrote, whose closing would otherwise
// set the time again.
func (d *Folder) setModTime(f *os.File, t time.Time) error {
	ft := windows.NsecToFiletime(t.UnixNano())
	return windows.SetFileTime(windows.Handle(f.Fd()), nil, nil, &ft)
}
