package partfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"

	"github.com/tgfetch/tgfetch/session/ownfile"
)

// openLocked opens the file under a name so that others may read, rename and delete it, but not
// open it for writing: that is the lock. Renaming is for ourselves.
func (d Folder) openLocked(path string) (*os.File, error) {
	path = filepath.Join(d.Path(), filepath.Base(path))
	utf16, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	h, err := windows.CreateFile(utf16,
		windows.GENERIC_READ|windows.GENERIC_WRITE,
		windows.FILE_SHARE_READ|windows.FILE_SHARE_DELETE,
		nil, windows.OPEN_ALWAYS,
		windows.FILE_ATTRIBUTE_NORMAL|windows.FILE_FLAG_OPEN_REPARSE_POINT, 0)
	if errors.Is(err, windows.ERROR_SHARING_VIOLATION) {
		return nil, ErrBusy
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	f := os.NewFile(uintptr(h), path)
	if err := d.CheckWritten(ownfile.Part, f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
