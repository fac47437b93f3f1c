package ownfile

import (
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/windows"
)

// NoWait is not needed: no path of a folder is a pipe.
const NoWait = 0

func self() uint32 { return 0 }

// ownerOf knows no owners: who may write to a file is not told by them.
func ownerOf(fs.FileInfo) (owner uint32, known bool) { return 0, false }

// groupOf and inGroup are asked only where owners are known.
func groupOf(fs.FileInfo) uint32 { return 0 }
func inGroup(uint32) bool        { return false }

// links is how many names a file has.
func links(f *os.File, _ fs.FileInfo) (uint64, error) {
	var info windows.ByHandleFileInformation
	err := windows.GetFileInformationByHandle(windows.Handle(f.Fd()), &info)
	return uint64(info.NumberOfLinks), err
}

// Allocated is how many bytes a file takes on its disk.
func Allocated(info fs.FileInfo) int64 { return info.Size() }

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
