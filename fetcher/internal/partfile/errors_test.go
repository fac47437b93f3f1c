package partfile

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"testing"
)

func TestDiskErrorText(t *testing.T) {
	tests := []struct {
		err  *DiskError
		want string
	}{
		{&DiskError{"write", "a.part", syscall.ENOSPC, 3<<20 + 1}, "free 4 MiB there"},
		{&DiskError{"sync", "a.part", syscall.ENOSPC, 0}, "free some space"},
		{&DiskError{"open", "a.part", syscall.EROFS, 0}, "read-only"},
		{&DiskError{"open", "a.part", syscall.EACCES, 0}, "no permission"},
		{&DiskError{"open", "a.part", syscall.ENOENT, 0}, "the folder is gone"},
		{&DiskError{"open", "a.part", syscall.ENOTDIR, 0}, "a file is where the folder should be"},
		{&DiskError{"open", "a.part", syscall.ENAMETOOLONG, 0}, "shorter"},
		{&DiskError{"write", "a.part", syscall.EFBIG, 0}, "so large"},
		{&DiskError{"sync", "a.part", syscall.EIO, 0}, "a fault"},
	}
	for _, tt := range tests {
		got := tt.err.Error()
		if !strings.HasPrefix(got, tt.err.Op+" a.part: ") || !strings.Contains(got, tt.want) {
			t.Errorf("%q does not say %q", got, tt.want)
		}
	}
	if got := (&DiskError{"write", "a.part", errors.New("odd"), 0}).Error(); got != "write a.part: odd" {
		t.Errorf("%q", got)
	}
}

func TestDiskErrUnwraps(t *testing.T) {
	err := diskErr("write", "a.part", &fs.PathError{Op: "pwrite", Path: "a.part", Err: syscall.ENOSPC})
	if got := err.Error(); strings.Count(got, "a.part") != 1 {
		t.Errorf("%q names the file more than once", got)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v is not ENOSPC", err)
	}
	if diskErr("write", "a.part", nil) != nil {
		t.Error("nil became an error")
	}
}
