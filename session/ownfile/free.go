package ownfile

import (
	"errors"
	"io/fs"
)

// Free is how many bytes this user may still write to the file system of the folder at
// dir. The error is errors.ErrUnsupported where nobody can say.
func Free(dir string) (uint64, error) {
	n, err := free(dir)
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return 0, &fs.PathError{Op: "measure", Path: dir, Err: err}
	}
	return n, err
}
