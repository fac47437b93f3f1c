package ownfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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

// TestRoom: root may write to blocks that are kept for it, blocks have the size that their
// number counts in, and a file system that tells nothing refuses nothing.
func TestRoom(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		s    unix.Statfs_t
		root bool
		want uint64
		err  error
	}{
		{unix.Statfs_t{Blocks: 100, Bfree: 9, Bavail: 4, Bsize: 1 << 20, Frsize: 4096}, false, 4 * 4096, nil},
		{unix.Statfs_t{Blocks: 100, Bfree: 9, Bavail: 4, Bsize: 1 << 20, Frsize: 4096}, true, 9 * 4096, nil},
		{unix.Statfs_t{Blocks: 100, Bfree: 9, Bavail: 4, Bsize: 512}, false, 4 * 512, nil},
		{unix.Statfs_t{Bsize: 512}, false, 0, errors.ErrUnsupported},
		{unix.Statfs_t{Blocks: 100, Bsize: 512, Type: unix.FUSE_SUPER_MAGIC}, false, 0, errors.ErrUnsupported},
		{unix.Statfs_t{Blocks: 100, Bsize: 512, Type: unix.EXT4_SUPER_MAGIC}, false, 0, nil},
	} {
		if n, err := room(c.s, c.root); n != c.want || !errors.Is(err, c.err) {
			t.Errorf("%+v, root %v: %d, error %v; want %d, %v", c.s, c.root, n, err, c.want, c.err)
		}
	}
}

// TestLeases: a file that another program holds a lease on, as file servers do, is opened when
// that has given it up.
func TestLeases(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "f")
	put(t, path, "x", 0o600)
	for what, open := range map[string]func() error{
		"append": func() error {
			f, err := Append(Archive, path)
			if err != nil {
				return err
			}
			return f.Close()
		},
		"read": func() error { _, err := ReadOwn(Archive, path); return err },
		"open": func() error { _, err := Read(Cluster, path); return err },
	} {
		holder, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		// A lease for reading is broken by who writes; for writing, by anybody.
		kind := unix.F_WRLCK
		if what == "append" {
			kind = unix.F_RDLCK
		}
		if _, err := unix.FcntlInt(holder.Fd(), unix.F_SETLEASE, kind); err != nil {
			t.Skip(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- open() }()
		for {
			// The kernel tells what the lease is to become once somebody opens the file.
			now, err := unix.FcntlInt(holder.Fd(), unix.F_GETLEASE, 0)
			if err != nil {
				t.Fatal(err)
			}
			if now != kind {
				break
			}
			runtime.Gosched()
		}
		if _, err := unix.FcntlInt(holder.Fd(), unix.F_SETLEASE, unix.F_UNLCK); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != nil {
			t.Errorf("%s: %v", what, err)
		}
		_ = holder.Close() // It was only read.
	}
}
