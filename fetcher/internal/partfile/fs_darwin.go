package partfile

import (
	"os"

	"golang.org/x/sys/unix"
)

// dataSync goes through to the platter, which a plain fsync does not here.
func dataSync(f *os.File) error { return f.Sync() }

func (d *Folder) renameNew(oldName, newName string) error {
	return d.call(func(fd int) error { return unix.RenameatxNp(fd, oldName, fd, newName, unix.RENAME_EXCL) })
}
