package partfile

import (
	"path/filepath"
	"sync"
	"time"
)

const (
	defaultSyncEvery = time.Second
	defaultSyncBytes = 64 << 20
)

// Disk opens files. The zero value works; one Disk for all files of a program
// lets them share syncs of their folders. It may be used concurrently, and must
// not be copied.
type Disk struct {
	// FS is the file system; nil is the real one.
	FS FS
	// SyncEvery is the longest time written bytes stay unsynced; 0 means one
	// second.
	SyncEvery time.Duration
	// SyncBytes is how many written bytes bring a sync on earlier; 0 means
	// 64 MiB.
	SyncBytes int64

	bufs sync.Pool // of *[Grain]byte

	mu   sync.Mutex
	dirs map[folderKey]*shared // Guarded by mu.
}

// folderKey is a folder as one file system has it.
type folderKey struct {
	fs  FS
	dir string
}

// in is the file system for the files of a folder, which may be nil.
func (d *Disk) in(folder *Folder) FS {
	switch {
	case d.FS != nil:
		return d.FS
	case folder != nil:
		return *folder
	}
	return OS{}
}

func (d *Disk) buffer() *[Grain]byte {
	if b, ok := d.bufs.Get().(*[Grain]byte); ok {
		return b
	}
	return new([Grain]byte)
}

// syncDir puts the names in the folder of path on the disk, in one call for all
// who ask at the same time.
func (d *Disk) syncDir(fs FS, path string) error {
	key := folderKey{fs, filepath.Dir(path)}
	d.mu.Lock()
	s := d.dirs[key]
	if s == nil {
		if d.dirs == nil {
			d.dirs = map[folderKey]*shared{}
		}
		s = newShared()
		d.dirs[key] = s
	}
	s.users++
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if s.users--; s.users == 0 {
			delete(d.dirs, key)
		}
	}()
	return diskErr("sync", key.dir, s.do(func() error { return fs.SyncDir(key.dir) }))
}

// shared runs a function for many callers at once. A call that is running may
// have begun too early for who comes now; all who come meanwhile share the next.
type shared struct {
	users int // Guarded by Disk.mu.

	turn chan struct{} // has a place for the round that runs

	mu   sync.Mutex
	next *round // Guarded by mu; the round that has not begun yet.
}

type round struct {
	once sync.Once
	err  error
}

func newShared() *shared { return &shared{turn: make(chan struct{}, 1)} }

func (s *shared) do(fn func() error) error {
	s.mu.Lock()
	if s.next == nil {
		s.next = new(round)
	}
	r := s.next
	s.mu.Unlock()

	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	r.once.Do(func() {
		s.mu.Lock()
		s.next = nil
		s.mu.Unlock()
		r.err = fn()
	})
	return r.err
}
