//go:build unix

package ownfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// stranger is a user who is neither root nor the one of the test.
const stranger = 12345

// TestModes: new files have what the umask leaves, private ones 0600 whatever it leaves, and
// what is replaced keeps its own. It changes the process's umask, so it runs alone.
func TestModes(t *testing.T) {
	for umask, shared := range map[int]fs.FileMode{0o022: 0o644, 0o077: 0o600, 0o002: 0o664, 0: 0o666} {
		func() {
			defer syscall.Umask(syscall.Umask(umask))
			dir := t.TempDir()
			for name, make := range map[string]func(Kind, string) error{
				"replace": func(k Kind, path string) error { return Replace(k, path, []byte("x")) },
				"create":  func(k Kind, path string) error { return Create(k, path, []byte("x")) },
				"append": func(k Kind, path string) error {
					f, err := Append(k, path)
					if err != nil {
						return err
					}
					return f.Close()
				},
			} {
				for kind, want := range map[*Kind]fs.FileMode{&Info: shared, &Keys: 0o600} {
					path := filepath.Join(dir, name+kind.Name)
					if err := make(*kind, path); err != nil {
						t.Fatal(err)
					}
					checkMode(t, path, want)
				}
			}
			for mode, want := range map[fs.FileMode]fs.FileMode{0o640: 0o640, 0o444: 0o444, 0o606: 0o606} {
				path := filepath.Join(dir, "old")
				put(t, path, "old", mode)
				if err := Replace(Info, path, []byte("new")); err != nil {
					t.Fatal(err)
				}
				checkMode(t, path, want)
				put(t, path, "old", mode)
				if err := Replace(Keys, path, []byte("new")); err != nil {
					t.Fatal(err)
				}
				checkMode(t, path, 0o600)
			}
		}()
	}
}

func checkMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != want {
		t.Errorf("%s: %v, error %v; want %v", filepath.Base(path), info.Mode(), err, want)
	}
}

// TestWhoseFiles: files of the user, of root and of the folder's owner are written to, and on
// a file system that gives all files one owner those of that owner. Root writes to those of
// others where no stranger can have put them; to private ones only where no group can have, and to
// keys never.
func TestWhoseFiles(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make files of another user")
	}
	t.Parallel()
	for _, c := range []struct {
		kind         Kind
		mode         fs.FileMode
		folder, file int
		want         error
	}{
		{Archive, 0o777, 0, 0, nil},
		{Keys, 0o777, stranger, stranger, nil},
		{Archive, 0o755, 0, stranger, nil},
		{Archive, 0o755, stranger + 1, stranger, nil},
		{Archive, 0o775, stranger + 1, stranger, nil},
		{Archive, 0o777, 0, stranger, ErrOwner},
		{Archive, 0o777, stranger + 1, stranger, ErrOwner},
		{Archive, 0o777 | fs.ModeSticky, 0, stranger, ErrOwner},
		{Keys, 0o700, 0, stranger, ErrOwner},
		{State, 0o700, 0, stranger, ErrOwner},
		{Log, 0o755, 0, stranger, nil},
		{Log, 0o775, 0, stranger, ErrOwner},
		{Config, 0o755, 0, stranger, nil},
		{Config, 0o777, 0, stranger, ErrOwner},
	} {
		dir, path := fileOf(t, c.mode, c.folder, c.file, -1)
		checkUses(t, c.kind, path, c.want, fmt.Sprintf("file of %d in %v of %d", c.file, c.mode, c.folder))
		if names, err := os.ReadDir(dir); err != nil || len(names) != 1 {
			t.Errorf("there is %v, error %v", names, err)
		}
	}
}

// fileOf makes a folder with a file of others in it; -1 is the group of the test.
func fileOf(t *testing.T, mode fs.FileMode, folder, file, group int) (dir, path string) {
	t.Helper()
	dir = t.TempDir()
	path = filepath.Join(dir, "f")
	put(t, path, "x", 0o666)
	if err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.Chown(dir, folder, group), os.Chmod(dir, mode), os.Chown(path, file, group)); err != nil {
		t.Fatal(err)
	}
	return dir, path
}

// checkUses checks what comes of each way to use a file.
func checkUses(t *testing.T, k Kind, path string, want error, what string) {
	t.Helper()
	f, appended := Append(k, path)
	if appended == nil {
		appended = f.Close()
	}
	_, read := ReadOwn(k, path)
	if k.Most == 0 {
		read = appended // Its kind is never read as a whole.
	}
	for how, err := range map[string]error{"append": appended, "read": read, "check": Check(k, path)} {
		if !errors.Is(err, want) {
			t.Errorf("%s %s, %s: %v, want %v", how, k.Name, what, err, want)
		}
	}
}

// TestStrangersLinks: a link of another user is followed only where others may not write, so
// that it is there by the will of whoever owns the folder.
func TestStrangersLinks(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make links of another user")
	}
	t.Parallel()
	for _, c := range []struct {
		mode  fs.FileMode
		owner int // Of the folder.
		want  error
	}{
		{0o755, 0, nil}, {0o775, 0, ErrLink}, {0o777 | fs.ModeSticky, 0, ErrLink},
		{0o775, stranger, nil}, {0o775, stranger + 1, ErrLink},
	} {
		dir, away := t.TempDir(), t.TempDir()
		link, there := filepath.Join(dir, "link"), filepath.Join(away, "there")
		put(t, there, "x", 0o600)
		if err := errors.Join(os.Symlink(there, link), os.Lchown(link, stranger, -1), os.Chown(dir, c.owner, -1), os.Chmod(dir, c.mode)); err != nil {
			t.Fatal(err)
		}
		if err := Replace(Archive, link, []byte("y")); !errors.Is(err, c.want) {
			t.Errorf("in a folder of %d, mode %v: %v", c.owner, c.mode, err)
		}
	}
}

// TestStreams: a device, a pipe of the user's and what this process has open are written as
// streams, also by links; a pipe is not waited for without end.
func TestStreams(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	null := filepath.Join(dir, "null")
	if err := os.Symlink(os.DevNull, null); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{os.DevNull, null} {
		for _, k := range []Kind{Page, Failures} {
			if err := errors.Join(Check(k, path), Write(k, path, []byte("x"))); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		if data, err := ReadOwn(Config, path); err != nil || len(data) > 0 {
			t.Errorf("%s: %q, error %v", path, data, err)
		}
	}
	pipe := filepath.Join(dir, "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(Check(Page, pipe), Check(Failures, pipe)); err != nil {
		t.Error(err)
	}
	if err := Write(Page, pipe, nil); !errors.Is(err, ErrNoReader) {
		t.Errorf("to a pipe that nobody reads: %v", err)
	}
	if err := Write(SessionExport, pipe, nil); !errors.Is(err, ErrNotRegular) {
		t.Errorf("a secret to a pipe: %v", err)
	}
	got := make(chan string)
	go func() {
		data, err := os.ReadFile(pipe)
		got <- fmt.Sprint(string(data), err)
	}()
	if err := Write(Failures, pipe, []byte("x")); err != nil {
		t.Error(err)
	} else if data := <-got; data != fmt.Sprint("x", nil) {
		t.Errorf("the pipe brought %s", data)
	}
	if _, err := Read(Cluster, pipe); !errors.Is(err, ErrNotRegular) {
		t.Errorf("a pipe was waited for: %v", err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	fd := filepath.Join("/dev/fd", fmt.Sprint(w.Fd()))
	if _, err := os.Stat(fd); err != nil {
		t.Skip(err)
	}
	link := filepath.Join(dir, "link")
	if err := errors.Join(os.Symlink(fd, link), Write(Page, link, []byte("x")), w.Close()); err != nil {
		t.Fatal(err)
	}
	if data, err := Read(Cluster, filepath.Join("/dev/fd", fmt.Sprint(r.Fd()))); err != nil || string(data) != "x" {
		t.Errorf("read %q, error %v", data, err)
	}
}
