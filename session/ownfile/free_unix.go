//go:build linux || darwin

package ownfile

import (
	"errors"

	"golang.org/x/sys/unix"
)

func free(dir string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return room(s, self() == 0)
}

func (d *Folder) free() (uint64, error) {
	var s unix.Statfs_t
	if err := d.call(func(fd int) error { return unix.Fstatfs(fd, &s) }); err != nil {
		return 0, err
	}
	return room(s, self() == 0)
}

// room is how many bytes a user may still write to a file system. Blocks are kept for
// root. Some network file systems tell no size, some made of programs no free blocks.
func room(s unix.Statfs_t, root bool) (uint64, error) {
	if s.Blocks == 0 || s.Bfree == 0 && s.Bavail == 0 && isFUSE(s) {
		return 0, errors.ErrUnsupported
	}
	blocks := s.Bavail
	if root {
		blocks = s.Bfree
	}
	return blocks * blockSize(s), nil
}
