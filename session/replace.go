package session

import (
	"fmt"
	"strings"

	"github.com/tgfetch/tgfetch/session/ownfile"
)

// replace puts data under name so that any other process, and after a crash
// anybody, sees the old contents or the new. The new ones are on the disk when
// it returns. The caller holds the lock.
func (d *Dir) replace(k ownfile.Kind, name string, data []byte) error {
	folder, err := ownfile.OpenFolder(d.path)
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	defer folder.Close()
	folder.Step = d.step
	removeStale(folder)
	if err := folder.Replace(k, d.file(name), data); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	return nil
}

// removeStale removes the temporary files of processes that died. Only the
// holder of the lock writes such files, so none is in use.
func removeStale(folder *ownfile.Folder) {
	names, err := folder.Names()
	if err != nil {
		return
	}
	for _, name := range names {
		if isTemporary(name) {
			_ = folder.Remove(name)
		}
	}
}

// isTemporary reports names of files that were to replace others, those of earlier
// versions included.
func isTemporary(name string) bool {
	return ownfile.Temporary(name) || strings.HasPrefix(name, "."+keysName) || strings.HasPrefix(name, "."+stateName)
}
