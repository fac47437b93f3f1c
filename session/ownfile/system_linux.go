package ownfile

import (
	"errors"

	"golang.org/x/sys/unix"
)

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
