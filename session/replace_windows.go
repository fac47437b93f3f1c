package session

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/natefinch/atomic"
)

// replaceFile writes data to a temporary file beside path, syncs it and moves
// it to path with write-through.
func replaceFile(path string, data []byte, report func(string)) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"*")
	if err != nil {
		return err
	}
	if err := errors.Join(writeSteps(f, data, report), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := atomic.ReplaceFile(f.Name(), path); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	report(stepReplaced)
	return nil
}
