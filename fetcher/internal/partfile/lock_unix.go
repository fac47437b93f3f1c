//go:build !windows

package partfile

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/tgfetch/tgfetch/session/ownfile"
)

// lockTries bounds the chase after a name that others keep giving to new files.
const lockTries = 16

// openLocked opens a path and takes the lock on the file that is there.
func (d Folder) openLocked(path string) (*os.File, error) {
	for range lockTries {
		f, err := d.OpenOwn(ownfile.Part, path, true)
		if err != nil {
			return nil, err
		}
		named, err := d.lock(f)
		if err == nil && named {
			return f, nil
		}
		_ = f.Close()
		if err != nil {
			return nil, err
		}
	}
	return nil, ErrBusy
}

// lock locks f and reports whether its name is still of it: between open and
// lock, the holder may have finished and renamed it. A link is not what it leads to.
func (d Folder) lock(f *os.File) (named bool, err error) {
	opened, err := f.Stat()
	if err != nil {
		return false, err
	}
	err = control(f, func(fd int) error { return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) })
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		return false, ErrBusy
	case errors.Is(err, errors.ErrUnsupported), errors.Is(err, unix.ENOLCK):
		// No locks here: better unguarded than no download at all.
	case err != nil:
		return false, err
	}
	current, err := d.Lstat(f.Name())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(opened, current), err
}

// control runs a system call on f's descriptor, again if a signal ended it.
func control(f *os.File, call func(fd int) error) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var result error
	err = conn.Control(func(fd uintptr) {
		for {
			if result = call(int(fd)); !errors.Is(result, syscall.EINTR) {
				return
			}
		}
	})
	return errors.Join(err, result)
}
