package fetcher

import (
	"os"
	"sync"

	"github.com/tgfetch/tgfetch/fetcher/internal/partfile"
)

// folders is the folders that the fetches of a Client use now, each open once.
type folders struct {
	mu   sync.Mutex
	open map[string]*folder // Guarded by mu. By path; of two under one path the later.
}

// folder is one folder, open.
type folder struct {
	*partfile.Folder
	path  string // Immutable.
	users int    // Guarded by folders.mu.
}

// take opens the folder at path, which is made if it is missing, or shares it with who
// has it open. The caller gives it back. The error is a *DiskError.
func (d *folders) take(path string) (*folder, error) {
	if err := os.MkdirAll(path, 0o777); err != nil {
		return nil, diskError("make folder", path, err)
	}
	opened, err := partfile.OpenFolder(path)
	if err != nil {
		return nil, diskError("open folder", path, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.open[path]
	if f != nil && sameFolder(f.Folder, opened) {
		_ = opened.Close() // It was only looked at.
	} else {
		f = &folder{Folder: opened, path: path}
		if d.open == nil {
			d.open = make(map[string]*folder)
		}
		d.open[path] = f
	}
	f.users++
	return f, nil
}

// sameFolder reports whether a path still leads to the folder that is open.
func sameFolder(a, b *partfile.Folder) bool {
	infoA, errA := a.Stat()
	infoB, errB := b.Stat()
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

func (d *folders) give(f *folder) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f.users--; f.users > 0 {
		return
	}
	_ = f.Close() // Nothing is written through it.
	if d.open[f.path] == f {
		delete(d.open, f.path)
	}
}
