package ownfile

import (
	"errors"
	"os"
)

// within calls fn with the folder of a file that the user named, and the file's path
// there.
func within(path string, fn func(d *Folder, path string) error) error {
	d, path, err := In(path)
	if err != nil {
		return err
	}
	defer d.Close() // It was only looked at.
	return fn(d, path)
}

// Replace is [Folder.Replace] for a file that the user named; see [In].
func Replace(k Kind, path string, data []byte) error {
	return within(path, func(d *Folder, path string) error { return d.Replace(k, path, data) })
}

// Write writes data to a path that the user named: a stream takes it as it is, a file is
// replaced.
func Write(k Kind, path string, data []byte) error {
	if !k.Stream {
		return Replace(k, path, data)
	}
	f, err := Stream(path)
	switch {
	case err != nil:
		return err
	case f == nil:
		return Replace(k, path, data)
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// Create is [Folder.Create] for a file that the user named; see [In].
func Create(k Kind, path string, data []byte) error {
	return within(path, func(d *Folder, path string) error { return d.Create(k, path, data) })
}

// Check is [Folder.Check] for a file that the user named; see [In]. A stream is not
// opened, which its reader would notice.
func Check(k Kind, path string) error {
	if k.Stream {
		if stream, err := IsStream(path); stream || err != nil {
			return err
		}
	}
	return within(path, func(d *Folder, path string) error { return d.Check(k, path) })
}

// Append is [Folder.Append] for a file that the user named; see [In].
func Append(k Kind, path string) (f *os.File, err error) {
	err = within(path, func(d *Folder, path string) (err error) {
		f, err = d.Append(k, path)
		return err
	})
	return f, err
}

// ReadOwn is [Folder.ReadFile] for a file that is not only read but believed, or
// written to, and that the user may have put elsewhere by a link; see [In]. The null
// device has nothing in it.
func ReadOwn(k Kind, path string) (data []byte, err error) {
	if isNull(path) {
		_, err := lead(path)
		return nil, failed("open", path, err)
	}
	err = within(path, func(d *Folder, path string) (err error) {
		data, err = d.ReadFile(k, path)
		return err
	})
	return data, err
}

func isNull(path string) bool {
	info, err := os.Stat(path)
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err == nil && os.SameFile(info, null)
}
