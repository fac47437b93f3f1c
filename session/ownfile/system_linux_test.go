package ownfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// as runs fn on a thread of another user, which ends with it.
func as(t *testing.T, user, group int, groups []uint32, fn func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	ended := make(chan error)
	go func() {
		runtime.LockOSThread() // Never unlocked: the thread is good for nothing else.
		defer close(ended)
		list := append(groups, uint32(group))
		_, _, e := syscall.RawSyscall(unix.SYS_SETGROUPS, uintptr(len(list)), uintptr(unsafe.Pointer(&list[0])), 0)
		if e == 0 {
			_, _, e = syscall.RawSyscall(unix.SYS_SETRESGID, uintptr(group), uintptr(group), uintptr(group))
		}
		if e == 0 {
			_, _, e = syscall.RawSyscall(unix.SYS_SETRESUID, uintptr(user), uintptr(user), uintptr(user))
		}
		if e != 0 {
			ended <- e
			return
		}
		fn()
	}()
	if err := <-ended; err != nil {
		t.Skip(err)
	}
}

// TestFilesOfGroups: members of a group go on with each other's files in a folder of the
// group, but not with secrets, nor where one may not replace another's file; a configuration
// is read wherever others cannot have put it.
func TestFilesOfGroups(t *testing.T) {
	t.Parallel()
	const me, group, elsewhere = stranger + 7, 4000, 4001
	for _, c := range []struct {
		kind       Kind
		mode       fs.FileMode
		group, own int // Of the folder and the file, and which the user is in.
		want       error
	}{
		{Archive, 0o775, group, group, nil},
		{Part, 0o770 | fs.ModeSetgid, group, group, nil},
		{Journal, 0o775, group, group, nil},
		{Checksums, 0o775, group, group, nil},
		{Info, 0o775, group, group, nil},
		{Caption, 0o775, group, group, nil},
		{Archive, 0o775, group, elsewhere, ErrOwner},
		{Archive, 0o777, group, group, ErrOwner},
		{Archive, 0o775 | fs.ModeSticky, group, group, ErrOwner},
		{Archive, 0o755, group, group, ErrOwner},
		{Keys, 0o775, group, group, ErrOwner},
		{State, 0o775, group, group, ErrOwner},
		{Config, 0o775, group, group, ErrOwner},
		{Config, 0o755, group, group, nil},
	} {
		what := fmt.Sprintf("folder %v of group %d, user in %d", c.mode, c.group, c.own)
		_, path := fileOf(t, c.mode, stranger, stranger+1, c.group)
		as(t, me, 4002, []uint32{uint32(c.own)}, func() {
			d, name, err := In(path)
			if err != nil {
				t.Error(err)
				return
			}
			defer d.Close()
			f, info, err := d.open(name, os.O_RDONLY)
			if err != nil {
				t.Error(err)
				return
			}
			defer f.Close()
			err = d.checkOwner(c.kind, info)
			if !errors.Is(err, c.want) {
				t.Errorf("%s, %s: %v, want %v", c.kind.Name, what, err, c.want)
			}
		})
	}
}
