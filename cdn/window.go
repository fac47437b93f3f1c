package cdn

import (
	"cmp"
	"crypto/aes"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sort"

	"github.com/gotd/td/tg"
)

// ErrHashes means that a server sent hashes that make no sense.
var ErrHashes = errors.New("cdn: unusable file hashes")

// Bounds of the windows that are accepted, in bytes. Telegram's have 128 KiB.
// One shorter than MinWindow must be the last of the file.
const (
	MinWindow = 4 << 10
	MaxWindow = 1 << 20
)

// maxWindows bounds what is kept for one file: twice the windows of the largest
// there can be, 4 GiB in windows of 128 KiB.
const maxWindows = 1 << 16

// Window is a range of the file and the SHA-256 of its plain bytes.
type Window struct {
	Offset int64
	Limit  int
	Hash   [sha256.Size]byte
}

// End is the offset of the byte after the window.
func (w Window) End() int64 { return w.Offset + int64(w.Limit) }

// Matches reports whether data, all of the window's bytes, is what was hashed.
func (w Window) Matches(data []byte) bool {
	return len(data) == w.Limit && sha256.Sum256(data) == w.Hash
}

// Windows is the known hashes of one file. The zero value knows none. It is
// not safe for concurrent use.
type Windows struct {
	sorted []Window // by offset, disjoint
}

// Add takes in what a server sent. A window that reaches over the end of the
// file of size bytes (negative: not known) is clipped to it, since servers state
// the last one in full length, and one that begins there or later is skipped.
// Windows that are known already are skipped, too; one that contradicts a known
// window, overlaps it in part, has an impossible range or is one too many makes
// the whole answer an [ErrHashes], and none of it is kept.
func (w *Windows) Add(hashes []tg.FileHash, size int64) error {
	batch, err := parseWindows(hashes, size)
	if err != nil {
		return err
	}
	fresh := batch[:0]
	for _, win := range batch {
		i := w.reaching(win.Offset)
		if i < len(w.sorted) && w.sorted[i] == win {
			continue
		}
		if i > 0 && !w.sorted[i-1].before(win) || i < len(w.sorted) && !win.before(w.sorted[i]) {
			return ambiguous(win)
		}
		fresh = append(fresh, win)
	}
	if n := len(w.sorted) + len(fresh); n > maxWindows {
		return fmt.Errorf("%w: %d of one file, at most %d expected", ErrHashes, n, maxWindows)
	}
	w.merge(fresh)
	return nil
}

// merge puts fresh, in order and disjoint from what is known, in its place. It
// works from the end on, so that what comes in order moves little.
func (w *Windows) merge(fresh []Window) {
	old := len(w.sorted)
	w.sorted = append(w.sorted, fresh...)
	for to := len(w.sorted) - 1; len(fresh) > 0; to-- {
		last := len(fresh) - 1
		if old > 0 && w.sorted[old-1].Offset > fresh[last].Offset {
			old--
			w.sorted[to] = w.sorted[old]
			continue
		}
		w.sorted[to] = fresh[last]
		fresh = fresh[:last]
	}
}

// parseWindows is one answer as windows, in order and without doubles.
func parseWindows(hashes []tg.FileHash, size int64) ([]Window, error) {
	batch := make([]Window, 0, len(hashes))
	for _, h := range hashes {
		win, err := window(h)
		if err == nil && size >= 0 {
			win, err = win.clip(size)
		}
		if err != nil {
			return nil, err
		}
		if win.Limit > 0 && win.Offset%aes.BlockSize != 0 {
			return nil, fmt.Errorf("%w: a window begins at %d, which is no multiple of %d", ErrHashes, win.Offset, aes.BlockSize)
		}
		if win.Limit > 0 {
			batch = append(batch, win)
		}
	}
	slices.SortFunc(batch, func(a, b Window) int { return cmp.Compare(a.Offset, b.Offset) })
	batch = slices.Compact(batch)
	for i := 1; i < len(batch); i++ {
		if !batch[i-1].before(batch[i]) {
			return nil, ambiguous(batch[i])
		}
	}
	return batch, nil
}

// before reports whether next may follow w in one file.
func (w Window) before(next Window) bool {
	return w.End() <= next.Offset && w.Limit >= MinWindow
}

func ambiguous(w Window) error {
	return fmt.Errorf("%w: two answers for, or a short window before, offset %d", ErrHashes, w.Offset)
}

func window(h tg.FileHash) (Window, error) {
	switch {
	case len(h.Hash) != sha256.Size:
		return Window{}, fmt.Errorf("%w: a hash of %d bytes", ErrHashes, len(h.Hash))
	case h.Offset < 0 || h.Offset > 1<<50 || h.Limit <= 0 || h.Limit > MaxWindow:
		return Window{}, fmt.Errorf("%w: %d bytes at offset %d", ErrHashes, h.Limit, h.Offset)
	}
	return Window{Offset: h.Offset, Limit: h.Limit, Hash: [sha256.Size]byte(h.Hash)}, nil
}

// clip is the window within a file of size bytes: what is hashed ends with the
// file, whatever length is stated. Its Limit is 0 if it begins at the end or later.
//
// https://core.telegram.org/cdn#verifying-files
func (w Window) clip(size int64) (Window, error) {
	w.Limit = int(min(int64(w.Limit), max(size-w.Offset, 0)))
	if w.Limit > 0 && w.Limit < MinWindow && w.End() != size {
		return Window{}, fmt.Errorf("%w: only %d bytes at offset %d", ErrHashes, w.Limit, w.Offset)
	}
	return w, nil
}

// Len is how many windows are known.
func (w *Windows) Len() int { return len(w.sorted) }

// Over returns the known windows that touch [from, to), in order.
func (w *Windows) Over(from, to int64) []Window {
	i := w.reaching(from)
	j := i
	for j < len(w.sorted) && w.sorted[j].Offset < to {
		j++
	}
	return slices.Clone(w.sorted[i:j])
}

// reaching is the index of the first window that ends after offset at.
func (w *Windows) reaching(at int64) int {
	return sort.Search(len(w.sorted), func(i int) bool { return w.sorted[i].End() > at })
}

// Missing is the first offset in [from, to) that no known window covers.
func (w *Windows) Missing(from, to int64) (offset int64, missing bool) {
	for _, win := range w.sorted[w.reaching(from):] {
		if from >= to || win.Offset > from {
			break
		}
		from = win.End()
	}
	return from, from < to
}

// Check compares the file's bytes that start at offset with the windows over
// them, which must all lie inside data, and returns those that do not match.
func Check(data []byte, offset int64, over []Window) (bad []Window) {
	for _, win := range over {
		lo := win.Offset - offset
		if lo < 0 || lo+int64(win.Limit) > int64(len(data)) || !win.Matches(data[lo:lo+int64(win.Limit)]) {
			bad = append(bad, win)
		}
	}
	return bad
}
