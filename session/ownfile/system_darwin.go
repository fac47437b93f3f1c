package ownfile

import "golang.org/x/sys/unix"

func (d *Folder) renameNew(oldName, newName string) error {
	return d.call(func(fd int) error { return unix.RenameatxNp(fd, oldName, fd, newName, unix.RENAME_EXCL) })
}
