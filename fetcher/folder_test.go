package fetcher

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool"
)

// handMade is a File as a caller may make one.
func handMade(size int64) File {
	return File{Kind: Document, ID: 5, DC: 2, Size: size, Name: "f.bin", Location: &tg.InputDocumentFileLocation{ID: 5}}
}

// inFolder is the folder of a path, held by the client for the test.
func inFolder(t *testing.T, c *Client, path string) *folder {
	t.Helper()
	in, err := c.folders.take(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.folders.give(in) })
	return in
}

func TestHandMadeFilesAreChecked(t *testing.T) {
	c := (&plainDC{}).client(t)
	for name, spoil := range map[string]func(*File){
		"nothing":          func(f *File) { *f = File{} },
		"no location":      func(f *File) { f.Location = nil },
		"a nil location":   func(f *File) { f.Location = (*tg.InputDocumentFileLocation)(nil) },
		"no kind":          func(f *File) { f.Kind = "" },
		"no id":            func(f *File) { f.ID = 0 },
		"a kind too long":  func(f *File) { f.Kind = Kind(strings.Repeat("k", 49)) },
		"a long variant":   func(f *File) { f.Variant = strings.Repeat("v", 129) },
		"no possible size": func(f *File) { f.Size = -2 },
	} {
		f := handMade(100)
		spoil(&f)
		dir := t.TempDir()
		_, err := c.Fetch(t.Context(), f, Target{Dir: dir})
		if !errors.Is(err, ErrInvalidFile) {
			t.Errorf("%s: Fetch: %v", name, err)
		}
		checkDir(t, dir)
		if _, err := c.Open(t.Context(), f); !errors.Is(err, ErrInvalidFile) {
			t.Errorf("%s: Open: %v", name, err)
		}
		if _, err := c.Verify(t.Context(), f, os.DevNull, VerifyOptions{}); !errors.Is(err, ErrInvalidFile) {
			t.Errorf("%s: Verify: %v", name, err)
		}
	}
}

// TestNoNameLeavesTheFolder: whatever a File made by hand calls itself, it is put into
// the folder, under a name that is safe.
func TestNoNameLeavesTheFolder(t *testing.T) {
	d := &plainDC{id: 5, size: 100, most: maxPart}
	c := d.client(t)
	for _, name := range []string{
		"../../x", "../x", "/etc/passwd", "a/b", `a\..\..\b`, "..", ".", "", ".bashrc", "-rf", "x.part", "x\x00y", "C:x",
	} {
		outer := t.TempDir()
		dir := filepath.Join(outer, "a", "b")
		f := handMade(d.size)
		f.Name, f.Form = name, "../../form"
		result, err := c.Fetch(t.Context(), f, Target{Dir: dir})
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if filepath.Dir(result.Path) != dir || SafeName(filepath.Base(result.Path)) != filepath.Base(result.Path) {
			t.Errorf("%q is at %s", name, result.Path)
		}
		checkDir(t, dir, filepath.Base(result.Path))
		checkDir(t, filepath.Dir(dir), "b")
		checkDir(t, outer, "a")
		checkContent(t, result.Path, f)
	}
}

// TestLinksLeadNowhere: links in a folder do not take a download out of it, neither to
// write nor to believe what lies there.
func TestLinksLeadNowhere(t *testing.T) {
	const size = 3 << 20
	d := &plainDC{id: 5, size: size, most: maxPart}
	c := d.client(t)
	f := handMade(size)
	outside := t.TempDir()
	treasure := filepath.Join(outside, "treasure")
	info, err := json.Marshal(Info{Kind: f.Kind, ID: f.ID, Size: f.Size, SHA256: "00"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(treasure, info, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", ".part", ".part.journal", infoSuffix} {
		dir := t.TempDir()
		if suffix == infoSuffix { // Zeros are not the file, whatever is said outside.
			if err := os.WriteFile(filepath.Join(dir, f.Name), make([]byte, size), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink(treasure, filepath.Join(dir, f.Name+suffix)); err != nil {
			t.Fatal(err)
		}
		result, err := c.Fetch(t.Context(), f, Target{Dir: dir, InfoJSON: true, Restart: true})
		if err == nil {
			if result.Existing {
				t.Errorf("a link as NAME%s: taken to be there", suffix)
			}
			checkContent(t, result.Path, f)
		} else if !isA[*DiskError](err) {
			t.Errorf("a link as NAME%s: %v", suffix, err)
		}
		got, err := os.ReadFile(treasure)
		if err != nil || string(got) != string(info) {
			t.Errorf("a link as NAME%s: outside is now %q, %v", suffix, got, err)
		}
		checkDir(t, outside, "treasure")
	}
}

// swapDC moves a folder away, and puts a link in its place, when it is first asked.
type swapDC struct {
	*plainDC
	swap func()
}

func (d *swapDC) Do(ctx context.Context, t dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	if swap := d.swap; swap != nil && d.asked.Load() == 0 {
		swap()
	}
	return d.plainDC.Do(ctx, t, in, out)
}

// TestFolderThatIsSwapped: a download stays in the folder it began in, whatever its path
// leads to meanwhile.
func TestFolderThatIsSwapped(t *testing.T) {
	d := &swapDC{plainDC: &plainDC{id: 5, size: 1000, most: maxPart}}
	c, err := New(Config{Doer: d})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	outer, outside := t.TempDir(), t.TempDir()
	dir, moved := filepath.Join(outer, "dir"), filepath.Join(outer, "moved")
	const other = "another program's"
	d.swap = func() {
		err := errors.Join(
			os.Rename(dir, moved),
			os.WriteFile(filepath.Join(outside, "f.bin.part"), []byte(other), 0o600),
			os.Symlink(outside, dir))
		if err != nil {
			t.Error(err)
		}
	}
	f := handMade(d.size)
	if _, err := c.Fetch(t.Context(), f, Target{Dir: dir, Verify: VerifyOff, InfoJSON: true}); err != nil {
		t.Fatal(err)
	}
	checkDir(t, outside, "f.bin.part")
	if got, err := os.ReadFile(filepath.Join(outside, "f.bin.part")); err != nil || string(got) != other {
		t.Errorf("outside is %q, %v", got, err)
	}
	checkDir(t, moved, "f.bin", "f.bin.info.json")
	checkContent(t, filepath.Join(moved, "f.bin"), f)

	// The next one goes where the path leads by then.
	if _, err := c.Fetch(t.Context(), f, Target{Path: filepath.Join(dir, "g.bin"), Verify: VerifyOff}); err != nil {
		t.Fatal(err)
	}
	checkDir(t, outside, "f.bin.part", "g.bin")
}

func TestDevices(t *testing.T) {
	for _, device := range []string{os.DevNull, "/dev/full"} {
		if _, err := os.Stat(device); err != nil {
			t.Skipf("this system has no %s", device)
		}
	}
	d := &plainDC{id: 5, size: 3 << 20, most: maxPart}
	c := d.client(t)
	dir := t.TempDir()
	full, null := filepath.Join(dir, "full"), filepath.Join(dir, "null")
	if err := errors.Join(os.Symlink("/dev/full", full), os.Symlink(os.DevNull, null)); err != nil {
		t.Fatal(err)
	}
	result, err := c.Fetch(t.Context(), d.file(d.size), Target{Path: null, Restart: true})
	if err != nil || result.Path != null || result.Bytes != d.size || result.Existing {
		t.Errorf("/dev/null: %+v, %v", result, err)
	}
	_, err = c.Fetch(t.Context(), d.file(d.size), Target{Path: full})
	if disk, ok := errors.AsType[*DiskError](err); !ok || disk.Path != full || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("/dev/full: %v", err)
	}
	_, err = c.Fetch(t.Context(), d.file(d.size), Target{Path: null, InfoJSON: true})
	if !isA[*DiskError](err) || !strings.Contains(err.Error(), "InfoJSON") {
		t.Errorf("an info beside a device: %v", err)
	}
	checkDir(t, dir, "full", "null") // And nothing beside them.
}
