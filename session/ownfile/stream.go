package ownfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// IsStream reports whether a path that the user named is to be written as a stream: a
// character device, a pipe, or what this process has open already, such as /dev/stderr.
// What is not there, or a file, is none. A pipe or a link of another user is refused as
// a file of theirs would be.
func IsStream(path string) (bool, error) {
	info, err := os.Stat(path)
	if err != nil || info.Mode().IsRegular() || info.IsDir() {
		return false, nil
	}
	at, err := lead(path)
	switch {
	case err != nil:
		return false, failed("open", path, err)
	case info.Mode()&fs.ModeCharDevice != 0, inherited(at):
		return true, nil
	case info.Mode()&fs.ModeNamedPipe == 0 || !trusted(at, info):
		return false, failed("open", path, ErrNotRegular)
	}
	return true, nil
}

// Stream opens a path that the user named to be written as a stream; see [IsStream]. It
// is nil if the path is none: then it is to be a file. The reader of a pipe is waited
// for, for a few seconds.
func Stream(path string) (*os.File, error) {
	stream, err := IsStream(path)
	if err != nil || !stream {
		return nil, err
	}
	f, err := whileErr(syscall.ENXIO, func() (*os.File, error) { return os.OpenFile(path, os.O_WRONLY|NoWait, 0) })
	if errors.Is(err, syscall.ENXIO) {
		err = failed("open", path, ErrNoReader)
	}
	return f, err
}

// maxLinks bounds how many links lead to one another, as systems do.
const maxLinks = 40

// lead is where links lead, each of which must be there by the will of this user, up to
// what systems put there for open files: those lead to no path.
func lead(path string) (string, error) {
	for range maxLinks {
		info, err := os.Lstat(path)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 || inherited(path) || strings.HasPrefix(path, "/proc/") {
			return path, err
		}
		if !trusted(path, info) {
			return "", ErrLink
		}
		to, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return "", errChanges
}

// inherited reports whether a path is where systems put what a process was given open.
func inherited(path string) bool {
	path = filepath.Clean(path)
	return slices.ContainsFunc([]string{"/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/self/fd/"}, func(at string) bool {
		return strings.HasPrefix(path, at)
	})
}
