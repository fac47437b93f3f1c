package partfile

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// dataSync leaves out what no reader of the file needs, such as its times.
func dataSync(f *os.File) error { return control(f, unix.Fdatasync) }

func renameNew(oldPath, newPath string) error {
	err := unix.Renameat2(unix.AT_FDCWD, oldPath, unix.AT_FDCWD, newPath, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) {
		// The file system does not know the flag.
		return errors.ErrUnsupported
	}
	return err
}
