package partfile

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestSmoke(t *testing.T) {
	var d Disk
	p := filepath.Join(t.TempDir(), "x")
	id := Identity{Kind: "document", ID: 1, Size: 3<<20 + 5}
	f, err := d.Open(p, id, Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, id.Size)
	if _, err := f.WriteAt(b, 0); err != nil {
		t.Fatal(err)
	}
	for g := range grains(id.Size) {
		if err := f.Done(g, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Finish(id.Size, time.Unix(1e9, 0)); err != nil {
		t.Fatal(err)
	}
	ls, _ := os.ReadDir(filepath.Dir(p))
	t.Log(ls)
}
