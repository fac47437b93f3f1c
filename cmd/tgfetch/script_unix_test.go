//go:build unix

package main

import (
	"errors"
	"os"
	"syscall"
)

// fillPipe writes to a pipe until it takes no more.
func fillPipe(w *os.File) error {
	fd := int(w.Fd())
	if err := syscall.SetNonblock(fd, true); err != nil {
		return err
	}
	for {
		// Byte by byte, so that no short line fits in any more.
		if _, err := syscall.Write(fd, []byte{'\n'}); errors.Is(err, syscall.EAGAIN) {
			return syscall.SetNonblock(fd, false)
		} else if err != nil && !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
