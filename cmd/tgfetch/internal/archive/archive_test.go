package archive

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tgfetch/tgfetch/fetcher"
)

func link(t *testing.T, s string) fetcher.Link {
	t.Helper()
	l, err := fetcher.ParseLink(s)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func open(t *testing.T, path string) *Archive {
	t.Helper()
	a, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestWhatWasAddedIsKnownInTheNextRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "have.txt")
	file := fetcher.File{Kind: fetcher.Photo, ID: 7, Variant: "y"}
	a := open(t, path)
	if a.HasFile(file) || a.HasLink(link(t, "t.me/name/9")) {
		t.Error("a new archive knows something")
	}
	for range 2 { // The second time adds nothing.
		if err := a.AddFile(file); err != nil {
			t.Fatal(err)
		}
		if err := a.AddLink(link(t, "@name/3/9")); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := "photo:7:y\nhttps://t.me/name/9\n"; string(text) != want {
		t.Errorf("the file is %q, want %q", text, want)
	}
	a = open(t, path)
	defer a.Close()
	if !a.HasFile(file) || !a.HasLink(link(t, "https://telegram.me/name/9")) || a.HasLink(link(t, "t.me/name/9?single")) {
		t.Error("the next run knows something else")
	}
}

func TestTornLineSpoilsNoOther(t *testing.T) {
	path := filepath.Join(t.TempDir(), "have.txt")
	if err := os.WriteFile(path, []byte("# mine\r\ndocument:1\r\n\ndocu"), 0o644); err != nil {
		t.Fatal(err)
	}
	a := open(t, path)
	if err := a.AddFile(fetcher.File{Kind: fetcher.Document, ID: 2}); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = open(t, path)
	defer a.Close()
	for id, want := range map[int64]bool{1: true, 2: true, 3: false} {
		if got := a.HasFile(fetcher.File{Kind: fetcher.Document, ID: id}); got != want {
			t.Errorf("document %d: %v", id, got)
		}
	}
}

func TestLinksThatAreDone(t *testing.T) {
	a := open(t, filepath.Join(t.TempDir(), "have.txt"))
	defer a.Close()
	for _, s := range []string{"t.me/name/5?single", "t.me/name/7", "t.me/c/12/1-3"} {
		if err := a.AddLink(link(t, s)); err != nil {
			t.Fatal(err)
		}
	}
	for s, want := range map[string]bool{
		"t.me/name/5?single":         true,
		"t.me/name/5":                false, // its album may have more
		"https://telegram.me/NAME/7": true,
		"t.me/name/7?single":         false,
		"t.me/name/70/7":             true, // in a topic
		"t.me/c/12/1-3":              true,
		"t.me/c/12/1-4":              false,
		"t.me/name":                  false,
	} {
		if got := a.HasLink(link(t, s)); got != want {
			t.Errorf("%s: %v", s, got)
		}
	}
}

func TestReadLeavesTheFileAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "have.txt")
	file := fetcher.File{Kind: fetcher.Document, ID: 7}
	for _, text := range []string{"", "document:7"} { // The second is a torn line.
		if text != "" {
			if err := os.WriteFile(path, []byte(text), 0o444); err != nil {
				t.Fatal(err)
			}
		}
		a, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		if a.HasFile(file) != (text != "") {
			t.Errorf("of %q the file is known: %v", text, a.HasFile(file))
		}
		if err := a.AddLink(link(t, "t.me/name/9")); !errors.Is(err, errReadOnly) {
			t.Errorf("added: %v", err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		if got, err := os.ReadFile(path); string(got) != text || (err == nil) != (text != "") {
			t.Errorf("%q became %q, %v", text, got, err)
		}
	}
}

// TestNullDevice: an archive that keeps nothing is one, too, and is not synced.
func TestNullDevice(t *testing.T) {
	t.Parallel()
	a, err := Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if a, err = Read(os.DevNull); err != nil || a.Close() != nil {
		t.Errorf("read: %v", err)
	}
}
