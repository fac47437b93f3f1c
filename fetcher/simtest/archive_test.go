package simtest_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/fetcher/simtest"
)

// archive is a program's own code under test: it brings what a link leads to into a
// folder, and goes on where it was stopped.
func archive(ctx context.Context, client *fetcher.Client, link fetcher.Link, dir string) (n int, err error) {
	into := func(fetcher.File) fetcher.Target { return fetcher.Target{Dir: dir} }
	for _, failed := range client.FetchAll(ctx, client.Resolve(ctx, link), into) {
		if failed != nil {
			err = failed
			continue
		}
		n++
	}
	return n, err
}

// TestArchive tests it against a Telegram in which a server fails, without a network, an
// account, or a word about the simulator in archive.
func TestArchive(t *testing.T) {
	sim := simtest.Start(t, nil)
	client := sim.Client(nil)
	if _, err := sim.AddFault(scenario.Fault{Do: scenario.DoCut, Method: "upload.getFile", DC: 5, Bytes: 1 << 16, Times: 1}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	link := fetcher.Link{Username: "simfiles", First: 9, Last: 10}
	if n, err := archive(t.Context(), client, link, dir); err != nil || n != 2 {
		t.Fatalf("%d files, %v", n, err)
	}
	for name, size := range map[string]int64{"notes.txt": 64 << 10, "report.pdf": 5255225} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Size() != size {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}
