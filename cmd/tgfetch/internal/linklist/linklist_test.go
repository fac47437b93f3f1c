package linklist

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name, list string
		want       []string
	}{
		{"nothing", "", nil},
		{"comments and blanks", "# a\n\n  \t\n; b\r\n  # c\n", nil},
		{"links", "t.me/a/1\n\n  https://t.me/b/2?single  \r\n# x\n@c/3", []string{"t.me/a/1", "https://t.me/b/2?single", "@c/3"}},
		{"byte order mark", "\ufefft.me/a/1\n", []string{"t.me/a/1"}},
		{"a number sign inside", "https://t.me/a/1#x\n", []string{"https://t.me/a/1#x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := Read(strings.NewReader(c.list)); err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%q, %v; want %q", got, err, c.want)
			}
		})
	}
	if _, err := Read(strings.NewReader(strings.Repeat("x", 1<<20))); !errors.Is(err, bufio.ErrTooLong) {
		t.Errorf("a line of 1 MiB: %v", err)
	}
}

func TestWhatFailedCanBeReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "failed.txt")
	err := Write(path, []Failure{{"t.me/a/1", "not\nfound"}, {"t.me/a/2", "no access"}, {"t.me/a/1", "again"}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := "# not found\nt.me/a/1\n# no access\nt.me/a/2\n"; string(text) != want {
		t.Errorf("wrote %q, want %q", text, want)
	}
	links, err := Read(strings.NewReader(string(text)))
	if err != nil || !slices.Equal(links, []string{"t.me/a/1", "t.me/a/2"}) {
		t.Errorf("read %q, %v", links, err)
	}
}

func TestWhereNoListCanBe(t *testing.T) {
	folder := t.TempDir()
	for name, path := range map[string]string{"no such folder": filepath.Join(folder, "nowhere", "failed.txt"), "a folder": folder} {
		for what, err := range map[string]error{"Check": Check(path), "Write": Write(path, nil)} {
			if of, ok := errors.AsType[*fs.PathError](err); !ok || of.Path != path {
				t.Errorf("%s, %s: %v, want a *fs.PathError with the path", name, what, err)
			}
		}
	}
	path := filepath.Join(folder, "failed.txt")
	if err := os.WriteFile(path, []byte("t.me/a/1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Check(path); err != nil {
		t.Error(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v; want the list alone", entries, err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "t.me/a/1\n" {
		t.Errorf("%q, %v; want what was there", text, err)
	}
}
