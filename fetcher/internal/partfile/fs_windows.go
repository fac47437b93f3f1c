package partfile

import (
	"syscall"

	"golang.org/x/sys/windows"
)

var (
	diskFull = []error{windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, syscall.ENOSPC}
	readOnly = []error{windows.ERROR_WRITE_PROTECT, syscall.EROFS}
)
