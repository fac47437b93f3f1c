package ownfile

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func put(t *testing.T, path, data string, mode fs.FileMode) {
	t.Helper()
	if err := errors.Join(os.WriteFile(path, []byte(data), 0o600), os.Chmod(path, mode)); err != nil {
		t.Fatal(err)
	}
}

func check(t *testing.T, path, data string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != data {
		t.Errorf("%s: %.50q, error %v; want %.50q", filepath.Base(path), got, err, data)
	}
}

// TestLinksOfOnesOwn: what a link of the user's leads to is written, and the link stays; in a
// folder it is no file.
func TestLinksOfOnesOwn(t *testing.T) {
	t.Parallel()
	dir, away := t.TempDir(), t.TempDir()
	link, there := filepath.Join(dir, "link"), filepath.Join(away, "there")
	if err := os.Symlink(there, link); err != nil {
		t.Skip(err)
	}
	for _, step := range []struct {
		name string
		do   func() error
		want string
	}{
		{"append to what is not there yet", func() error {
			f, err := Append(Archive, link)
			if err != nil {
				return err
			}
			_, err = f.WriteString("a")
			return errors.Join(err, f.Close())
		}, "a"},
		{"replace", func() error { return Replace(Checksums, link, []byte("b")) }, "b"},
		{"check", func() error { return Check(Failures, link) }, "b"},
	} {
		if err := step.do(); err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
		check(t, there, step.want)
	}
	if data, err := ReadOwn(Config, link); err != nil || string(data) != "b" {
		t.Errorf("read %q, error %v", data, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is %v, error %v", info, err)
	}
	d, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	_, open := d.Open(link)
	_, own := d.OpenOwn(Part, link, true)
	_, read := d.ReadFile(Info, link)
	for what, err := range map[string]error{
		"Open": open, "OpenOwn": own, "ReadFile": read,
		"Replace": d.Replace(Info, link, nil), "Create": d.Create(Info, link, nil), "Check": d.Check(Info, link),
	} {
		if !errors.Is(err, ErrNotRegular) || !strings.Contains(err.Error(), link) {
			t.Errorf("%s of a link: %v", what, err)
		}
	}
	check(t, there, "b")
	names, err := d.Names()
	if err != nil || !slices.Equal(names, []string{"link"}) {
		t.Errorf("there is %q, error %v", names, err)
	}
}

// TestBounds: a file may have as many bytes as its kind, and not one more, whether it has a
// size or is a stream.
func TestBounds(t *testing.T) {
	t.Parallel()
	k := Kind{Name: "small", Most: 10, Mode: Shared}
	path := filepath.Join(t.TempDir(), "f")
	for n, fits := range map[int]bool{0: true, 9: true, 10: true, 11: false, 1000: false} {
		data := bytes.Repeat([]byte("x"), n)
		put(t, path, string(data), 0o600)
		got, err := Read(k, path)
		if fits != (err == nil && bytes.Equal(got, data)) || !fits && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%d bytes: %d, error %v", n, len(got), err)
		}
		got, err = io.ReadAll(Bounded(k, path, bytes.NewReader(data)))
		if fits != (err == nil && bytes.Equal(got, data)) || !fits && (!errors.Is(err, ErrTooLarge) || len(got) != 10) {
			t.Errorf("a stream of %d bytes: %d, error %v", n, len(got), err)
		}
	}
	if _, err := Read(Part, path); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a kind without a bound was read: %v", err)
	}
}

// TestKindsAreComplete: each kind has a name of its own and is in All.
func TestKindsAreComplete(t *testing.T) {
	names := map[string]bool{}
	for _, k := range All() {
		if k.Name == "" || names[k.Name] {
			t.Errorf("%+v has no name of its own", k)
		}
		names[k.Name] = true
	}
	source, err := os.ReadFile("kind.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(source, []byte("= Kind{Name:")); n != len(names) {
		t.Errorf("All has %d kinds of %d", len(names), n)
	}
}

// TestCreateKeeps: Create leaves what is there, and nothing half.
func TestCreateKeeps(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "f")
	if err := Create(Caption, path, []byte("first")); err != nil {
		t.Fatal(err)
	}
	if err := Create(Caption, path, []byte("second")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v", err)
	}
	check(t, path, "first")
	if err := Create(Caption, filepath.Join(path, "f"), nil); err == nil {
		t.Error("made below a file")
	}
}

// TestHints: whoever is refused a file hears what to do with that one.
func TestHints(t *testing.T) {
	t.Parallel()
	for r, word := range map[Refusal]string{
		ErrOwner: "chown", ErrHardLink: "copy it", ErrNoReader: "reader", ErrNotRegular: "move it away", ErrLink: "leads to",
	} {
		if !strings.Contains(r.Hint(), word) {
			t.Errorf("%s: %s", r, r.Hint())
		}
	}
}
