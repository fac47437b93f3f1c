package fetcher

import (
	"bytes"
	"crypto/sha256"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/cdn"
)

func sumOf(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	return sum[:]
}

// damaged writes the contents of a file, after damage, and returns its path.
func damaged(t *testing.T, f File, damage func([]byte) []byte) string {
	t.Helper()
	data := make([]byte, f.Size)
	simdc.Content(f.ID, 0, data)
	path := filepath.Join(t.TempDir(), f.Name)
	if err := os.WriteFile(path, damage(data), 0o644); err != nil {
		t.Fatal(err)
	}
	old := time.Unix(1e9, 0)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestVerify(t *testing.T) {
	s := verifySim(t)
	c := s.client(nil)
	f := file(t, c, simPlain)
	const w = 128 << 10
	flip := func(offsets ...int) func([]byte) []byte {
		return func(data []byte) []byte {
			for _, at := range offsets {
				data[at] ^= 1
			}
			return data
		}
	}
	for _, tt := range []struct {
		name   string
		damage func([]byte) []byte
		bad    []Range
		excess int64
	}{
		{"right", flip(), nil, 0},
		{"the first byte", flip(0), []Range{{0, w}}, 0},
		{"the last byte", flip(24<<20 + 776), []Range{{24 << 20, 24<<20 + 777}}, 0},
		{"two neighbours and one more", flip(3*w, 5*w-1, 100*w), []Range{{3 * w, 5 * w}, {100 * w, 101 * w}}, 0},
		{"a megabyte of zeros", func(data []byte) []byte { clear(data[8<<20 : 9<<20]); return data }, []Range{{8 << 20, 9 << 20}}, 0},
		{"cut off", func(data []byte) []byte { return data[:20<<20+1] }, []Range{{20 << 20, 24<<20 + 777}}, 0},
		{"nothing left", func([]byte) []byte { return nil }, []Range{{0, 24<<20 + 777}}, 0},
		{"too long", func(data []byte) []byte { return append(data, 1, 2, 3) }, nil, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := damaged(t, f, tt.damage)
			before := sumOf(t, path)
			verdict, err := c.Verify(t.Context(), f, path, VerifyOptions{})
			if err != nil || verdict.OK() != (tt.bad == nil && tt.excess == 0) || !slices.Equal(verdict.Bad, tt.bad) ||
				verdict.Excess != tt.excess || verdict.Unproven != nil {
				t.Fatalf("%+v, %v", verdict, err)
			}
			if !bytes.Equal(sumOf(t, path), before) {
				t.Error("the file was changed without being asked for")
			}
			fetched, _ := s.requests()
			verdict, err = c.Verify(t.Context(), f, path, VerifyOptions{Repair: true})
			again, _ := s.requests()
			want := slices.Clone(tt.bad)
			if tt.excess > 0 {
				want = append(want, Range{f.Size, f.Size + tt.excess})
			}
			if err != nil || !verdict.OK() || !slices.Equal(verdict.Repaired, want) || verdict.Bad != nil {
				t.Fatalf("%+v, %v", verdict, err)
			}
			checkContent(t, path, f)
			windows := int64(0)
			for _, r := range tt.bad {
				windows += (r.Len() + w - 1) / w
			}
			if int64(again-fetched) != windows {
				t.Errorf("%d requests for %d windows", again-fetched, windows)
			}
			if info, err := os.Stat(path); err != nil || info.ModTime().Unix() != 1e9 {
				t.Errorf("dated %v, %v", info.ModTime(), err)
			}
		})
	}
}

// What cannot be put right stays as it is; the rest is repaired.
func TestRepairNeverMakesAFileWorse(t *testing.T) {
	s := verifySim(t)
	c := s.client(nil)
	f := file(t, c, simPlain)
	const w = 128 << 10
	path := damaged(t, f, func(data []byte) []byte { data[39*w] ^= 1; data[7*w] ^= 1; return data })
	s.fault(scenario.Fault{Do: scenario.DoFlip, Method: "upload.getFile", EveryWindow: 40})
	verdict, err := c.Verify(t.Context(), f, path, VerifyOptions{Repair: true})
	if err != nil || verdict.OK() || !slices.Equal(verdict.Repaired, []Range{{7 * w, 8 * w}}) || !slices.Equal(verdict.Bad, []Range{{39 * w, 40 * w}}) {
		t.Fatalf("%+v, %v", verdict, err)
	}
	want := make([]byte, f.Size)
	simdc.Content(f.ID, 0, want)
	want[39*w] ^= 1
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the file was made another: %v", err)
	}

	// A file that is cut off grows only by proven bytes, in order.
	short := damaged(t, f, func(data []byte) []byte { return data[:30*w] })
	if verdict, err := c.Verify(t.Context(), f, short, VerifyOptions{Repair: true}); err != nil || verdict.OK() {
		t.Errorf("%+v, %v", verdict, err)
	}
	got, err := os.ReadFile(short)
	if err != nil {
		t.Fatal(err)
	}
	want[39*w] ^= 1
	if len(got) != 39*w || !bytes.Equal(got, want[:len(got)]) {
		t.Errorf("%d bytes, of which some were never proven", len(got))
	}
}

func TestVerifyWithoutHashes(t *testing.T) {
	s := verifySim(t)
	c := s.client(nil)
	f := file(t, c, simBlank)
	path := damaged(t, f, func(data []byte) []byte { return data })
	verdict, err := c.Verify(t.Context(), f, path, VerifyOptions{Repair: true})
	if err != nil || verdict.OK() || !slices.Equal(verdict.Unproven, []Range{{0, f.Size}}) {
		t.Errorf("%+v, %v", verdict, err)
	}
	if _, err := c.Verify(t.Context(), f, path+".not", VerifyOptions{}); !isA[*DiskError](err) {
		t.Errorf("got %v", err)
	}
	f.Size = UnknownSize
	if _, err := c.Verify(t.Context(), f, path, VerifyOptions{}); !isA[*VerifyError](err) {
		t.Errorf("got %v", err)
	}
}

// What has nothing in common with the file is somebody else's.
func TestRepairLeavesOtherFilesAlone(t *testing.T) {
	s := verifySim(t)
	c := s.client(nil)
	f := file(t, c, simPlain)
	path := damaged(t, f, func([]byte) []byte { return []byte("my diary") })
	verdict, err := c.Verify(t.Context(), f, path, VerifyOptions{Repair: true})
	if err != nil || verdict.OK() || verdict.Repaired != nil {
		t.Fatalf("%+v, %v", verdict, err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "my diary" {
		t.Errorf("%q, %v", data, err)
	}
	if verdict, err = c.Verify(t.Context(), f, path, VerifyOptions{Repair: true, Known: true}); err != nil || !verdict.OK() {
		t.Fatalf("%+v, %v", verdict, err)
	}
	checkContent(t, path, f)
}

// TestMissingBytesMatchNothing: of a file that is too short the bytes of another, which were
// in the same memory before, prove nothing.
func TestMissingBytesMatchNothing(t *testing.T) {
	t.Parallel()
	data := bytes.Repeat([]byte("right"), 1000)
	w := cdn.Window{Limit: len(data), Hash: sha256.Sum256(data)}
	for range 100 { // Memory that was given back is not always the next to be taken.
		buf := takeBuffer(len(data))
		copy(*buf, data)
		giveBuffer(buf)
		for _, there := range []int{0, 1, len(data) - 1} {
			if good, err := matches(bytes.NewReader(data[:there]), w); good || err != nil {
				t.Fatalf("%d bytes of %d: %v, %v", there, len(data), good, err)
			}
		}
	}
	if good, err := matches(bytes.NewReader(data), w); !good || err != nil {
		t.Errorf("all of them: %v, %v", good, err)
	}
}
