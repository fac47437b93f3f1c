package fetcher

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tgfetch/tgfetch/session/ownfile"
)

func TestInfoJSON(t *testing.T) {
	s := startSim(t, emptied)
	c := s.client(nil)
	for _, message := range []int{simSmall, simPage, simEscape, simAlbum, simNoHashes} {
		f := resolve(t, c, simLink(t, message))[0]
		dir := t.TempDir()
		result, err := c.Fetch(t.Context(), f, Target{Dir: dir, InfoJSON: true})
		if err != nil {
			t.Fatal(err)
		}
		checkDir(t, dir, f.Name, f.Name+".info.json")
		info, err := ReadInfo(result.Path)
		if err != nil {
			t.Fatal(err)
		}
		if !info.Is(f) || info.Message != f.Source.Message || info.Chat.Username != "simfiles" || info.Chat.Kind != "channel" || !info.Date.Equal(f.Date) ||
			info.OriginalName != f.OriginalName || info.MIME != f.MIME || info.SHA256 != hex.EncodeToString(sumOf(t, result.Path)) {
			t.Errorf("%+v", info)
		}
		link, err := ParseLink(info.Link)
		if err != nil {
			t.Fatal(err)
		}
		if again := resolve(t, c, link); len(again) != 1 || again[0].Key() != f.Key() {
			t.Errorf("%s leads to %v", info.Link, again)
		}
	}
}

// A file that is known from its sidecar needs no request.
func TestInfoVouchesForAFile(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	f := file(t, c, simUnproven)
	dir := t.TempDir()
	if _, err := c.Fetch(t.Context(), f, Target{Dir: dir, InfoJSON: true}); err != nil {
		t.Fatal(err)
	}
	data, hashes := s.requests()
	result, err := c.Fetch(t.Context(), f, Target{Dir: dir, InfoJSON: true})
	if err != nil || !result.Existing || result.Proven != 0 {
		t.Fatalf("%+v, %v", result, err)
	}
	if data2, hashes2 := s.requests(); data2 != data || hashes2 != hashes {
		t.Error("the server was asked about a file that is known")
	}

	// Not of another document, nor when the file is not what it was.
	path := filepath.Join(dir, f.Name)
	for name, change := range map[string]func() error{
		"a byte less": func() error { return os.Truncate(path, f.Size-1) },
		"damaged":     func() error { return os.WriteFile(path+infoSuffix, []byte("{"), 0o644) },
		"null":        func() error { return os.WriteFile(path+infoSuffix, []byte("null"), 0o644) },
		"of another": func() error {
			return os.WriteFile(path+infoSuffix, []byte(`{"kind":"document","id":"1","size":2097152}`), 0o644)
		},
		"the sidecar's own": func() error { return os.Rename(path+infoSuffix, path+infoSuffix+infoSuffix) },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		there, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if c.vouched(t.Context(), f, Target{}, inFolder(t, c, path), path, there) {
			t.Errorf("%s: still taken for the file", name)
		}
		if _, err := c.Fetch(t.Context(), f, Target{Path: path + name, InfoJSON: true}); err != nil {
			t.Fatal(err)
		}
		for _, suffix := range []string{"", infoSuffix} {
			if err := os.Rename(path+name+suffix, path+suffix); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestInfoOfALongName(t *testing.T) {
	name := strings.Repeat("ж", 127)
	path := filepath.Join(t.TempDir(), name)
	got := infoPath(path)
	if base := filepath.Base(got); len(base) > 255 || !strings.HasSuffix(base, "ж"+infoSuffix) {
		t.Errorf("%d bytes, %q", len(base), base)
	}
	if err := ownfile.Replace(ownfile.Info, got, []byte("{}")); err != nil {
		t.Error(err)
	}
	if _, err := ReadInfo(path + "x"); !errors.Is(err, fs.ErrNotExist) && err == nil {
		t.Errorf("got %v", err)
	}
}
