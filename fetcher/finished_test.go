package fetcher

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestFinishedFilesAreKnown: a second run asks for neither hashes nor bytes of what
// the first has finished, whether or not there are hashes, until somebody
// changes the file.
func TestFinishedFilesAreKnown(t *testing.T) {
	s := verifySim(t)
	dir := t.TempDir()
	for _, message := range []int{simPlain, simBlank, simLittle} {
		f := file(t, s.client(nil), message)
		fetch := func(target Target) (Result, int) {
			t.Helper()
			target.Dir = dir
			c := s.stranger(nil) // Another run: what it knows is in the store.
			data, hashes := s.requests()
			r, err := c.Fetch(t.Context(), f, target)
			if err != nil {
				t.Fatal(err)
			}
			checkContent(t, r.Path, f)
			dataAfter, hashesAfter := s.requests()
			return r, dataAfter + hashesAfter - data - hashes
		}
		if r, n := fetch(Target{}); r.Existing || n == 0 {
			t.Fatalf("%s: the first run: %+v, %d requests", f.Name, r, n)
		}
		if r, n := fetch(Target{}); !r.Existing || n != 0 || r.Why != ReasonRecorded {
			t.Errorf("%s: the second run: existing %v, %q, %d requests", f.Name, r.Existing, r.Why, n)
		}
		if r, n := fetch(Target{Existing: ExistingHash}); !r.Existing || n == 0 {
			t.Errorf("%s: who wants it read: existing %v, %d requests", f.Name, r.Existing, n)
		}
		path := filepath.Join(dir, f.Name)
		spoil(t, path, f)
		if r, _ := fetch(Target{}); r.Existing || r.Path == path {
			t.Errorf("%s: a file that was changed is taken for the download", f.Name)
		}
	}
}

// spoil changes a byte of a file and makes it look as before.
func spoil(t *testing.T, path string, f File) {
	t.Helper()
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	data := contentOf(f)
	data[0] ^= 1
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	later := before.ModTime()
	if changed, _ := fileIdentity(before); changed == 0 {
		later = later.Add(time.Second) // Nothing else tells, here.
	}
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
}
