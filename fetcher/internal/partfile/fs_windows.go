package partfile

import (
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/windows"
)

// noFollow has no counterpart here: making a link takes a privilege.
const noFollow = 0

var (
	diskFull = []error{windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, syscall.ENOSPC}
	readOnly = []error{windows.ERROR_WRITE_PROTECT, syscall.EROFS}
)

func dataSync(f *os.File) error { return f.Sync() }

func renameOver(oldPath, newPath string) error {
	return move(oldPath, newPath, windows.MOVEFILE_REPLACE_EXISTING)
}

func renameNew(oldPath, newPath string) error { return move(oldPath, newPath, 0) }

func move(oldPath, newPath string, flags uint32) error {
	from, err := windows.UTF16PtrFromString(oldPath)
	if err != nil {
		return err
	}
	to, err := windows.UTF16PtrFromString(newPath)
	if err != nil {
		return err
	}
	return windows.MoveFileEx(from, to, flags|windows.MOVEFILE_WRITE_THROUGH)
}

// syncDir has nothing to do: move writes through.
func syncDir(string) error { return nil }

// setModTime goes through the handle that wrote, whose closing would otherwise
// set the time again.
func setModTime(f *os.File, t time.Time) error {
	ft := windows.NsecToFiletime(t.UnixNano())
	return windows.SetFileTime(windows.Handle(f.Fd()), nil, nil, &ft)
}
