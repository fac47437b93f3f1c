// Package disk tells how much room there is.
package disk

import (
	"io/fs"
	"os"
)

// Free is how many bytes this user may still write to the file system of dir.
//
// Errors: *fs.PathError.
func Free(dir string) (uint64, error) {
	if _, err := os.Stat(dir); err != nil {
		return 0, err
	}
	n, err := free(dir)
	if err != nil {
		return 0, &fs.PathError{Op: "measure", Path: dir, Err: err}
	}
	return n, nil
}
