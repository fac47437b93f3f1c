//go:build !windows

package partfile

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

var (
	diskFull = []error{syscall.ENOSPC, syscall.EDQUOT}
	readOnly = []error{syscall.EROFS}
)

func (d *Folder) renameOver(oldName, newName string) error { return d.root.Rename(oldName, newName) }

// call runs a system call on the folder's descriptor.
func (d *Folder) call(call func(fd int) error) error {
	f, err := d.root.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	return control(f, call)
}

// sync puts the names in the folder on the disk.
func (d *Folder) sync() error {
	f, err := d.root.Open(".")
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

func (d *Folder) setModTime(f *os.File, t time.Time) error {
	return d.root.Chtimes(filepath.Base(f.Name()), time.Time{}, t)
}
