package fetcher

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tgfetch/tgfetch/fetcher/internal/partfile"
)

// TestNamesDifferInMoreThanCase: on some file systems A.bin and a.bin are one.
func TestNamesDifferInMoreThanCase(t *testing.T) {
	var n names
	first, ok := n.reserve("/x/Film.mp4", "a")
	if !ok {
		t.Fatal("a free name is taken")
	}
	if _, ok := n.reserve("/x/film.MP4", "b"); ok {
		t.Error("two fetches write to names that differ in case")
	}
	n.note("/x/Film.mp4", "a")
	n.release(first)
	if !n.wroteOther("/x/FILM.mp4", "b") || n.wroteOther("/x/FILM.mp4", "a") {
		t.Error("a name in another case is another name")
	}
	again, ok := n.reserve("/x/film.mp4", "b")
	if !ok {
		t.Fatal("a name that was given up stays taken")
	}
	n.release(again)
}

// TestTheSecondNameIsGoneOnFrom: which of two files of one name comes first may
// differ from run to run, and what is under the first name cannot always be
// proven. What an earlier run left under the second name is not left lying, and
// no file is there twice.
func TestTheSecondNameIsGoneOnFrom(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	for _, tc := range []struct {
		name     string
		message  int
		first    bool // The file is there under its first name.
		existing bool
		want     string
	}{
		{"the first is free", simSmall, false, false, "notes.3002.txt"},
		{"the first has the file", simSmall, true, true, "notes.txt"},
		{"the first has the file and nothing proves it", simUnproven, true, true, "no-server-hashes.bin"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := file(t, c, tc.message)
			dir := t.TempDir()
			if tc.first {
				if _, err := c.Fetch(t.Context(), f, Target{Dir: dir}); err != nil {
					t.Fatal(err)
				}
			}
			rest := partfile.PartPath(filepath.Join(dir, numbered(f.Name, f.ID, 1)))
			if err := os.WriteFile(rest, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			result, err := c.Fetch(t.Context(), f, Target{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			if result.Existing != tc.existing {
				t.Errorf("there already: %v", result.Existing)
			}
			checkContent(t, result.Path, f)
			checkDir(t, dir, tc.want)
		})
	}
}
