//go:build !linux && !darwin && !windows

package partfile

import (
	"errors"
	"os"
)

func dataSync(f *os.File) error { return f.Sync() }

func (d *Folder) renameNew(string, string) error { return errors.ErrUnsupported }
