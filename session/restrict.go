package session

import (
	"errors"
	"io/fs"
	"runtime"
	"slices"

	"github.com/tgfetch/tgfetch/session/ownfile"
)

// restrict takes the permissions of others off the folder and the keys file, in case
// they were made or copied here by hand. A folder that holds other things, too, is left
// as it is: others may have to reach those.
func (d *Dir) restrict() error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := ownfile.OpenFolder(d.path)
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := d.restrictFolder(folder); err != nil {
		return err
	}
	return d.restrictKeys(folder)
}

func (d *Dir) restrictFolder(folder *ownfile.Folder) error {
	info, err := folder.Stat()
	if err != nil || info.Mode().Perm()&0o077 == 0 {
		return err
	}
	if names, err := folder.Names(); err != nil || info.Mode()&fs.ModeSticky != 0 || slices.ContainsFunc(names, foreign) {
		d.log.Warn("others may look into the folder of the session, which holds other things, too; give the session a folder of its own",
			"path", d.path, "mode", info.Mode().Perm())
		return err
	}
	if err := folder.Chmod(0o700); err != nil {
		d.log.Warn("others may look into the folder of the session, and it cannot be closed", "path", d.path, "mode", info.Mode().Perm(), "error", err)
		return nil
	}
	d.log.Warn("folder of the session was open to others, closed it", "path", d.path, "mode", info.Mode().Perm())
	return nil
}

// accountsName is where a program may keep further sessions.
const accountsName = "accounts"

// foreign reports names that are no session's.
func foreign(name string) bool {
	return !slices.Contains([]string{keysName, stateName, lockName, accountsName}, name) && !isTemporary(name)
}

func (d *Dir) restrictKeys(folder *ownfile.Folder) error {
	info, err := folder.Lstat(keysName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 == 0 {
		return err // What is no file is refused when it is read.
	}
	d.log.Warn("keys file was open to others, closing it", "path", d.file(keysName), "mode", info.Mode().Perm())
	f, err := folder.Open(d.file(keysName))
	if err != nil {
		return err
	}
	if err := folder.CheckWritten(ownfile.Keys, f); err != nil {
		return errors.Join(err, f.Close()) // Another file's permissions are no affair of ours.
	}
	return errors.Join(f.Chmod(ownfile.Private), f.Close())
}
