package ownfile

import (
	"strings"

	"golang.org/x/sys/unix"
)

func (d *Folder) renameNew(oldName, newName string) error {
	return d.call(func(fd int) error { return unix.RenameatxNp(fd, oldName, fd, newName, unix.RENAME_EXCL) })
}

func blockSize(s unix.Statfs_t) uint64 { return uint64(s.Bsize) }

func isFUSE(s unix.Statfs_t) bool {
	return strings.Contains(unix.ByteSliceToString(s.Fstypename[:]), "fuse")
}
