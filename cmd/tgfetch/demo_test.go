package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc"
)

func TestDemoRemovesOnlyItsOwnFiles(t *testing.T) {
	dir := t.TempDir()
	const id, size = 1001, 1000
	own := make([]byte, size)
	simdc.Content(id, 0, own)
	sum, err := simdc.Digest(t.Context(), id, size)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"own.bin":             own,
		"own renamed.bin":     own,
		"same size.bin":       make([]byte, size),
		"other.txt":           []byte("mine"),
		"own longer.bin":      append(own[:size:size], 0),
		"unfinished.bin.part": own[:10],
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := removeEarlier(dir, []simdc.ClusterLink{{Size: size, SHA256: sum}}); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 4 {
		t.Errorf("left: %q, want the four files that are not the demo's", left)
	}
	if err := removeEarlier(filepath.Join(dir, "nowhere"), nil); err != nil {
		t.Errorf("a folder that is not there: %v", err)
	}
}
