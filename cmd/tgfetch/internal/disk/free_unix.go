//go:build linux || darwin

package disk

import "golang.org/x/sys/unix"

func free(dir string) (uint64, error) {
	var s unix.Statfs_t
	err := unix.Statfs(dir, &s)
	return s.Bavail * uint64(s.Bsize), err
}
