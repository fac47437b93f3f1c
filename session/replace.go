package session

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Steps of a replacement, in order, reported after they happened.
const (
	stepCreated  = "created"
	stepHalf     = "half written"
	stepWritten  = "written"
	stepReplaced = "replaced"
)

// replace puts data under name so that any other process, and after a crash
// anybody, sees the old contents or the new. The new ones are on the disk when
// it returns. The caller holds the lock.
func (d *Dir) replace(name string, data []byte) error {
	d.removeStale(name)
	report := d.step
	if report == nil {
		report = func(string) {}
	}
	if err := replaceFile(filepath.Join(d.path, name), data, report); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	return nil
}

// removeStale removes the temporary files of processes that died. Only the
// holder of the lock writes such files, so none is in use.
func (d *Dir) removeStale(name string) {
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "."+name) {
			_ = os.Remove(filepath.Join(d.path, e.Name()))
		}
	}
}

// writeSteps writes data to a new temporary file, reporting each step.
func writeSteps(w io.Writer, data []byte, report func(string)) error {
	report(stepCreated)
	half := len(data) / 2
	if _, err := w.Write(data[:half]); err != nil {
		return err
	}
	report(stepHalf)
	if _, err := w.Write(data[half:]); err != nil {
		return err
	}
	report(stepWritten)
	return nil
}
