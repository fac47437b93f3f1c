package ownfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// CheckWritten refuses a file that was opened in the folder by other means, unless it
// may be written to.
func (d *Folder) CheckWritten(k Kind, f *os.File) error {
	info, err := f.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = ErrNotRegular
	default:
		err = d.checkWritten(k, f, info)
	}
	return failed("open", f.Name(), err)
}

// checkWritten refuses files that are somebody else's by a name or an owner.
func (d *Folder) checkWritten(k Kind, f *os.File, info fs.FileInfo) error {
	n, err := links(f, info)
	switch {
	case err != nil:
		return err
	case n > 1:
		return ErrHardLink
	}
	return d.checkOwner(k, info)
}

// checkOwner refuses files of other users. Trusted are this user, root, and who owns
// the folder, since both may put any file there anyway, and others whom the folder's
// permissions make their equals. Some file systems know no owners, or have others for
// all who come over a network: then it is who owns what this user makes there.
func (d *Folder) checkOwner(k Kind, info fs.FileInfo) error {
	owner, known := ownerOf(info)
	if !known || owner == self() || owner == 0 {
		return nil
	}
	folder, err := d.Stat()
	if err != nil {
		return err
	}
	if of, _ := ownerOf(folder); of == owner || trustedByMode(k, folder, info) {
		return nil
	}
	if mine, err := d.ownerOfNew(); err == nil && mine == owner {
		return nil
	}
	return ErrOwner
}

// Permissions that let others than the owner of a folder put files there.
const (
	groupWrites  fs.FileMode = 0o020
	othersWrite  fs.FileMode = 0o002
	anybodyElses             = groupWrites | othersWrite
)

// trustedByMode reports whether the permissions of a folder say that a file of another
// user in it is there by the will of those who may put files there, of whom this user
// is one. Where all others may write, nobody can say whose will it was. Where nobody
// may, a configuration, which is only read, was put there for this user. Root runs for
// the owners of files, as in containers. Members of a group share what they may replace
// anyway, which a sticky folder forbids them; nobody shares secrets. The folder of a
// session is closed to others when it is opened, so its permissions do not say who put
// what there before.
func trustedByMode(k Kind, folder, file fs.FileInfo) bool {
	mode := folder.Mode()
	switch {
	case mode&othersWrite != 0 || k == Keys || k == State:
		return false
	case mode&groupWrites == 0:
		return k == Config || self() == 0
	case self() == 0:
		return k.Mode == Shared || k == Config
	}
	group, of := groupOf(folder), groupOf(file)
	return k.Mode == Shared && mode&fs.ModeSticky == 0 && group == of && inGroup(group)
}

// ownerOfNew is the owner of a file that this user makes in the folder.
func (d *Folder) ownerOfNew() (owner uint32, err error) {
	f, name, err := d.temporary(Private)
	if err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err == nil {
		owner, _ = ownerOf(info)
	}
	return owner, errors.Join(err, f.Close(), d.root.Remove(name))
}

// In is the folder of a file that the user named, to be written, and the file's path
// there. A link is followed if no other user can have put it there: it is this user's,
// root's or the folder's owner's, or the folder is one that others may not write to.
func In(path string) (*Folder, string, error) {
	info, err := os.Lstat(path)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if !trusted(path, info) {
			return nil, "", failed("open", path, ErrLink)
		}
		if path, err = target(path); err != nil {
			return nil, "", err
		}
	}
	d, err := OpenFolder(filepath.Dir(path))
	if err != nil {
		return nil, "", failed("open", path, err)
	}
	return d, path, nil
}

// target is where a link leads, which need not be there.
func target(link string) (string, error) {
	to, err := filepath.EvalSymlinks(link)
	if !errors.Is(err, fs.ErrNotExist) {
		return to, err
	}
	if to, err = os.Readlink(link); err != nil || filepath.IsAbs(to) {
		return to, err
	}
	return filepath.Join(filepath.Dir(link), to), nil
}

// trusted reports whether a link is there by the will of this user.
func trusted(path string, link fs.FileInfo) bool {
	owner, known := ownerOf(link)
	if !known || owner == self() || owner == 0 {
		return true
	}
	folder, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return false
	}
	of, _ := ownerOf(folder)
	return of == owner || folder.Mode()&anybodyElses == 0
}
