package fetcher

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tgfetch/tgfetch/session/ownfile"
)

// TestFilesThatFitNoDisk: what has no room is not asked for, and the error says how much is
// missing.
func TestFilesThatFitNoDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	free, err := ownfile.Free(dir)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{1 << 50, int64(free) + 64<<30} {
		d := &plainDC{id: 5, size: size, most: maxPart}
		_, err := d.client(t).Fetch(t.Context(), d.file(size), Target{Dir: dir})
		full, ok := errors.AsType[*DiskError](err)
		if !ok || !errors.Is(err, syscall.ENOSPC) || full.Need < 32<<30 || full.Need > size || !strings.Contains(err.Error(), "free ") {
			t.Errorf("%d bytes: %v", size, err)
		}
		if n := d.asked.Load(); n > 0 {
			t.Errorf("%d requests were made", n)
		}
		checkDir(t, dir)
	}
}

// TestFilesThatGrowFitNoDisk: the room is that of the size which the server turns out to have,
// whether it states less or none.
func TestFilesThatGrowFitNoDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := ownfile.Free(dir); err != nil {
		t.Skip(err)
	}
	for _, stated := range []int64{100, 1 << 20, 3<<20 + 7, UnknownSize} {
		d := &plainDC{id: 5, size: 1 << 50, most: maxPart}
		_, err := d.client(t).Fetch(t.Context(), d.file(stated), Target{Dir: dir})
		if full, ok := errors.AsType[*DiskError](err); !ok || !errors.Is(err, syscall.ENOSPC) || full.Need < 1<<49 {
			t.Errorf("%d bytes stated: %v", stated, err)
		}
		if n := d.asked.Load(); n > 1000 {
			t.Errorf("%d bytes stated: %d requests were made", stated, n)
		}
		checkDir(t, dir)
	}
}

// TestLongFilesOfUnknownSize: one that is longer than most comes whole.
func TestLongFilesOfUnknownSize(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{longUnsized, longUnsized + 12345} {
		d := &plainDC{id: 5, size: size, most: maxPart}
		result, err := d.client(t).Fetch(t.Context(), d.file(UnknownSize), Target{Dir: t.TempDir(), Verify: VerifyOff})
		if err != nil || result.Bytes != size || result.Stated != 0 {
			t.Errorf("%d bytes: %d came, %d stated, error %v", size, result.Bytes, result.Stated, err)
		}
	}
}

// TestRoomOfWhatIsThere: bytes that are on the disk need no more room, holes do.
func TestRoomOfWhatIsThere(t *testing.T) {
	t.Parallel()
	in, err := new(folders).take(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	free, err := ownfile.Free(in.path)
	if err != nil {
		t.Skip(err)
	}
	part := filepath.Join(in.path, "f.part")
	const there = 8 << 20
	if err := os.WriteFile(part, make([]byte, there), 0o600); err != nil {
		t.Fatal(err)
	}
	size := int64(free) + 1<<30 // Others write to this disk, too.
	if err := os.Truncate(part, size); err != nil {
		t.Skip(err) // No file is so large here.
	}
	full, ok := errors.AsType[*DiskError](checkRoom(in, part, size))
	if most := int64(1<<30 - there); !ok || full.Need > most+256<<20 || full.Need < most-256<<20 {
		t.Errorf("got %v, want some %d bytes to be missing", full, most)
	}
	for _, size := range []int64{0, 1, there, UnknownSize} {
		if err := checkRoom(in, part, size); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}
