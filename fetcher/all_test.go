package fetcher

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/fetcher/internal/partfile"
)

// manyFiles adds 100 documents of about 64 KiB that all have the same name, as
// messages 101 to 200.
func manyFiles(s *scenario.Scenario) {
	s.Files = append(s.Files, scenario.File{ID: 8001, DC: 1, Size: 64<<10 + 1, Name: "same.bin", Count: 100})
	s.Chats[0].Messages = append(s.Chats[0].Messages, scenario.Message{ID: 101, File: 8001, Count: 100})
}

func TestFetchAll(t *testing.T) {
	s := startSim(t, manyFiles)
	c := s.client(nil)
	dir := t.TempDir()
	link := Link{Username: "simfiles", First: 101, Last: 201}
	done, missing := map[string]bool{}, 0
	for result, err := range c.FetchAll(t.Context(), c.Resolve(t.Context(), link), func(File) Target { return Target{Dir: dir} }) {
		if errors.Is(err, ErrNotFound) {
			missing++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if done[result.Path] {
			t.Errorf("%s holds two files", result.Path)
		}
		done[result.Path] = true
		checkContent(t, result.Path, result.File)
	}
	if len(done) != 100 || missing != 1 {
		t.Errorf("%d files, %d missing", len(done), missing)
	}
}

func TestOneFailureStopsNoOther(t *testing.T) {
	s := startSim(t, manyFiles)
	c := s.client(nil)
	s.fault(scenario.Fault{Do: scenario.DoError, Method: "upload.getFile", File: 8010, Code: 400, Text: "LOCATION_INVALID"})
	dir := t.TempDir()
	link := Link{Username: "simfiles", First: 101, Last: 120}
	done, failed := 0, 0
	for result, err := range c.FetchAll(t.Context(), c.Resolve(t.Context(), link), func(File) Target { return Target{Dir: dir} }) {
		switch {
		case err == nil:
			done++
		case result.File.ID != 8010 || !errors.Is(err, ErrNotFound):
			t.Errorf("file %d: %v", result.File.ID, err)
		default:
			failed++
		}
	}
	if done != 19 || failed != 1 {
		t.Errorf("%d done, %d failed", done, failed)
	}
}

func TestFetchAllStopsEarly(t *testing.T) {
	s := startSim(t, manyFiles)
	c := s.client(func(cfg *Config) { cfg.Limits.Files = 4 })
	dir := t.TempDir()
	link := Link{Username: "simfiles", First: 101, Last: 200}
	for _, err := range c.FetchAll(t.Context(), c.Resolve(t.Context(), link), func(File) Target { return Target{Dir: dir} }) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if stats := c.Stats(); len(stats.Active) != 0 || stats.InFlight != 0 {
		t.Errorf("still at it: %+v", stats)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) > 20 {
		t.Errorf("%d files after one was enough", len(entries))
	}
}

// The same file twice at once is one download and one file.
func TestTheSameFileTwice(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	f := file(t, c, simMedium)
	twice := func(yield func(File, error) bool) {
		for range 2 {
			if !yield(f, nil) {
				return
			}
		}
	}
	dir := t.TempDir()
	existing := 0
	for result, err := range c.FetchAll(t.Context(), twice, func(File) Target { return Target{Dir: dir} }) {
		if err != nil {
			t.Fatal(err)
		}
		if result.Path != filepath.Join(dir, "report.pdf") {
			t.Errorf("path %s", result.Path)
		}
		if result.Existing {
			existing++
		}
	}
	if existing != 1 {
		t.Errorf("%d were there already", existing)
	}
	checkDir(t, dir, "report.pdf")
	if n := s.Log().DC(5).FileBytes; n >= 2*f.Size { // A part may be asked for twice.
		t.Errorf("%d bytes were fetched", n)
	}
}

func TestAnotherProcessHasTheFile(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	f := file(t, c, simMedium)
	dir := t.TempDir()
	out, err := c.disk.Open(filepath.Join(dir, "report.pdf"), f.identity(), partfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	_, err = c.Fetch(t.Context(), f, Target{Dir: dir})
	if busy, ok := errors.AsType[*BusyError](err); !ok || busy.Path != filepath.Join(dir, "report.pdf") {
		t.Errorf("got %v", err)
	}
}
