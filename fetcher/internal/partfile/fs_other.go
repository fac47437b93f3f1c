//go:build !linux

package partfile

import "os"

// dataSync goes through to the platter on macOS, which a plain fsync does not.
func dataSync(f *os.File) error { return f.Sync() }
