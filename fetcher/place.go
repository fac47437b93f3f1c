package fetcher

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// partSuffix marks a file that is not complete.
const partSuffix = ".part"

// maxNames is how many names are tried for one file.
const maxNames = 100

// names is the paths that fetches of a Client write to now.
type names struct {
	mu    sync.Mutex
	taken map[string]struct{} // Guarded by mu.
}

// reserve takes all paths or none.
func (n *names) reserve(paths ...string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, path := range paths {
		if _, ok := n.taken[foldPath(path)]; ok {
			return false
		}
	}
	if n.taken == nil {
		n.taken = make(map[string]struct{})
	}
	for _, path := range paths {
		n.taken[foldPath(path)] = struct{}{}
	}
	return true
}

func (n *names) release(paths ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, path := range paths {
		delete(n.taken, foldPath(path))
	}
}

// foldPath makes paths equal that a case-insensitive file system takes for
// one.
func foldPath(path string) string { return strings.ToLower(path) }

// place is where a file goes: one path is tried after another until one is
// free or holds the file already.
type place struct {
	// Immutable.
	c    *Client
	file File
	dir  string
	name string

	// Owned by the fetch.
	number   int    // of the name tried
	path     string // the final path as far as known, and path+partSuffix, are reserved
	rivals   []string
	existing bool // path holds the file
}

// newPlace finds the path for a file, and notes if the file is there already.
func (c *Client) newPlace(ctx context.Context, f File, t Target) (*place, error) {
	p := &place{c: c, file: f, dir: t.Dir, name: f.Name}
	if p.name == "" {
		p.name = fileName(f)
	}
	if t.Path != "" {
		p.dir, p.name = filepath.Split(t.Path)
	}
	if p.dir == "" {
		p.dir = "."
	}
	if err := c.disk.MkdirAll(p.dir); err != nil {
		return nil, diskError("make folder", p.dir, err)
	}
	for {
		if err := p.nextName(); err != nil {
			return nil, err
		}
		info, err := c.disk.Lstat(p.path)
		if errors.Is(err, fs.ErrNotExist) {
			return p, nil
		}
		if err != nil {
			p.release()
			return nil, diskError("look at", p.path, err)
		}
		if p.existing = c.provenThere(ctx, f, p.path, info); p.existing {
			return p, nil
		}
		if err := context.Cause(ctx); err != nil {
			p.release()
			return nil, err
		}
		p.rival(info)
	}
}

// nextName reserves the first free name after the one tried last.
func (p *place) nextName() error {
	p.release()
	for ; p.number < maxNames; p.number++ {
		path := filepath.Join(p.dir, numbered(p.name, p.file.ID, p.number))
		if p.c.names.reserve(path, path+partSuffix) {
			p.path = path
			p.number++
			return nil
		}
	}
	return diskError("name", filepath.Join(p.dir, p.name), fmt.Errorf("%d names like it are taken", maxNames))
}

func (p *place) release() {
	if p.path != "" {
		p.c.names.release(p.path, p.path+partSuffix)
		p.path = ""
	}
}

// rival remembers a file that may turn out to be this one.
func (p *place) rival(info fs.FileInfo) {
	if info.Mode().IsRegular() && (p.file.Size == UnknownSize || info.Size() == p.file.Size) {
		p.rivals = append(p.rivals, p.path)
	}
}

func (p *place) part() string { return p.path + partSuffix }

// numbered is the nth name for a file: the plain one, then with its id before
// the extension, then with a number too.
func numbered(name string, id int64, n int) string {
	if n == 0 {
		return name
	}
	ext := filepath.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	if stem == "" {
		stem, ext = name, ""
	}
	if n == 1 {
		return fmt.Sprintf("%s.%d%s", stem, id, ext)
	}
	return fmt.Sprintf("%s.%d-%d%s", stem, id, n, ext)
}

// finish gives the complete .part file its final name, or removes it when a
// file with the same bytes is there already.
func (p *place) finish() (path string, existing bool, err error) {
	part := p.part()
	for _, rival := range p.rivals {
		if p.same(part, rival) {
			return rival, true, p.drop(part)
		}
	}
	for {
		err := p.rename(part, p.path)
		switch {
		case err == nil:
			return p.path, false, diskError("sync", p.dir, p.c.disk.SyncDir(p.dir))
		case !errors.Is(err, fs.ErrExist):
			return "", false, diskError("rename", part, err)
		case p.same(part, p.path):
			return p.path, true, p.drop(part)
		}
		// Someone took the name meanwhile. The .part file keeps its own; its
		// reservation may go, because its lock is held.
		if err := p.nextName(); err != nil {
			return "", false, err
		}
	}
}

func (p *place) drop(part string) error {
	return diskError("remove", part, p.c.disk.Remove(part))
}

// rename moves a file to a name that must be free; else the error is
// fs.ErrExist.
func (p *place) rename(from, to string) error {
	err := p.c.disk.Link(from, to)
	if err == nil {
		return p.c.disk.Remove(from)
	}
	if errors.Is(err, fs.ErrExist) {
		return err
	}
	// A file system without hard links, where looking first must do.
	if _, err := p.c.disk.Lstat(to); err == nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: fs.ErrExist}
	}
	return p.c.disk.Rename(from, to)
}

// same reports whether two files have the same bytes. One that cannot be read
// is not the same.
func (p *place) same(a, b string) bool {
	fa, err := p.c.disk.Open(a)
	if err != nil {
		return false
	}
	defer fa.Close()
	fb, err := p.c.disk.Open(b)
	if err != nil {
		return false
	}
	defer fb.Close()
	return sameBytes(fa, fb)
}

func sameBytes(a, b io.ReaderAt) bool {
	bufA, bufB := takeBuffer(256<<10), takeBuffer(256<<10)
	defer giveBuffer(bufA)
	defer giveBuffer(bufB)
	for at := int64(0); ; {
		n, errA := a.ReadAt(*bufA, at)
		m, errB := b.ReadAt(*bufB, at)
		switch {
		case !bytes.Equal((*bufA)[:n], (*bufB)[:m]):
			return false
		case errA == io.EOF && errB == io.EOF:
			return true
		case errA != nil || errB != nil:
			return false
		}
		at += int64(n)
	}
}
