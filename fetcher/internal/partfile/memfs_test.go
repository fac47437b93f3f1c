package partfile

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path"
	"sync"
	"time"
)

// errDead is what a process sees of its file system after its death: nothing.
var errDead = errors.New("the process is dead")

// memBlock is what a disk writes at once.
const memBlock = 4 << 10

// memFS is one folder of a file system that loses what was not synced. What a
// process sees and what is on the disk are kept apart: a power cut leaves a
// random part of the blocks and names written since their last sync, in no
// order.
type memFS struct {
	mu sync.Mutex
	// fail is asked before each call, named "op name", and may refuse it.
	fail  func(call string) error
	calls []string

	names  map[string]*inode // what processes see
	disk   map[string]*inode // what the disk has
	queue  []func(map[string]*inode)
	epoch  int // of the living processes
	vanish bool
}

type inode struct {
	data, disk []byte
	dirty      map[int]bool // blocks that differ, as far as the system knows
	locked     bool
	mtime      time.Time
}

func newMemFS() *memFS {
	return &memFS{names: map[string]*inode{}, disk: map[string]*inode{}}
}

// kill ends all processes: their locks go, what they wrote stays.
func (m *memFS) kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.epoch++
	m.fail = nil
	m.calls = nil
	for _, n := range m.names {
		n.locked = false
	}
}

// cut turns the power off and on again.
func (m *memFS) cut(r *rand.Rand) {
	m.kill()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, op := range m.queue {
		if r.IntN(2) == 0 {
			op(m.disk)
		}
	}
	m.queue = nil
	m.names = maps.Clone(m.disk)
	for _, n := range m.names {
		n.cut(r)
	}
}

// cut keeps a random choice of the dirty blocks, and one of the sizes the file
// had.
func (n *inode) cut(r *rand.Rand) {
	old, size := len(n.disk), len(n.disk)
	if len(n.dirty) > 0 && r.IntN(2) == 0 {
		size = len(n.data)
	}
	n.disk = resize(n.disk, size)
	for b := range n.dirty {
		lo, hi := b*memBlock, min((b+1)*memBlock, size, len(n.data))
		if lo >= hi {
			continue
		}
		switch c := r.IntN(8); {
		case c < 4:
			copy(n.disk[lo:hi], n.data[lo:hi])
		case c == 4: // Half of it.
			copy(n.disk[lo:lo+(hi-lo)/2], n.data[lo:hi])
		case c == 5 && lo >= old: // What another file left there.
			for i := lo; i < hi; i++ {
				n.disk[i] = byte(r.Uint32())
			}
		}
	}
	n.data = append(n.data[:0], n.disk...)
	n.dirty, n.locked = nil, false
}

// resize cuts b, or adds zeros.
func resize(b []byte, size int) []byte {
	if size > cap(b) {
		// The files of the tests are large or tiny.
		room := size
		if size > memBlock {
			room = max(size, int(big.Size))
		}
		b = append(make([]byte, 0, room), b...)
	}
	if size > len(b) {
		clear(b[len(b):size])
	}
	return b[:size]
}

// holds reports whether the bytes of id are there under name.
func (m *memFS) holds(name string, id Identity) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.names[name]
	return n != nil && int64(len(n.data)) == id.Size && wrongGrain(id, n.data) < 0
}

// put makes a file that is on the disk.
func (m *memFS) put(name string, data []byte) {
	n := &inode{data: bytes.Clone(data), disk: bytes.Clone(data)}
	m.names[name], m.disk[name] = n, n
}

// checkLocked counts a call and says whether it may go on.
func (m *memFS) checkLocked(op, name string) error {
	call := op + " " + path.Base(name)
	m.calls = append(m.calls, call)
	if m.fail == nil {
		return nil
	}
	if err := m.fail(call); err != nil {
		return &fs.PathError{Op: op, Path: name, Err: err}
	}
	return nil
}

// renameLocked queues a change of names for the disk, and makes it.
func (m *memFS) renameLocked(change func(names map[string]*inode)) {
	change(m.names)
	m.queue = append(m.queue, change)
}

func (m *memFS) open(op, name string, create bool) (*memHandle, error) {
	if err := m.checkLocked(op, name); err != nil {
		return nil, err
	}
	if m.vanish {
		return nil, fs.ErrNotExist
	}
	n := m.names[name]
	if n == nil && !create {
		return nil, fs.ErrNotExist
	}
	if n == nil {
		n = &inode{}
		m.renameLocked(func(names map[string]*inode) { names[name] = n })
	}
	return &memHandle{fs: m, name: name, inode: n, epoch: m.epoch}, nil
}

func (m *memFS) OpenPart(name string) (Handle, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h, err := m.open("openpart", name, true)
	if err != nil {
		return nil, err
	}
	if h.inode.locked {
		return nil, ErrBusy
	}
	h.inode.locked, h.holds = true, true
	return h, nil
}

func (m *memFS) OpenJournal(name string, create bool) (Handle, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h, err := m.open("openjournal", name, create)
	if err != nil {
		return nil, err
	}
	return h, nil
}

func (m *memFS) Lstat(name string) (fs.FileInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.checkLocked("lstat", name); err != nil {
		return nil, err
	}
	if n := m.names[name]; n != nil && !m.vanish {
		return memInfo{name, n}, nil
	}
	return nil, fs.ErrNotExist
}

func (m *memFS) Rename(oldName, newName string, replace bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.checkLocked("rename", newName); err != nil {
		return err
	}
	n := m.names[oldName]
	switch {
	case n == nil || m.vanish:
		return fs.ErrNotExist
	case m.names[newName] != nil && !replace:
		return ErrExists
	}
	m.renameLocked(func(names map[string]*inode) {
		delete(names, oldName)
		names[newName] = n
	})
	return nil
}

func (m *memFS) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.checkLocked("remove", name); err != nil {
		return err
	}
	n := m.names[name]
	if n == nil || m.vanish {
		return fs.ErrNotExist
	}
	m.renameLocked(func(names map[string]*inode) {
		if names[name] == n {
			delete(names, name)
		}
	})
	return nil
}

func (m *memFS) SyncDir(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.checkLocked("syncdir", dir); err != nil {
		return err
	}
	for _, op := range m.queue {
		op(m.disk)
	}
	m.queue = nil
	return nil
}

type memHandle struct {
	fs    *memFS
	name  string
	inode *inode
	epoch int
	holds bool
}

func (h *memHandle) enter(op string) error {
	h.fs.mu.Lock()
	if h.epoch != h.fs.epoch {
		return errDead
	}
	return h.fs.checkLocked(op, h.name)
}

func (h *memHandle) ReadAt(p []byte, off int64) (int, error) {
	defer h.fs.mu.Unlock()
	if err := h.enter("read"); err != nil {
		return 0, err
	}
	if off >= int64(len(h.inode.data)) {
		return 0, io.EOF
	}
	n := copy(p, h.inode.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt writes half of p if it is refused.
func (h *memHandle) WriteAt(p []byte, off int64) (int, error) {
	defer h.fs.mu.Unlock()
	err := h.enter("write")
	if errors.Is(err, errDead) {
		return 0, err
	}
	if err != nil {
		p = p[:len(p)/2]
	}
	if len(p) == 0 {
		return 0, err
	}
	n := h.inode
	n.data = resize(n.data, max(len(n.data), int(off)+len(p)))
	copy(n.data[off:], p)
	n.touch(int(off), int(off)+len(p))
	return len(p), err
}

func (n *inode) touch(lo, hi int) {
	if n.dirty == nil {
		n.dirty = map[int]bool{}
	}
	for b := lo / memBlock; b*memBlock < hi; b++ {
		n.dirty[b] = true
	}
}

func (h *memHandle) Truncate(size int64) error {
	defer h.fs.mu.Unlock()
	if err := h.enter("truncate"); err != nil {
		return err
	}
	n := h.inode
	n.touch(int(size), max(len(n.data), int(size)+1))
	n.data = resize(n.data, int(size))
	return nil
}

// Sync that is refused gives the dirty blocks up: later ones do not try again,
// and readers go on seeing what was written.
func (h *memHandle) Sync() error {
	defer h.fs.mu.Unlock()
	err := h.enter("sync")
	if errors.Is(err, errDead) {
		return err
	}
	n := h.inode
	if err == nil {
		n.disk = resize(n.disk, len(n.data))
		for b := range n.dirty {
			if lo := b * memBlock; lo < len(n.data) {
				copy(n.disk[lo:], n.data[lo:min(lo+memBlock, len(n.data))])
			}
		}
	}
	n.dirty = nil
	return err
}

func (h *memHandle) Size() (int64, error) {
	defer h.fs.mu.Unlock()
	if err := h.enter("size"); err != nil {
		return 0, err
	}
	return int64(len(h.inode.data)), nil
}

func (h *memHandle) SetModTime(t time.Time) error {
	defer h.fs.mu.Unlock()
	if err := h.enter("settime"); err != nil {
		return err
	}
	h.inode.mtime = t
	return nil
}

func (h *memHandle) Close() error {
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	if h.epoch != h.fs.epoch {
		return errDead
	}
	if h.holds {
		h.inode.locked = false
	}
	return h.fs.checkLocked("close", h.name)
}

type memInfo struct {
	name string
	n    *inode
}

func (i memInfo) Name() string       { return path.Base(i.name) }
func (i memInfo) Size() int64        { return int64(len(i.n.data)) }
func (i memInfo) Mode() fs.FileMode  { return 0o644 }
func (i memInfo) ModTime() time.Time { return i.n.mtime }
func (i memInfo) IsDir() bool        { return false }
func (i memInfo) Sys() any           { return nil }
