package partfile

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// syncs are the syncs that were asked for, since the last time.
func (m *memFS) syncs() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []string
	for _, c := range m.calls {
		if strings.HasPrefix(c, "sync ") {
			list = append(list, strings.TrimPrefix(c, "sync film.mp4"))
		}
	}
	m.calls = nil
	return list
}

func write(t *testing.T, f *File, grain int64) {
	t.Helper()
	data := content(f.id)[grain*Grain:][:f.id.grainLen(grain)]
	if _, err := f.WriteAt(data, grain*Grain); err != nil {
		t.Fatal(err)
	}
	if err := f.Done(grain, data); err != nil {
		t.Fatal(err)
	}
}

func TestSyncsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemFS()
		f := open(t, &Disk{FS: m, SyncBytes: 3 * Grain}, name, big, Options{})
		expect := func(when string, want ...string) {
			t.Helper()
			synctest.Wait()
			if got := m.syncs(); !slices.Equal(got, want) {
				t.Errorf("%s: synced %q, want %q", when, got, want)
			}
		}
		both := []string{".part", ".part.journal"}
		expect("opened")
		time.Sleep(10 * time.Second)
		expect("nothing written")

		write(t, f, 0)
		expect("just written")
		time.Sleep(time.Second)
		expect("a second later", both...)
		time.Sleep(10 * time.Second)
		expect("nothing new")

		write(t, f, 1)
		write(t, f, 2)
		expect("less than the bytes that bring a sync on")
		write(t, f, 3)
		expect("as many bytes", both...)

		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		expect("closed", both...)
	})
}

func TestSyncFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemFS()
		f := open(t, &Disk{FS: m}, name, big, Options{})
		write(t, f, 0)
		if err := f.Sync(); err != nil {
			t.Fatal(err)
		}
		write(t, f, 1)
		m.mu.Lock()
		m.fail = func(call string) error {
			if call == "sync film.mp4.part" {
				return syscall.EIO
			}
			return nil
		}
		m.mu.Unlock()
		time.Sleep(time.Second)
		synctest.Wait()

		for what, err := range map[string]error{
			"write":  func() error { _, err := f.WriteAt([]byte("x"), 0); return err }(),
			"done":   f.Done(2, nil),
			"sync":   f.Sync(),
			"finish": f.Close(),
		} {
			if e, ok := errors.AsType[*DiskError](err); !ok || e.Op != "sync" || !errors.Is(err, syscall.EIO) {
				t.Errorf("%s after a failed sync: %v", what, err)
			}
		}
		m.kill()
		f = open(t, &Disk{FS: m}, name, big, Options{})
		if got := slices.Collect(f.Candidates()); !slices.Equal(got, []int64{0}) {
			t.Errorf("after a failed sync, grains %v are believed, want those of the sync before", got)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestSyncFailsAfterKill: what a killed process left unsynced falls to the first
// sync of the next, and if that fails, verifying sees bytes that only the cache
// has.
func TestSyncFailsAfterKill(t *testing.T) {
	m := newMemFS()
	f := open(t, quiet(m), name, big, Options{})
	write(t, f, 0)
	f.stopSyncer()
	m.kill()

	f = open(t, quiet(m), name, big, Options{})
	if _, err := plan(f); err != nil {
		t.Fatal(err)
	}
	m.fail = func(call string) error {
		if call == "sync film.mp4.part" {
			return syscall.EIO
		}
		return nil
	}
	if err := f.Sync(); !errors.Is(err, syscall.EIO) {
		t.Fatalf("sync: %v", err)
	}
	f.stopSyncer()
	m.kill()

	finish(t, open(t, quiet(m), name, big, Options{}))
	m.cut(rand.New(rand.NewPCG(0, 0)))
	if !m.holds(name, big) {
		t.Error("the finished file is wrong on the disk")
	}
}

// TestWritersDoNotWait: a sync that takes for ever holds up nobody.
func TestWritersDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		m := newMemFS()
		f := open(t, &Disk{FS: slowFS{m, gate}}, name, big, Options{})
		write(t, f, 0)
		time.Sleep(time.Second)
		synctest.Wait()
		for g := range grains(big.Size) {
			write(t, f, g)
		}
		close(gate)
		if err := f.Finish(big.Size, time.Time{}); err != nil {
			t.Error(err)
		}
	})
}

// slowFS syncs parts when its gate is opened.
type slowFS struct {
	*memFS
	gate chan struct{}
}

func (s slowFS) OpenPart(path string) (Handle, error) {
	h, err := s.memFS.OpenPart(path)
	return slowHandle{h, s.gate}, err
}

type slowHandle struct {
	Handle
	gate chan struct{}
}

func (h slowHandle) Sync() error {
	<-h.gate
	return h.Handle.Sync()
}

func TestFoldersAreSyncedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			s     = newShared()
			calls int
			wg    sync.WaitGroup
			gate  = make(chan struct{})
			fail  = errors.New("the second fails")
			errs  [10]error
		)
		run := func() error {
			calls++
			<-gate
			if calls == 2 {
				return fail
			}
			return nil
		}
		var first error
		wg.Go(func() { first = s.do(run) })
		synctest.Wait()
		for i := range errs {
			wg.Go(func() { errs[i] = s.do(run) })
		}
		synctest.Wait()
		// All ten came too late for the call that runs.
		gate <- struct{}{}
		gate <- struct{}{}
		wg.Wait()
		if calls != 2 || first != nil {
			t.Errorf("%d calls, the first: %v", calls, first)
		}
		for i, err := range errs {
			if !errors.Is(err, fail) {
				t.Errorf("caller %d: %v", i, err)
			}
		}
	})
}
