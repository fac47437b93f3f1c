package ownfile

import (
	"errors"
	"io/fs"
)

// Free is how many bytes this user may still write to the file system of the folder at
// dir. The error is errors.ErrUnsupported where nobody can say.
func Free(dir string) (uint64, error) {
	n, err := free(dir)
	return n, unmeasured(dir, err)
}

// Free is [Free] of the folder.
func (d *Folder) Free() (uint64, error) {
	n, err := d.free()
	return n, unmeasured(d.path, err)
}

func unmeasured(dir string, err error) error {
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return &fs.PathError{Op: "measure", Path: dir, Err: err}
	}
	return err
}
