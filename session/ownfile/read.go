package ownfile

import (
	"errors"
	"io"
	"os"
)

// ReadFile is the contents of the file at path, which is to be this user's. It may have
// other names: that changes nothing about what it says.
func (d *Folder) ReadFile(k Kind, path string) ([]byte, error) {
	f, info, err := d.open(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := d.checkOwner(k, info); err != nil {
		return nil, failed("open", path, err)
	}
	return readAll(k, path, f)
}

// Open opens a file that the user named, for reading. Links are followed: who names a
// file means what is there, and nothing is changed by it. A pipe or a device is opened
// if the kind is a stream, and a pipe is waited for; so is what this process was given
// open, as by a shell's <(command). Else what is no regular file is refused, without
// waiting.
func Open(k Kind, path string) (*os.File, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, failed("open", path, ErrNotRegular)
	case !info.Mode().IsRegular() && (k.Stream || inherited(path)):
		return os.Open(path)
	}
	f, err := retried(func() (*os.File, error) { return os.OpenFile(path, os.O_RDONLY|NoWait, 0) })
	if err != nil {
		return nil, err
	}
	return f, regular(path, f)
}

// regular closes a file and returns an error if it is no regular one.
func regular(path string, f *os.File) error {
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = ErrNotRegular
	}
	if err != nil {
		return errors.Join(failed("open", path, err), f.Close())
	}
	return nil
}

// Read is the contents of a file that the user named; see [Open].
func Read(k Kind, path string) ([]byte, error) {
	f, err := Open(k, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(k, path, f)
}

// Bounded reads no more of r than a file of this kind may have: what is behind that is
// an error.
func Bounded(k Kind, path string, r io.Reader) io.Reader {
	return &bounded{path: path, r: r, left: k.Most}
}

type bounded struct {
	path string
	r    io.Reader
	left int64 // How much more may come, in bytes.
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, failed("open", b.path, ErrTooLarge)
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left+1)])
	if b.left -= int64(n); b.left < 0 {
		return n - 1, failed("open", b.path, ErrTooLarge)
	}
	return n, err
}

func readAll(k Kind, path string, f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err == nil && (k.Most == 0 || info.Size() > k.Most) {
		err = ErrTooLarge
	}
	if err != nil {
		return nil, failed("open", path, err)
	}
	return io.ReadAll(Bounded(k, path, f))
}
