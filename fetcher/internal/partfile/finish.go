package partfile

import (
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// Finish gives the file its final name, once it is whole and on the disk. size is
// that of the Identity, or what an unknown one turned out to be; a zero mtime
// leaves the time of writing. The file is closed afterwards, unless it kept its
// name: then it is as before, and Close keeps what is there.
//
// Errors: [ErrIncomplete], [ErrExists], [*DiskError].
func (f *File) Finish(size int64, mtime time.Time) error {
	if err := f.whole(size); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if !mtime.IsZero() {
		// Some file systems refuse times; that is no reason to lose the file.
		_ = f.part.SetModTime(mtime)
	}
	if err := f.fs.Rename(f.partPath, f.path, f.opts.Overwrite); err != nil {
		return diskErr("rename", f.path, err)
	}
	// The file is whole from here on. An error says that a power cut may still
	// give it back its old name, so the journal stays too.
	err := f.disk.syncDir(f.fs, f.path)
	if err == nil && f.journal != nil {
		_ = f.removeJournal() // A journal alone is harmless; see Tidy.
	}
	_ = f.close() // All is on the disk already.
	return err
}

// whole checks that all of the size bytes are there and proven.
func (f *File) whole(size int64) error {
	if f.id.Size != Unknown && size != f.id.Size || size < 0 {
		return fmt.Errorf("%s: %w: it was to have %d bytes, not %d", f.partPath, ErrIncomplete, f.id.Size, size)
	}
	f.mu.Lock()
	missing := grains(size) - f.have.count
	f.mu.Unlock()
	if missing != 0 {
		return fmt.Errorf("%s: %w: %d of its %d grains are missing", f.partPath, ErrIncomplete, missing, grains(size))
	}
	switch n, err := f.part.Size(); {
	case err != nil:
		return diskErr("find", f.partPath, err)
	case n != size:
		return fmt.Errorf("%s: %w: it has %d bytes on disk, not %d", f.partPath, ErrIncomplete, n, size)
	}
	return nil
}

// Close ends the download and keeps what is there for the next run, synced. If
// that has nothing to go on from, it removes what Open made. After Finish or
// Remove it does nothing.
//
// Errors: [*DiskError].
func (f *File) Close() error {
	if f.isClosed() {
		return nil
	}
	if !f.worth() && !f.opts.KeepPart {
		return f.remove()
	}
	f.stopSyncer()
	return errors.Join(f.Sync(), f.close())
}

// Remove ends the download and deletes what is there of it, unless
// Options.KeepPart is set.
//
// Errors: [*DiskError].
func (f *File) Remove() error {
	if f.isClosed() || f.opts.KeepPart {
		return f.Close()
	}
	return f.remove()
}

// worth reports whether the next run may go on from what is there, be it only
// the doubt about a grain. What an earlier run left stays even if no grain of
// it could be read.
func (f *File) worth() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.id.recorded() && (f.resumed || f.have.count > 0 || len(f.doubts) > 0)
}

// remove deletes the part and then the journal; the other way round, a crash
// would leave a part that nobody may touch.
func (f *File) remove() error {
	f.stopSyncer()
	err := f.fs.Remove(f.partPath)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	err = diskErr("remove", f.partPath, err)
	if err == nil && f.journal != nil {
		err = f.disk.syncDir(f.fs, f.partPath)
		if err == nil {
			err = f.removeJournal()
		}
	}
	return errors.Join(err, f.close())
}

// removeJournal removes the journal, if there is one.
func (f *File) removeJournal() error {
	if f.journal != nil {
		_ = f.journal.Close()
		f.journal = nil
	} else if info, err := f.fs.Lstat(f.journalPath); errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		// The common case, and cheaper than a removal in vain; or no journal of ours.
		return nil
	}
	err := f.fs.Remove(f.journalPath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return diskErr("remove", f.journalPath, err)
}

// abandon undoes an Open that failed.
func (f *File) abandon() {
	if size, err := f.part.Size(); err == nil && size == 0 {
		_ = f.remove()
		return
	}
	_ = f.close()
}

func (f *File) isClosed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed
}

// close closes the handles, the part last: with it goes the lock.
func (f *File) close() error {
	f.stopSyncer()
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	var err error
	if f.journal != nil {
		err = diskErr("close", f.journalPath, f.journal.Close())
	}
	return errors.Join(err, diskErr("close", f.partPath, f.part.Close()))
}

// Tidy removes what a crash at the end of Finish may have left of the download
// of a file that is there under its final name: a journal without a part.
// The folder is that of Options.
//
// Errors: [ErrBusy], [*DiskError].
func (d *Disk) Tidy(path string, folder *Folder) error {
	f := &File{disk: d, fs: d.in(folder), path: path}
	f.partPath, f.journalPath = names(path)
	_, err := f.fs.Lstat(f.journalPath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return diskErr("find", f.journalPath, err)
	}
	part, err := f.fs.OpenPart(f.partPath)
	if err != nil {
		return diskErr("open", f.partPath, err)
	}
	f.part = part
	size, err := part.Size()
	if err != nil || size > 0 {
		return errors.Join(diskErr("open", f.partPath, err), f.close())
	}
	return errors.Join(f.removeJournal(), f.remove())
}
