package fetcher

import (
	"io/fs"
	"syscall"
)

// fileIdentity is when anything about a file changed last, in nanoseconds since
// 1970, and its number.
func fileIdentity(info fs.FileInfo) (changed int64, inode uint64) {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return s.Ctim.Nano(), s.Ino
	}
	return 0, 0
}
