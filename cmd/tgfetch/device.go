package main

import (
	"os"

	"github.com/tgfetch/tgfetch/fetcher"
)

// isDevice reports a path such as /dev/null, which takes bytes and keeps no name for them.
func isDevice(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// deviceTarget writes to the device at the target's path. What belongs beside a file has no place there.
func deviceTarget(t fetcher.Target) fetcher.Target {
	return fetcher.Target{Writer: device(t.Path), Verify: t.Verify}
}

// device is the path of a device, which is open only while it takes bytes: nobody is told when a
// download begins to need it, or has ended.
type device string

// WriteAt implements io.WriterAt.
func (d device) WriteAt(p []byte, _ int64) (int, error) {
	f, err := os.OpenFile(string(d), os.O_WRONLY, 0)
	if err != nil {
		return 0, err
	}
	n, err := f.Write(p)
	if end := f.Close(); err == nil {
		err = end
	}
	return n, err
}
