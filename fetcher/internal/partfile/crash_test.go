package partfile

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"
)

// quiet syncs only when told to, so that a script makes the same calls each
// time.
func quiet(m *memFS) *Disk {
	return &Disk{FS: m, SyncEvery: 24 * time.Hour, SyncBytes: 1 << 40}
}

const name = "film.mp4"

var (
	big   = Identity{Kind: "document", ID: 7, Size: OnePart + 3*Grain + 777}
	small = Identity{Kind: "photo", ID: 8, Variant: "y", Size: Grain + 5}
	other = Identity{Kind: "document", ID: 9, Size: big.Size}
)

// script is one way through the life of a file. It reports how many grains
// were recorded when a sync succeeded, and whether the file was finished.
type script struct {
	name  string
	id    Identity
	setup func(m *memFS)
	run   func(d *Disk, synced func(grains int64)) error
}

func scripts() []script {
	halfway := func(d *Disk, id Identity, opts Options, synced func(int64)) (*File, error) {
		f, err := d.Open(name, id, opts)
		if err != nil {
			return nil, err
		}
		p, err := plan(f)
		if err != nil {
			return f, err
		}
		for round := range 2 {
			for range 2 + round {
				if _, err := step(f, p, 256<<10); err != nil {
					return f, err
				}
			}
			if err := f.Sync(); err != nil {
				return f, err
			}
			synced(p.Bytes() / Grain)
		}
		return f, nil
	}
	download := func(id Identity, opts Options) func(*Disk, func(int64)) error {
		return func(d *Disk, synced func(int64)) error {
			f, err := d.Open(name, id, opts)
			if err != nil {
				return err
			}
			p, err := plan(f)
			if err == nil {
				err = complete(f, p)
			}
			return errors.Join(err, f.Close())
		}
	}
	return []script{
		{name: "small file", id: small, run: download(small, Options{})},
		{name: "empty file", id: Identity{Kind: "document", ID: 3}, run: download(Identity{Kind: "document", ID: 3}, Options{})},
		{name: "large file", id: big, run: download(big, Options{})},
		{
			name: "replacing a file", id: big, run: download(big, Options{Overwrite: true}),
			setup: func(m *memFS) { m.put(name, []byte("old")) },
		},
		{
			name: "restart over another file", id: big, run: download(big, Options{Restart: true}),
			setup: func(m *memFS) { leftover(m, other) },
		},
		{
			name: "small restart over another file", id: small, run: download(small, Options{Restart: true}),
			setup: func(m *memFS) { leftover(m, other) },
		},
		{
			name: "not continued", id: big, run: download(big, Options{NoContinue: true}),
			setup: func(m *memFS) { leftover(m, big) },
		},
		{
			name: "closed and continued", id: big,
			run: func(d *Disk, synced func(int64)) error {
				f, err := halfway(d, big, Options{}, synced)
				if f != nil {
					err = errors.Join(err, f.Close())
				}
				if err != nil {
					return err
				}
				return download(big, Options{})(d, synced)
			},
		},
		{
			name: "removed", id: big,
			run: func(d *Disk, synced func(int64)) error {
				f, err := halfway(d, big, Options{}, synced)
				if f == nil {
					return err
				}
				if err != nil {
					return errors.Join(err, f.Close())
				}
				synced(0)
				return f.Remove()
			},
		},
	}
}

// leftover makes what a download of id leaves that was closed half way.
func leftover(m *memFS, id Identity) {
	f, err := quiet(m).Open(name, id, Options{})
	if err != nil {
		panic(err)
	}
	p, err := plan(f)
	for range 10 {
		if err == nil {
			_, err = step(f, p, 128<<10)
		}
	}
	if err := errors.Join(err, f.Close()); err != nil {
		panic(err)
	}
}

func (s script) start() *memFS {
	m := newMemFS()
	if s.setup != nil {
		s.setup(m)
	}
	m.kill()
	return m
}

// steps is how many calls the script makes of the file system.
func (s script) steps(t *testing.T) int {
	t.Helper()
	m := s.start()
	if err := s.run(quiet(m), func(int64) {}); err != nil {
		t.Fatalf("without faults: %v", err)
	}
	return len(m.calls)
}

// recover checks what a crash left, and that the download can be completed from
// there, with at least want grains kept unless it was finished already.
func (s script) recover(m *memFS, want int64) error {
	whole := m.holds(name, s.id)
	before := m.names[name]
	if before != nil && !whole && string(before.data) != "old" {
		return fmt.Errorf("%d wrong bytes under the final name", len(before.data))
	}
	d := quiet(m)
	if whole {
		if err := d.Tidy(name, nil); err != nil {
			return err
		}
		want = 0
	}
	opts := Options{Overwrite: before != nil}
	f, err := d.Open(name, s.id, opts)
	if e, ok := errors.AsType[*OtherFileError](err); ok && s.setup != nil && strings.Contains(e.Reason, other.String()) {
		// What the script was to discard is still there.
		opts.Restart = true
		f, err = d.Open(name, s.id, opts)
	}
	if err != nil {
		return fmt.Errorf("open again: %w", err)
	}
	defer f.Close()
	p, err := plan(f)
	if err != nil {
		return err
	}
	if err := checkProven(f); err != nil {
		return err
	}
	if kept := p.Bytes() / Grain; kept < want {
		return fmt.Errorf("%d grains left of %d that were synced", kept, want)
	}
	if err := complete(f, p); err != nil {
		return fmt.Errorf("complete: %w", err)
	}
	if !m.holds(name, s.id) {
		return errors.New("wrong bytes in the end")
	}
	if n := len(m.names); n != 1 {
		return fmt.Errorf("%d files in the end: %v", n, m.names)
	}
	return nil
}

func TestCrashAtEveryStep(t *testing.T) {
	for _, s := range scripts() {
		t.Run(s.name, func(t *testing.T) {
			steps := s.steps(t)
			for n := range steps + 1 {
				cuts := 2
				switch {
				case n > steps-4:
					cuts = 16 // Names change at the end.
				case testing.Short():
					cuts = n % 2
				}
				for seed := range 1 + cuts {
					power := seed > 0
					r := rand.New(rand.NewPCG(uint64(n), uint64(seed)))
					m := s.start()
					m.fail = dieAt(n)
					var safe int64
					_ = s.run(quiet(m), func(grains int64) { safe = grains })
					last := m.calls[min(n, len(m.calls)-1)]
					if power {
						m.cut(r)
					} else {
						m.kill()
					}
					if err := s.recover(m, safe); err != nil {
						t.Fatalf("crash at call %d (%s), power cut %v: %v", n, last, power, err)
					}
				}
			}
		})
	}
}

// dieAt lets n calls pass.
func dieAt(n int) func(string) error {
	return func(string) error {
		if n--; n < 0 {
			return errDead
		}
		return nil
	}
}

func TestFaultAtEveryStep(t *testing.T) {
	errnos := []syscall.Errno{syscall.ENOSPC, syscall.EIO, syscall.EROFS}
	for _, s := range scripts() {
		t.Run(s.name, func(t *testing.T) {
			for n := range s.steps(t) {
				for _, lasting := range []bool{false, true} {
					errno := errnos[n%len(errnos)]
					if err := s.fault(n, errno, lasting); err != nil {
						t.Fatalf("%v at call %d, lasting %v: %v", errno, n, lasting, err)
					}
				}
			}
		})
	}
}

// fault lets the n-th call fail, and those after it too if the fault is lasting.
func (s script) fault(n int, errno syscall.Errno, lasting bool) error {
	m := s.start()
	left := n
	m.fail = func(string) error {
		if left--; left == -1 || left < 0 && lasting {
			return errno
		}
		return nil
	}
	err := s.run(quiet(m), func(int64) {})
	call := m.calls[n]
	if err := checkFault(err, errno); err != nil {
		return fmt.Errorf("%s: %w", call, err)
	}
	m.kill()
	if err := s.recover(m, 0); err != nil {
		return fmt.Errorf("%s, afterwards: %w", call, err)
	}
	if lasting {
		return nil
	}
	// Nothing may depend on bytes that a failed sync left in the cache only.
	m.cut(rand.New(rand.NewPCG(uint64(n), 2)))
	if !m.holds(name, s.id) {
		return fmt.Errorf("%s: a power cut after the end spoils the file", call)
	}
	return nil
}

// checkFault accepts no error, for a fault that harmed nothing, and a DiskError
// of errno.
func checkFault(err error, errno syscall.Errno) error {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*DiskError](err)
	if !ok || !errors.Is(err, errno) {
		return fmt.Errorf("not a DiskError of %v: %w", errno, err)
	}
	if e.Hint() == "" || e.Path == "" || e.Op == "" {
		return fmt.Errorf("a DiskError without hint, path or operation: %#v", e)
	}
	return nil
}
