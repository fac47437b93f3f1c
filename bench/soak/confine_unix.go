//go:build unix

package soak

import (
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// become: a file that would grow beyond RLIMIT_FSIZE fails with EFBIG, like one
// on a full disk with ENOSPC.
func become(job confinement) error {
	limit := unix.Rlimit{Cur: uint64(job.Bytes), Max: uint64(job.Bytes)}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	path, err := exec.LookPath(job.Argv[0])
	if err != nil {
		return err
	}
	return syscall.Exec(path, job.Argv, os.Environ())
}
