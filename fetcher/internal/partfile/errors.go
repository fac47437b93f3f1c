package partfile

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"

	"github.com/tgfetch/tgfetch/session/ownfile"
)

var (
	// ErrBusy means that another process, or another goroutine of this one, has
	// the same file under way.
	ErrBusy = errors.New("another download of this file is running; wait for it, or stop it")

	// ErrOtherFile is what every [*OtherFileError] is.
	ErrOtherFile = errors.New("belongs to another file")

	// ErrExists means that there is a file under the final name, which was not
	// to be replaced.
	ErrExists = errors.New("already exists")

	// ErrIncomplete means that Finish was called with bytes missing or
	// unproven.
	ErrIncomplete = errors.New("not complete")

	// ErrRange means that bytes were to be written outside the file, or a grain
	// was named that it does not have.
	ErrRange = errors.New("outside the file")
)

// OtherFileError reports a .part that cannot be continued as the wanted file
// and may be of worth to somebody. Nothing was changed. Options.Restart
// discards it.
type OtherFileError struct {
	Path   string // of the .part
	Reason string
}

func (e *OtherFileError) Error() string {
	return fmt.Sprintf("%s %s; finish or delete that, or restart to discard it", e.Path, e.Reason)
}

// Is makes errors.Is(err, ErrOtherFile) true.
func (e *OtherFileError) Is(target error) bool { return target == ErrOtherFile }

// DiskError reports that the file system refused something. The .part and the
// journal stay as they are.
type DiskError struct {
	Op   string // "write", "sync", "rename", …
	Path string
	Err  error
	// Need is how many bytes more the disk is to have room for, 0 if that does not
	// matter to the error or is not known.
	Need int64
}

func (e *DiskError) Error() string {
	s := fmt.Sprintf("%s %s: %v", e.Op, e.Path, e.Err)
	if hint := e.Hint(); hint != "" {
		s += ": " + hint
	}
	return s
}

func (e *DiskError) Unwrap() error { return e.Err }

// Hint says what a person can do about it; empty if nothing sensible comes to
// mind.
func (e *DiskError) Hint() string {
	is := func(errs ...error) bool {
		return slices.ContainsFunc(errs, func(err error) bool { return errors.Is(e.Err, err) })
	}
	if refusal, ok := errors.AsType[ownfile.Refusal](e.Err); ok {
		return refusal.Hint()
	}
	switch {
	case is(diskFull...) && e.Need > 0:
		return fmt.Sprintf("free %d MiB there and run the same command again, it goes on from here", (e.Need+1<<20-1)>>20)
	case is(diskFull...):
		return "free some space there and run the same command again"
	case is(readOnly...):
		return "the disk is read-only; choose another folder"
	case is(syscall.ENAMETOOLONG):
		return "the name is too long for this disk; give the file a shorter one"
	case is(syscall.EFBIG):
		return "this disk cannot hold a file so large; choose another folder"
	case is(fs.ErrPermission):
		return "no permission to write there; choose another folder"
	case is(syscall.ENOTDIR):
		return "a file is where the folder should be; choose another folder"
	case is(fs.ErrNotExist):
		return "the folder is gone; was it removed, or its disk unplugged?"
	case is(syscall.EIO):
		return "the disk reports a fault; check it, or choose another"
	}
	return ""
}

// diskErr wraps an error of the file system; nil stays nil.
func diskErr(op, path string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, ErrBusy) || errors.Is(err, ErrExists) {
		return fmt.Errorf("%s: %w", path, err)
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return &DiskError{Op: op, Path: path, Err: err}
}
