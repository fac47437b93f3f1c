package ownfile

import "golang.org/x/sys/windows"

func free(dir string) (uint64, error) {
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, err
	}
	var n uint64
	err = windows.GetDiskFreeSpaceEx(path, &n, nil, nil)
	return n, err
}

func (d *Folder) free() (uint64, error) { return free(d.path) }
