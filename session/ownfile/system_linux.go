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

// blockSize is the unit of blocks in s: Bsize is what is best to write at once.
func blockSize(s unix.Statfs_t) uint64 {
	if s.Frsize > 0 {
		return uint64(s.Frsize)
	}
	return uint64(s.Bsize)
}

func isFUSE(s unix.Statfs_t) bool { return s.Type == unix.FUSE_SUPER_MAGIC }
