package partfile

import (
	"os"

	"golang.org/x/sys/unix"
)

// dataSync goes through to the platter, which a plain fsync does not here.
func dataSync(f *os.File) error { return f.Sync() }

func renameNew(oldPath, newPath string) error {
	return unix.RenamexNp(oldPath, newPath, unix.RENAME_EXCL)
}
