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
	if s.Blocks == 0 {
		return 0, errors.ErrUnsupported // As some network file systems have it.
	}
	return s.Bavail * uint64(s.Bsize), nil
}
