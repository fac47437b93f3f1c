package fetcher

import (
	"os"
	"path/filepath"
	"testing"
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
// differ from run to run. What the other one left under its second name is not
// left lying because the first is free now.
func TestTheSecondNameIsGoneOnFrom(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	f := file(t, c, simSmall)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "notes.3002.txt.part"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := c.Fetch(t.Context(), f, Target{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	checkContent(t, result.Path, f)
	checkDir(t, dir, "notes.3002.txt")
}
