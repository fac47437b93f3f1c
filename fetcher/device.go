package fetcher

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// special is what is under a path and is neither a file nor a folder, such as a
// device; nil if it is one of those, or there is nothing.
func special(path string) fs.FileInfo {
	if path == "" {
		return nil
	}
	info, err := os.Stat(path) // Links too lead to devices, as /dev/stdout does.
	if err != nil || info.Mode().IsRegular() || info.IsDir() {
		return nil
	}
	return info
}

// fetchDevice downloads to a device: into it, since a file beside it is not what
// anybody means who names one.
func (c *Client) fetchDevice(ctx context.Context, f File, t Target, device fs.FileInfo) (result Result, err error) {
	if device.Mode()&fs.ModeCharDevice == 0 {
		return Result{}, diskError("write", t.Path, fmt.Errorf("it is a %s, which takes no bytes out of their order; use a file, or a Target.Writer", specialName(device.Mode())))
	}
	if t.InfoJSON || t.Checksums != nil {
		return Result{}, diskError("write", t.Path, errors.New("it is a device, beside which nothing is kept; leave InfoJSON and Checksums out"))
	}
	path := t.Path
	t.Path, t.Restart, t.NoContinue, t.KeepPart = "", false, false, false
	t.Writer = deviceWriter{}
	if err := t.check(); err != nil {
		return Result{}, diskError("write", path, err)
	}
	out, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return Result{}, diskError("open", path, err)
	}
	defer func() { err = errors.Join(err, diskError("close", path, out.Close())) }()
	t.Writer = deviceWriter{out}
	result, err = c.fetchInOrder(ctx, f, t)
	result.Path = path
	return result, err
}

// deviceWriter is a device. It is no io.ReaderAt: what is read from one is not what
// was written.
type deviceWriter struct{ out *os.File }

var _ io.WriterAt = deviceWriter{}

// WriteAt implements io.WriterAt. The error is a *DiskError.
func (w deviceWriter) WriteAt(p []byte, off int64) (int, error) {
	n, err := w.out.WriteAt(p, off)
	return n, diskError("write", w.out.Name(), err)
}

func specialName(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeNamedPipe != 0:
		return "pipe"
	case mode&fs.ModeSocket != 0:
		return "socket"
	case mode&fs.ModeDevice != 0:
		return "disk device"
	}
	return "special file"
}
