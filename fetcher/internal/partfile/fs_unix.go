//go:build !windows

package partfile

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// noFollow keeps a planted symbolic link from leading out of the folder.
const noFollow = syscall.O_NOFOLLOW

var (
	diskFull = []error{syscall.ENOSPC, syscall.EDQUOT}
	readOnly = []error{syscall.EROFS}
)

func renameOver(oldPath, newPath string) error { return os.Rename(oldPath, newPath) }

func syncDir(dir string) error {
	if dir == "" {
		dir = "."
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		// Some network file systems have no such thing.
		err = nil
	}
	return errors.Join(err, f.Close())
}

func setModTime(f *os.File, t time.Time) error { return os.Chtimes(f.Name(), time.Time{}, t) }
