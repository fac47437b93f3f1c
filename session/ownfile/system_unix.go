//go:build !windows

package ownfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// NoWait is a flag that has an open not wait for the other end of a pipe.
const NoWait = syscall.O_NONBLOCK

func self() uint32 { return uint32(os.Geteuid()) }

// ownerOf is the user who owns a file.
func ownerOf(info fs.FileInfo) (owner uint32, known bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return s.Uid, true
}

// groupOf is the group that a file belongs to; 0 if the file system knows none.
func groupOf(info fs.FileInfo) uint32 {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	return s.Gid
}

// inGroup reports whether this process is in a group.
func inGroup(group uint32) bool {
	groups, err := os.Getgroups()
	return uint32(os.Getegid()) == group || err == nil && slices.Contains(groups, int(group))
}

// links is how many names a file has.
func links(_ *os.File, info fs.FileInfo) (uint64, error) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 1, nil
	}
	return uint64(s.Nlink), nil
}

// Allocated is how many bytes a file takes on its disk: holes take none.
func Allocated(info fs.FileInfo) int64 {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return info.Size()
	}
	return int64(s.Blocks) * 512
}

func (d *Folder) renameOver(oldName, newName string) error { return d.root.Rename(oldName, newName) }

// call runs a system call on the folder's descriptor, again if a signal ended it.
func (d *Folder) call(call func(fd int) error) error {
	f, err := d.root.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var result error
	err = conn.Control(func(fd uintptr) {
		for {
			if result = call(int(fd)); !errors.Is(result, syscall.EINTR) {
				return
			}
		}
	})
	return errors.Join(err, result)
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
