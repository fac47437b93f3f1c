package partfile

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func open(t *testing.T, d *Disk, path string, id Identity, opts Options) *File {
	t.Helper()
	f, err := d.Open(path, id, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// finish downloads all of f that is missing.
func finish(t *testing.T, f *File) {
	t.Helper()
	p, err := plan(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := complete(f, p); err != nil {
		t.Fatal(err)
	}
}

// listing is the names in a folder.
func listing(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func checkListing(t *testing.T, dir string, want ...string) {
	t.Helper()
	if got := listing(t, dir); !slices.Equal(got, want) {
		t.Errorf("the folder has %q, want %q", got, want)
	}
}

func checkBytes(t *testing.T, path string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: wrong bytes", path)
	}
}

func TestDownload(t *testing.T) {
	for _, id := range []Identity{big, small, {Kind: "document", ID: 1}} {
		t.Run(id.String(), func(t *testing.T) {
			var d Disk
			path := filepath.Join(t.TempDir(), name)
			finish(t, open(t, &d, path, id, Options{}))
			checkBytes(t, path, content(id))
			checkListing(t, filepath.Dir(path), name)
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if got := info.ModTime(); got.Unix() != mtimeUnix {
				t.Errorf("modified %v", got)
			}
		})
	}
}

func TestContinue(t *testing.T) {
	var d Disk
	path := filepath.Join(t.TempDir(), name)
	f := open(t, &d, path, big, Options{})
	p, err := plan(f)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := step(f, p, 256<<10); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	checkListing(t, filepath.Dir(path), name+".part", name+".part.journal")

	// A byte goes bad meanwhile.
	spoil(t, path+".part", 2*Grain+1)

	f = open(t, &d, path, big, Options{})
	var good, bad []int64
	if err := f.Verify(t.Context(), 3, func(g int64, ok bool) {
		if ok {
			good = append(good, g)
		} else {
			bad = append(bad, g)
		}
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(good)
	if !slices.Equal(good, []int64{0, 1, 3, 4, 5}) || !slices.Equal(bad, []int64{2}) {
		t.Errorf("good %v, bad %v", good, bad)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	finish(t, open(t, &d, path, big, Options{}))
	checkBytes(t, path, content(big))
}

func spoil(t *testing.T, path string, at int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	var b [1]byte
	_, err1 := f.ReadAt(b[:], at)
	b[0] ^= 1
	_, err2 := f.WriteAt(b[:], at)
	if err := errors.Join(err1, err2, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestLeftovers says what becomes of what is there as NAME.part.
func TestLeftovers(t *testing.T) {
	bigBytes := make([]byte, OnePart+1)
	version2 := journalBytes(header{id: big})
	version2[8] = 2
	unknown := Identity{Kind: "photo", ID: 1, Size: Unknown}
	tests := []struct {
		name          string
		part, journal []byte
		id            Identity
		opts          Options
		err           error
		why           string
	}{
		{name: "nothing", id: big},
		{name: "no journal, small", part: []byte("rest"), id: big, why: "small"},
		{name: "no journal, for a small file", part: []byte("rest"), id: small, why: "small"},
		{name: "no journal, large", part: bigBytes, id: big, err: ErrOtherFile},
		{name: "no journal, large, for a small file", part: bigBytes, id: small, err: ErrOtherFile},
		{name: "no journal, large, restart", part: bigBytes, id: big, opts: Options{Restart: true}},
		{name: "a damaged journal", part: bigBytes, journal: []byte("tg"), id: big, why: "damaged"},
		{name: "a journal of another version", part: bigBytes, journal: version2, id: big, err: ErrOtherFile},
		{name: "a journal of another file", part: bigBytes, journal: journalBytes(header{id: other}), id: big, err: ErrOtherFile},
		{name: "a journal of another file, not to be continued", part: bigBytes, journal: journalBytes(header{id: other}), id: big, opts: Options{NoContinue: true}, err: ErrOtherFile},
		{name: "a journal of another file, restart", part: bigBytes, journal: journalBytes(header{id: other}), id: big, opts: Options{Restart: true}},
		{name: "a journal of another file, restart small", part: bigBytes, journal: journalBytes(header{id: other}), id: small, opts: Options{Restart: true}},
		{name: "a journal of another file, nothing else", journal: journalBytes(header{id: other}), id: big},
		{name: "not to be continued", part: bigBytes, journal: journalBytes(header{id: big}), id: big, opts: Options{NoContinue: true}, why: "not to be continued"},
		{name: "unknown size", part: bigBytes, journal: journalBytes(header{id: unknown}), id: unknown, why: "unknown size"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMemFS()
			if tt.part != nil {
				m.put(name+".part", tt.part)
			}
			if tt.journal != nil {
				m.put(name+".part.journal", tt.journal)
			}
			f, err := quiet(m).Open(name, tt.id, tt.opts)
			if !errors.Is(err, tt.err) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if err != nil {
				if got := m.names[name+".part"]; !bytes.Equal(got.data, tt.part) || got.locked {
					t.Error("the part was touched, or stays locked")
				}
				return
			}
			defer f.Close()
			n, why := f.Discarded()
			if n != int64(len(tt.part)) || !strings.Contains(why, tt.why) {
				t.Errorf("discarded %d bytes: %q", n, why)
			}
			if n := len(m.names[name+".part"].data); n != 0 {
				t.Errorf("%d bytes are left", n)
			}
		})
	}
}

func TestUnknownSize(t *testing.T) {
	const size = 2*Grain + 3
	m := newMemFS()
	f := open(t, quiet(m), name, Identity{Kind: "photo", ID: 2, Size: Unknown}, Options{})
	data := content(Identity{ID: 2, Size: size})
	if _, err := f.WriteAt(data, 0); err != nil {
		t.Fatal(err)
	}
	for g, n := range []int{Grain, Grain, 3} {
		if err := f.Done(int64(g), data[g*Grain:][:n]); err != nil {
			t.Fatal(err)
		}
	}
	for _, wrong := range []int64{-1, 0, size - 3, size - 1, size + Grain} {
		if err := f.Finish(wrong, time.Time{}); !errors.Is(err, ErrIncomplete) {
			t.Errorf("finish with %d bytes: %v", wrong, err)
		}
	}
	if err := f.Finish(size, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if len(m.names) != 1 {
		t.Errorf("left: %v", m.names)
	}
}

func TestFinishRefuses(t *testing.T) {
	f := open(t, quiet(newMemFS()), name, big, Options{})
	check := func(why string) {
		t.Helper()
		if err := f.Finish(big.Size, time.Time{}); !errors.Is(err, ErrIncomplete) {
			t.Errorf("%s: %v", why, err)
		}
	}
	check("nothing written")
	for g := range grains(big.Size) - 1 {
		if err := f.Done(g, content(big)[g*Grain:][:Grain]); err != nil {
			t.Fatal(err)
		}
	}
	check("a grain missing")
	last := grains(big.Size) - 1
	if err := f.Done(last, content(big)[last*Grain:]); err != nil {
		t.Fatal(err)
	}
	check("nothing on disk")
	if _, err := f.WriteAt(content(big), 0); err != nil {
		t.Fatal(err)
	}
	if err := f.Drop(3); err != nil {
		t.Fatal(err)
	}
	check("a grain dropped")
	if err := f.Done(3, nil); err != nil {
		t.Fatal(err)
	}
	if err := f.Finish(big.Size, time.Time{}); err != nil {
		t.Error(err)
	}
}

func TestRange(t *testing.T) {
	f := open(t, quiet(newMemFS()), name, big, Options{})
	for _, off := range []int64{-1, big.Size - 1, big.Size, math.MaxInt64} {
		if _, err := f.WriteAt([]byte("ab"), off); !errors.Is(err, ErrRange) {
			t.Errorf("write at %d: %v", off, err)
		}
	}
	last := grains(big.Size) - 1
	for _, tt := range []struct {
		grain int64
		n     int
	}{{-1, Grain}, {last + 1, Grain}, {math.MaxInt64, Grain}, {0, Grain - 1}, {0, Grain + 1}, {last, 776}, {last, 778}} {
		if err := f.Done(tt.grain, make([]byte, tt.n)); !errors.Is(err, ErrRange) {
			t.Errorf("grain %d of %d bytes done: %v", tt.grain, tt.n, err)
		}
	}
}

func TestIdentityRefused(t *testing.T) {
	for _, id := range []Identity{
		{Size: -2},
		{Size: math.MinInt64},
		{Size: math.MaxInt64},
		{Kind: strings.Repeat("k", maxKind+1)},
		{Variant: strings.Repeat("v", maxVariant+1)},
	} {
		if _, err := quiet(newMemFS()).Open(name, id, Options{}); !errors.Is(err, ErrIdentity) {
			t.Errorf("%+v: %v", id, err)
		}
	}
}

// TestEnormousSize: what a server claims costs nothing before it is sent.
func TestEnormousSize(t *testing.T) {
	id := Identity{Kind: "document", ID: 1, Size: 1 << 50}
	f := open(t, quiet(newMemFS()), name, id, Options{})
	if n := testing.AllocsPerRun(1, func() {
		if err := f.Done(1000, content(Identity{Size: Grain})); err != nil {
			t.Error(err)
		}
	}); n > 100 || cap(f.have.words) > 1000 {
		t.Errorf("%v allocations, %d words", n, cap(f.have.words))
	}
}

func TestEnds(t *testing.T) {
	tests := []struct {
		name string
		id   Identity
		opts Options
		end  func(*File) error
		left int
	}{
		{"close a large file", big, Options{}, (*File).Close, 2},
		{"close a small file", small, Options{}, (*File).Close, 0},
		{"close a small file, keep", small, Options{KeepPart: true}, (*File).Close, 1},
		{"remove a large file", big, Options{}, (*File).Remove, 0},
		{"remove a large file, keep", big, Options{KeepPart: true}, (*File).Remove, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMemFS()
			f := open(t, quiet(m), name, tt.id, tt.opts)
			if _, err := f.WriteAt(content(tt.id)[:Grain], 0); err != nil {
				t.Fatal(err)
			}
			if err := f.Done(0, nil); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(tt.end(f), f.Close(), f.Remove()); err != nil {
				t.Fatal(err)
			}
			if len(m.names) != tt.left {
				t.Errorf("left: %v", m.names)
			}
		})
	}
	t.Run("close when nothing of it could be read", func(t *testing.T) {
		m := newMemFS()
		leftover(m, big)
		f := open(t, quiet(m), name, big, Options{})
		m.fail = func(call string) error {
			if call == "read film.mp4.part" {
				return syscall.EIO
			}
			return nil
		}
		if _, err := plan(f); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil || len(m.names) != 2 {
			t.Errorf("left: %v, %v", m.names, err)
		}
	})
	t.Run("close before the first byte", func(t *testing.T) {
		m := newMemFS()
		if err := open(t, quiet(m), name, big, Options{}).Close(); err != nil || len(m.names) != 0 {
			t.Errorf("left: %v, %v", m.names, err)
		}
	})
}

func TestTakenName(t *testing.T) {
	var d Disk
	path := filepath.Join(t.TempDir(), name)
	f := open(t, &d, path, big, Options{})
	p, err := plan(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("theirs"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := complete(f, p); !errors.Is(err, ErrExists) {
		t.Fatalf("finish over a file: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	checkBytes(t, path, []byte("theirs"))
	if _, err := d.Open(path, big, Options{}); !errors.Is(err, ErrExists) {
		t.Errorf("open beside a file: %v", err)
	}
	finish(t, open(t, &d, path, big, Options{Overwrite: true}))
	checkBytes(t, path, content(big))
	checkListing(t, filepath.Dir(path), name)
}

func TestTidy(t *testing.T) {
	m := newMemFS()
	d := quiet(m)
	m.put(name, nil)
	if err := d.Tidy(name, nil); err != nil || len(m.names) != 1 {
		t.Errorf("nothing to do: %v, %v", err, m.names)
	}
	m.put(name+".part.journal", journalBytes(header{id: big}))
	if err := d.Tidy(name, nil); err != nil || len(m.names) != 1 {
		t.Errorf("a journal alone: %v, %v", err, m.names)
	}
	m.put(name+".part", []byte("bytes"))
	m.put(name+".part.journal", journalBytes(header{id: big}))
	if err := d.Tidy(name, nil); err != nil || len(m.names) != 3 {
		t.Errorf("a part with its journal: %v, %v", err, m.names)
	}
	m.names[name+".part"].locked = true
	if err := d.Tidy(name, nil); !errors.Is(err, ErrBusy) {
		t.Errorf("a download that runs: %v", err)
	}
}

func TestLongNames(t *testing.T) {
	var d Disk
	dir := t.TempDir()
	for _, long := range []string{strings.Repeat("n", 255), strings.Repeat("é", 127)} {
		finish(t, open(t, &d, filepath.Join(dir, long), big, Options{}))
		checkBytes(t, filepath.Join(dir, long), content(big))
	}
	_, err := d.Open(filepath.Join(dir, strings.Repeat("n", 256)), big, Options{})
	if e, ok := errors.AsType[*DiskError](err); !ok || !strings.Contains(e.Hint(), "shorter") {
		t.Errorf("a name too long: %v", err)
	}
}
