package fetcher

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/fetcher/internal/partfile"
)

// fullDisk is a file system that has room for so many bytes.
type fullDisk struct {
	partfile.OS
	room atomic.Int64
}

type fullFile struct {
	partfile.Handle
	disk *fullDisk
}

func (d *fullDisk) OpenPart(path string) (partfile.Handle, error) {
	f, err := d.OS.OpenPart(path)
	if err != nil {
		return nil, err
	}
	return fullFile{f, d}, nil
}

func (f fullFile) WriteAt(p []byte, off int64) (int, error) {
	if f.disk.room.Add(-int64(len(p))) < 0 {
		return 0, &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	}
	return f.Handle.WriteAt(p, off)
}

// readOnlyDisk is a file system that takes nothing.
type readOnlyDisk struct{ partfile.OS }

func (readOnlyDisk) OpenPart(path string) (partfile.Handle, error) {
	return nil, &fs.PathError{Op: "open", Path: path, Err: syscall.EROFS}
}

func TestFullDisk(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	disk := &fullDisk{}
	disk.room.Store(3 << 20)
	c.disk = &partfile.Disk{FS: disk}
	f := file(t, c, simMedium)
	dir := t.TempDir()
	_, err := c.Fetch(t.Context(), f, Target{Dir: dir})
	full, ok := errors.AsType[*DiskError](err)
	if !ok || !errors.Is(err, syscall.ENOSPC) || !strings.Contains(full.Error(), "free") {
		t.Fatalf("got %v", err)
	}
	checkDir(t, dir, "report.pdf.part", "report.pdf.part.journal")

	// Another file is not concerned.
	disk.room.Store(1 << 20)
	if _, err := c.Fetch(t.Context(), file(t, c, simSmall), Target{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	// A byte rots meanwhile. With room again, the rest is fetched and the rotten
	// grain, and no more.
	rot(t, filepath.Join(dir, "report.pdf.part"))
	disk.room.Store(100 << 20)
	s.Log().Reset()
	result, err := c.Fetch(t.Context(), f, Target{Dir: dir, Hash: true})
	if err != nil {
		t.Fatal(err)
	}
	checkContent(t, result.Path, f)
	if want := sum(t, result.Path); !bytes.Equal(result.SHA256, want) {
		t.Errorf("hash %x, want %x", result.SHA256, want)
	}
	if result.Resumed == 0 || s.Log().DC(5).FileBytes != f.Size-result.Resumed {
		t.Errorf("resumed %d bytes, fetched %d of %d", result.Resumed, s.Log().DC(5).FileBytes, f.Size)
	}
	checkDir(t, dir, "notes.txt", "report.pdf")
}

// rot changes the first byte that is not zero.
func rot(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.IndexFunc(data, func(r rune) bool { return r != 0 })
	data[i] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func sum(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256(data)
	return hash[:]
}

func TestReadOnlyDisk(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	c.disk = &partfile.Disk{FS: readOnlyDisk{}}
	dir := t.TempDir()
	_, err := c.Fetch(t.Context(), file(t, c, simSmall), Target{Dir: dir})
	if _, ok := errors.AsType[*DiskError](err); !ok || !errors.Is(err, syscall.EROFS) || !strings.Contains(err.Error(), "another folder") {
		t.Fatalf("got %v", err)
	}
	checkDir(t, dir)
	if n := s.Log().DC(1).FileBytes; n != 0 {
		t.Errorf("%d bytes were fetched for nothing", n)
	}
}

func TestFolders(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	f := file(t, c, simSmall)
	dir := t.TempDir()
	if _, err := c.Fetch(t.Context(), f, Target{Dir: filepath.Join(dir, "new", "folder")}); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "plain"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := c.Fetch(t.Context(), f, Target{Dir: filepath.Join(dir, "plain")})
	if _, ok := errors.AsType[*DiskError](err); !ok {
		t.Errorf("a file in place of the folder: %v", err)
	}
	result, err := c.Fetch(t.Context(), f, Target{Path: filepath.Join(dir, "my name.txt")})
	if err != nil || result.Path != filepath.Join(dir, "my name.txt") {
		t.Errorf("%q, %v", result.Path, err)
	}
}

func TestExistingFiles(t *testing.T) {
	s := startSim(t, emptied)
	c := s.client(nil)
	for _, tt := range []struct {
		name     string
		message  int
		before   map[string]string // name to contents; "right" stands for the file's own
		path     string
		existing bool
		fetched  bool
	}{
		{"nothing there", simSmall, nil, "notes.txt", false, true},
		{"the file itself", simSmall, map[string]string{"notes.txt": "right"}, "notes.txt", true, false},
		{"another file", simSmall, map[string]string{"notes.txt": "mine"}, "notes.3002.txt", false, true},
		{"another of the same size", simSmall, map[string]string{"notes.txt": "wrong"}, "notes.3002.txt", false, true},
		{"another, and the file itself under its second name", simSmall,
			map[string]string{"notes.txt": "mine", "notes.3002.txt": "right"}, "notes.3002.txt", true, false},
		{"the file itself under its second name, the first is free", simSmall,
			map[string]string{"notes.3002.txt": "right"}, "notes.3002.txt", true, false},
		{"another under its second name, the first is free", simSmall, map[string]string{"notes.3002.txt": "mine"}, "notes.txt", false, true},
		{"two others", simSmall, map[string]string{"notes.txt": "mine", "notes.3002.txt": "mine"}, "notes.3002-2.txt", false, true},
		{"the file itself, of no server hashes", simUnproven, map[string]string{"no-server-hashes.bin": "right"}, "no-server-hashes.bin", true, true},
		{"another, of no server hashes", simUnproven, map[string]string{"no-server-hashes.bin": "wrong"}, "no-server-hashes.3015.bin", false, true},
		{"an empty file", simPage, map[string]string{"empty.bin": ""}, "empty.bin", true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := file(t, c, tt.message)
			dir := t.TempDir()
			for name, contents := range tt.before {
				data := []byte(contents)
				if contents == "right" || contents == "wrong" {
					data = make([]byte, f.Size)
					simdc.Content(f.ID, 0, data)
				}
				if contents == "wrong" {
					data[f.Size/2] ^= 1
				}
				if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s.Log().Reset()
			result, err := c.Fetch(t.Context(), f, Target{Dir: dir, Hash: true})
			if err != nil {
				t.Fatal(err)
			}
			if result.Path != filepath.Join(dir, tt.path) || result.Existing != tt.existing || len(result.SHA256) != 32 {
				t.Errorf("result %+v", result)
			}
			checkContent(t, result.Path, f)
			var sent int64
			for _, dc := range s.Log().DCs() {
				sent += dc.FileBytes
			}
			if tt.fetched != (sent > 0) {
				t.Errorf("%d bytes were fetched", sent)
			}
			for name, contents := range tt.before {
				data, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil || contents == "mine" && string(data) != "mine" {
					t.Errorf("%s was changed: %v", name, err)
				}
			}
			entries, _ := os.ReadDir(dir)
			for _, e := range entries {
				if strings.Contains(e.Name(), ".part") {
					t.Errorf("%s is left", e.Name())
				}
			}
		})
	}
}

func TestAForeignPartIsLeftAlone(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	f := file(t, c, simMedium)
	dir := t.TempDir()
	part := filepath.Join(dir, "report.pdf.part")
	if err := os.WriteFile(part, make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := c.Fetch(t.Context(), f, Target{Dir: dir})
	if err != nil || result.Path != filepath.Join(dir, "report.3003.pdf") {
		t.Fatalf("%q, %v", result.Path, err)
	}
	if info, err := os.Stat(part); err != nil || info.Size() != 2<<20 {
		t.Errorf("the foreign part: %v", err)
	}
	result, err = c.Fetch(t.Context(), f, Target{Path: filepath.Join(dir, "report.pdf"), Restart: true})
	if err != nil || result.Path != filepath.Join(dir, "report.pdf") {
		t.Errorf("with Restart: %q, %v", result.Path, err)
	}
}

func TestCancelKeepsThePart(t *testing.T) {
	s := startSim(t, func(s *scenario.Scenario) { s.Link = scenario.Link{Rate: 20e6} })
	c := s.client(nil)
	f := file(t, c, simVideo)
	dir := t.TempDir()
	stop := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	done := make(chan error)
	go func() {
		_, err := c.Fetch(ctx, f, Target{Dir: dir})
		done <- err
	}()
	// Polling is what Stats is for.
	for tick := time.NewTicker(time.Millisecond); ; <-tick.C {
		if active := c.Stats().Active; len(active) == 1 && active[0].Done > 4<<20 {
			cancel(stop)
			tick.Stop()
			break
		}
	}
	if err := <-done; !errors.Is(err, stop) {
		t.Fatalf("got %v", err)
	}
	checkDir(t, dir, "video.mp4.part", "video.mp4.part.journal")
	if stats := c.Stats(); len(stats.Active) != 0 || stats.InFlight != 0 {
		t.Errorf("still at it: %+v", stats)
	}
	s.Log().Reset()
	result, err := c.Fetch(t.Context(), f, Target{Dir: dir, Hash: true})
	if err != nil {
		t.Fatal(err)
	}
	checkContent(t, result.Path, f)
	if result.Resumed < 4<<20 {
		t.Errorf("resumed %d bytes", result.Resumed)
	}
}
