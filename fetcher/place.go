package fetcher

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/tgfetch/tgfetch/fetcher/internal/partfile"
	"github.com/tgfetch/tgfetch/session/ownfile"
)

// maxNames is how many names are tried for one file.
const maxNames = 100

// place is where a file goes: either out is open and takes the file, or the
// file is under path already.
type place struct {
	in   *folder
	path string
	name *reservation
	out  *partfile.File
	// Of a file that is there already: its size, and what else than Telegram's
	// hashes says that it is the one; empty if they do.
	size     int64
	unproven Reason
	// rivals have one of the file's names and its size, and may turn out to be it.
	rivals []string
}

// findPlace tries one name after another until one is free or holds the file.
// The caller gives the place up with leave.
//
// Errors: [*DiskError], [*BusyError], and the cause of ctx.
func (c *Client) findPlace(ctx context.Context, f File, t Target) (*place, error) {
	dir, name := t.Dir, f.safeName()
	if t.Path != "" {
		dir, name = filepath.Split(t.Path)
	}
	in, err := c.folders.take(filepath.Clean(dir))
	if err != nil {
		return nil, err
	}
	p := &place{in: in}
	if err := c.findName(ctx, f, t, p, dir, name); err != nil {
		c.folders.give(in)
		return nil, err
	}
	return p, nil
}

// findName sets p to the first of a file's names in a folder that will do.
func (c *Client) findName(ctx context.Context, f File, t Target, p *place, dir, name string) error {
	first, own := filepath.Join(dir, name), filepath.Join(dir, numbered(name, f.ID, 1))
	if t.Path == "" && t.Existing != ExistingReplace && began(p.in, own) {
		if found, err := c.goOnFrom(ctx, f, t, p, first, own); found || err != nil {
			return err
		}
	}
	for n := range maxNames {
		found, err := c.tryName(ctx, f, t, p, filepath.Join(dir, numbered(name, f.ID, n)))
		if found || err != nil {
			return err
		}
	}
	return diskError("name", filepath.Join(dir, name), fmt.Errorf("%d names like it are taken", maxNames))
}

// goOnFrom tries the name with the document's id in it before the first name is
// taken: an earlier run had, or could not prove to have, another file under that
// one. Unless the first name holds the file.
func (c *Client) goOnFrom(ctx context.Context, f File, t Target, p *place, first, own string) (found bool, err error) {
	there, err := c.look(ctx, f, t, p, first)
	switch {
	case err != nil:
		return false, err
	case there == ours:
		if !t.KeepPart {
			c.dropRest(p.in, own, f)
		}
		c.foundAt(p, first)
		return true, nil
	default:
		return c.tryName(ctx, f, t, p, own)
	}
}

// foundAt sets p to the path where the file is already.
func (c *Client) foundAt(p *place, path string) {
	p.path = path
	if err := c.disk.Tidy(path, p.in.Folder); err != nil {
		c.log.Warn("a rest of the download stays", "path", path, "err", err)
	}
}

// dropRest removes what is left of an earlier download of the file to a path
// that is not wanted any more. What is not sure to be that stays.
func (c *Client) dropRest(in *folder, path string, f File) {
	if _, err := in.Lstat(partfile.PartPath(path)); err != nil {
		return
	}
	out, err := c.disk.Open(path, f.identity(), partfile.Options{Folder: in.Folder})
	if err == nil {
		err = out.Remove()
	}
	if err != nil {
		c.log.Warn("a rest of the download stays", "path", path, "err", err)
	}
}

// began reports whether there is a file at path, or the beginning of one.
func began(in *folder, path string) bool {
	for _, path := range []string{path, partfile.PartPath(path)} {
		if _, err := in.Lstat(path); err == nil {
			return true
		}
	}
	return false
}

// tryName sets p to path if it is free or holds the file.
func (c *Client) tryName(ctx context.Context, f File, t Target, p *place, path string) (found bool, err error) {
	for {
		there, err := c.look(ctx, f, t, p, path)
		switch {
		case err != nil, there == others:
			return false, err
		case there == ours:
			c.foundAt(p, path)
			return true, nil
		}
		name, again, err := c.reserve(ctx, path, f.Key())
		if again {
			continue
		}
		if name == nil {
			return false, err
		}
		if c.names.wroteOther(path, f.Key()) {
			c.names.release(name)
			continue // Since the look.
		}
		if p.out, err = c.openPart(p.in, path, f, t); p.out == nil {
			c.names.release(name)
			if errors.Is(err, partfile.ErrExists) {
				continue // It appeared after the look.
			}
			return false, err
		}
		p.path, p.name = path, name
		close(name.settled)
		return true, nil
	}
}

// reserve takes a path. If another fetch has it, reserve waits until that knows
// whether it stays: then the path is taken and the reservation nil, else it is
// to be looked at again. For the same file it waits for the end of the fetch.
func (c *Client) reserve(ctx context.Context, path, key string) (r *reservation, again bool, err error) {
	r, ok := c.names.reserve(path, key)
	if ok {
		return r, false, nil
	}
	settled := r.settled
	if r.key == key {
		settled = nil
	}
	select {
	case <-r.done:
		return nil, true, nil
	case <-settled:
		return nil, false, nil
	case <-ctx.Done():
		return nil, false, context.Cause(ctx)
	}
}

// leave gives a place up. What is there of the file stays for the next run.
func (c *Client) leave(p *place) error {
	defer c.folders.give(p.in)
	if p.out == nil {
		return nil
	}
	defer c.names.release(p.name)
	return p.out.Close()
}

// drop removes what there is of the file. It costs a later run its bytes and no
// more if it stays.
func (c *Client) drop(p *place) {
	if err := p.out.Remove(); err != nil {
		c.log.Warn("a rest of the download stays", "path", p.out.PartPath(), "err", err)
	}
}

// finish gives the complete file its final name, or removes it when a file
// with the same bytes is there already.
func (p *place) finish(size int64, mtime time.Time) (path string, existing bool, err error) {
	for _, rival := range p.rivals {
		if sameBytes(p.out, p.in, rival) {
			return rival, true, p.out.Remove()
		}
	}
	err = p.out.Finish(size, mtime)
	if errors.Is(err, partfile.ErrExists) && sameBytes(p.out, p.in, p.path) {
		return p.path, true, p.out.Remove()
	}
	return p.path, false, err
}

// sameBytes reports whether the file at path has the bytes of a. One that
// cannot be read has not.
func sameBytes(a io.ReaderAt, in *folder, path string) bool {
	b, err := in.Open(path)
	if err != nil {
		return false
	}
	defer b.Close()
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

// occupant is what is under a name.
type occupant uint8

const (
	nobody occupant = iota
	ours
	others
)

// look finds out what is under a path, and notes it if it may be the file.
func (c *Client) look(ctx context.Context, f File, t Target, p *place, path string) (occupant, error) {
	info, err := p.in.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nobody, nil
	}
	if err != nil {
		return others, diskError("look at", path, err)
	}
	regular := info.Mode().IsRegular()
	mine := regular && !c.names.wroteOther(path, f.Key())
	sameSize := regular && info.Size() == f.Size
	p.size, p.unproven = info.Size(), ""
	believed := t.Verify != VerifyFull
	switch {
	case t.Existing == ExistingReplace && mine:
		return nobody, nil
	case t.Existing == ExistingReplace && regular:
		return others, nil // Another file of this Client, or about to be one, whatever is there.
	case believed && (t.Existing != ExistingHash && c.finishedHere(f, path, info) || c.vouched(ctx, f, t, p.in, path, info)):
		p.unproven = ReasonRecorded
		return ours, nil
	case believed && t.Existing == ExistingSize && mine && sameSize:
		p.unproven = ReasonSize
		return ours, nil
	case c.provenThere(ctx, f, p.in, path, info):
		return ours, nil
	case (sameSize || regular && f.Size == UnknownSize) && !slices.Contains(p.rivals, path):
		p.rivals = append(p.rivals, path)
	}
	return others, context.Cause(ctx)
}

// openPart opens the .part of a path. It is nil without an error if another
// name has to be tried: its .part is another file's, or no file of this user.
//
// Errors: partfile.ErrExists, [*BusyError], [*DiskError].
func (c *Client) openPart(in *folder, path string, f File, t Target) (*partfile.File, error) {
	out, err := c.disk.Open(path, f.identity(), partfile.Options{
		Restart: t.Restart, NoContinue: t.NoContinue, KeepPart: t.KeepPart,
		Overwrite: t.Existing == ExistingReplace, Folder: in.Folder,
	})
	switch {
	case err == nil:
		if err := checkRoom(in, out.PartPath(), f.Size); err != nil {
			return nil, errors.Join(err, out.Close())
		}
		if n, why := out.Discarded(); n > 0 {
			c.log.Info("what an earlier run left is not used", "path", out.PartPath(), "bytes", n, "reason", why)
		}
		return out, nil
	case errors.Is(err, partfile.ErrOtherFile):
		return nil, nil
	case errors.As(err, new(ownfile.Refusal)):
		c.log.Warn("another name is tried", "err", err)
		return nil, nil
	case errors.Is(err, partfile.ErrBusy):
		return nil, &BusyError{Path: path}
	default:
		return nil, err
	}
}

// checkRoom refuses a file that its disk has no room for, before the disk is full. What is
// there of it has its room already. The error is a *DiskError.
func checkRoom(in *folder, part string, size int64) error {
	free, err := in.Free()
	if err != nil {
		return nil // Nobody can say, or the disk will.
	}
	info, err := in.Lstat(part)
	if err != nil {
		return diskError("look at", part, err)
	}
	need := size - min(ownfile.Allocated(info), size)
	if size < 0 || uint64(need) <= free {
		return nil
	}
	return &DiskError{Op: "make room for", Path: part, Err: syscall.ENOSPC, Need: need - int64(free)}
}

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
