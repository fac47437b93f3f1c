package partfile

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// dataSync leaves out what no reader of the file needs, such as its times.
func dataSync(f *os.File) error { return control(f, unix.Fdatasync) }

func (d *Folder) renameNew(oldName, newName string) error {
	err := d.call(func(fd int) error {
		return unix.Renameat2(fd, oldName, fd, newName, unix.RENAME_NOREPLACE)
	})
	if errors.Is(err, unix.EINVAL) {
		// The file system does not know the flag.
		return errors.ErrUnsupported
	}
	return err
}
