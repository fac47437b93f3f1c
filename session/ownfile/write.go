package ownfile

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Steps of a replacement, in order, reported after they happened.
const (
	StepCreated  = "created"
	StepHalf     = "half written"
	StepWritten  = "written"
	StepReplaced = "replaced"
)

// temporaryPrefix begins the names of files that are to replace others.
const temporaryPrefix = ".tgfetch-"

// Temporary reports whether a name is that of a file that was to replace another, and
// whose writer is at it, or died.
func Temporary(name string) bool { return strings.HasPrefix(name, temporaryPrefix) }

// temporary makes an empty file under a name of its own.
func (d *Folder) temporary(mode fs.FileMode) (*os.File, string, error) {
	name := temporaryPrefix + strconv.FormatUint(rand.Uint64(), 36)
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	return f, name, err
}

// Replace puts data under path so that anybody sees the old contents or the new, also
// after a crash; the new ones are on the disk when it returns. A file that was there
// keeps its permissions, unless it is a private one.
func (d *Folder) Replace(k Kind, path string, data []byte) error {
	mode, err := d.modeFor(k, path)
	if err != nil {
		return err
	}
	tmp, name, err := d.temporary(k.Mode)
	if err != nil {
		return failed("write", path, err)
	}
	if err := d.replaceWith(tmp, name, path, mode, data); err != nil {
		return failed("write", path, err)
	}
	d.step(StepReplaced)
	return failed("sync", path, d.sync())
}

// replaceWith writes a temporary file and renames it.
func (d *Folder) replaceWith(tmp *os.File, name, path string, mode fs.FileMode, data []byte) error {
	err := d.fill(tmp, data)
	if err == nil {
		err = keepMode(tmp, mode)
	}
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = d.Rename(name, path, true)
	}
	if err != nil {
		return errors.Join(err, d.root.Remove(name))
	}
	return nil
}

// keepMode gives a file permissions, if it has others; 0 is those that it has. Some file
// systems refuse any change.
func keepMode(f *os.File, mode fs.FileMode) error {
	info, err := f.Stat()
	if err != nil || mode == 0 || info.Mode().Perm() == mode {
		return err
	}
	return f.Chmod(mode)
}

// modeFor is the permissions that what is at path has and is to keep; 0 if a new file's
// are right. What is no file of this user's is refused, since to replace it is to
// remove it.
func (d *Folder) modeFor(k Kind, path string) (fs.FileMode, error) {
	info, err := d.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, nil
	case err != nil:
		return 0, failed("write", path, err)
	case !info.Mode().IsRegular():
		return 0, failed("write", path, ErrNotRegular)
	}
	if err := d.checkOwner(k, info); err != nil {
		return 0, failed("write", path, err)
	}
	if k.Mode == Private {
		return Private, nil
	}
	return info.Mode().Perm(), nil
}

func (d *Folder) fill(tmp *os.File, data []byte) error {
	d.step(StepCreated)
	half := len(data) / 2
	if _, err := tmp.Write(data[:half]); err != nil {
		return err
	}
	d.step(StepHalf)
	if _, err := tmp.Write(data[half:]); err != nil {
		return err
	}
	d.step(StepWritten)
	return nil
}

func (d *Folder) step(step string) {
	if d.Step != nil {
		d.Step(step)
	}
}

// Create writes a file that is not there yet; the error is fs.ErrExist if a file of this
// user is. Half a file is not left behind.
func (d *Folder) Create(k Kind, path string, data []byte) error {
	if _, err := d.modeFor(k, path); err != nil {
		return err
	}
	f, err := d.root.OpenFile(filepath.Base(path), os.O_CREATE|os.O_EXCL|os.O_WRONLY, k.Mode)
	if err != nil {
		return failed("write", path, err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		return failed("write", path, errors.Join(err, d.Remove(path)))
	}
	return nil
}

// Check finds out whether Replace can write to path, and leaves what is there.
func (d *Folder) Check(k Kind, path string) error {
	if _, err := d.modeFor(k, path); err != nil {
		return err
	}
	f, name, err := d.temporary(k.Mode)
	if err != nil {
		return failed("write", path, err)
	}
	return errors.Join(f.Close(), d.root.Remove(name))
}
