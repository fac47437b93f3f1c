package fetcher

import (
	"context"
	"errors"
	"os"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/chunker"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/filedata"
)

// plainDC is a data center with one file and a mind of its own about limits.
type plainDC struct {
	id, size int64
	most     int // the largest limit it takes
	asked    atomic.Int64
}

func (d *plainDC) Do(_ context.Context, _ dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	request, ok := in.(*tg.UploadGetFileRequest)
	if !ok {
		return tgerr.New(400, "INPUT_METHOD_INVALID")
	}
	if request.Limit > d.most {
		return tgerr.New(400, "LIMIT_INVALID")
	}
	d.asked.Add(1)
	answer := out.(*filedata.FileAnswer)
	answer.N = int(max(0, min(int64(request.Limit), d.size-request.Offset)))
	dst := answer.Into()
	if answer.N > len(dst) {
		return &filedata.LengthError{Got: answer.N, Max: len(dst)}
	}
	simdc.Content(d.id, request.Offset, dst[:answer.N])
	return nil
}

func (d *plainDC) client(t *testing.T) *Client {
	t.Helper()
	c, err := New(Config{Doer: d})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func (d *plainDC) file(size int64) File {
	return File{Kind: Document, ID: d.id, DC: 2, Size: size, Name: "f.bin", Location: &tg.InputDocumentFileLocation{ID: d.id}}
}

func TestServerThatTakesSmallLimitsOnly(t *testing.T) {
	for _, most := range []int{512 << 10, 64 << 10, 4 << 10} {
		d := &plainDC{id: 5, size: 3<<20 + 4097, most: most}
		c := d.client(t)
		f := d.file(d.size)
		result, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir(), Hash: true})
		if err != nil {
			t.Fatalf("limit %d: %v", most, err)
		}
		checkContent(t, result.Path, f)
	}
}

func TestUnknownSize(t *testing.T) {
	for _, size := range []int64{0, 1, 512<<10 - 1, 512 << 10, 512<<10 + 1, 3 << 20} {
		d := &plainDC{id: 6, size: size, most: maxPart}
		c := d.client(t)
		result, err := c.Fetch(t.Context(), d.file(UnknownSize), Target{Dir: t.TempDir(), Hash: true})
		if err != nil {
			t.Fatalf("size %d: %v", size, err)
		}
		if result.File.Size != size || result.Bytes != size {
			t.Errorf("size %d: result %+v", size, result)
		}
		checkContent(t, result.Path, d.file(size))
	}
}

func TestImpossibleSize(t *testing.T) {
	d := &plainDC{id: 9}
	c := d.client(t)
	for _, size := range []int64{-2, chunker.MaxSize + 1} {
		dir := t.TempDir()
		_, err := c.Fetch(t.Context(), d.file(size), Target{Dir: dir})
		if !errors.Is(err, chunker.ErrSize) {
			t.Errorf("size %d: %v", size, err)
		}
		checkDir(t, dir)
	}
}

// discard is a writer that keeps nothing.
type discard struct{ n atomic.Int64 }

func (d *discard) WriteAt(p []byte, _ int64) (int, error) {
	d.n.Add(int64(len(p)))
	return len(p), nil
}

func TestWriter(t *testing.T) {
	d := &plainDC{id: 7, size: 5<<20 + 3, most: maxPart}
	c := d.client(t)
	out := &discard{}
	result, err := c.Fetch(t.Context(), d.file(d.size), Target{Writer: out})
	if err != nil || out.n.Load() != d.size || result.Path != "" {
		t.Fatalf("%d bytes, %+v, %v", out.n.Load(), result, err)
	}
	tmp, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer tmp.Close()
	result, err = c.Fetch(t.Context(), d.file(d.size), Target{Writer: tmp, Hash: true})
	if err != nil || len(result.SHA256) != 32 {
		t.Fatalf("%+v, %v", result, err)
	}
	checkContent(t, tmp.Name(), d.file(d.size))
}

func TestTargetsThatMakeNoSense(t *testing.T) {
	d := &plainDC{id: 9}
	c := d.client(t)
	for _, target := range []Target{
		{Writer: &discard{}, Dir: "x"}, {Writer: &discard{}, Path: "x"}, {Dir: "x", Path: "y"}, {Path: "x/"},
		{Align: 5 << 20}, {Dir: "x", Writers: 1}, {Writer: &discard{}, Align: -1}, {Writer: &discard{}, Writers: -1},
		{Writer: &discard{}, Restart: true}, {Writer: &discard{}, NoContinue: true}, {Writer: &discard{}, KeepPart: true},
	} {
		if _, err := c.Fetch(t.Context(), d.file(1), target); err == nil {
			t.Errorf("%+v was taken", target)
		}
	}
}

func TestConfigsThatMakeNoSense(t *testing.T) {
	for _, limits := range []Limits{{BytesInFlight: -1}, {BytesInFlight: maxPart - 1}, {Files: -1}} {
		if _, err := New(Config{Doer: &plainDC{}, Limits: limits}); err == nil {
			t.Errorf("%+v was taken", limits)
		}
	}
}

// The memory of a download is the budget and a constant, whatever the size.
func TestMemoryIsBounded(t *testing.T) {
	const size = 256 << 20
	d := &plainDC{id: 8, size: size, most: maxPart}
	c := d.client(t)
	for _, mode := range []VerifyMode{VerifyServer, VerifyOff} { // In order, and not.
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := c.Fetch(t.Context(), d.file(size), Target{Writer: &discard{}, Verify: mode}); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if grown := int64(after.Sys) - int64(before.Sys); grown > defaultInFlight+16<<20 {
			t.Errorf("verify %v: 256 MiB took %d MiB of memory", mode, grown>>20)
		}
		// Memory is used again. Under the race detector a sync.Pool loses a quarter of what it is given.
		if made := after.TotalAlloc - before.TotalAlloc; made > size*3/4 {
			t.Errorf("verify %v: of 256 MiB %d were allocated", mode, made>>20)
		}
	}
}

// BenchmarkFetch is what a download costs on this side of the network: 64 MiB
// from memory to nowhere.
func BenchmarkFetch(b *testing.B) {
	const size = 64 << 20
	c, err := New(Config{Doer: emptyDC{}})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	f := File{Kind: Document, ID: 1, DC: 2, Size: size, Location: &tg.InputDocumentFileLocation{}}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Fetch(b.Context(), f, Target{Writer: &discard{}, Verify: VerifyOff}); err != nil {
			b.Fatal(err)
		}
	}
}

// emptyDC answers with whatever is in the buffer. Its files end where they are
// said to end, which is asked by a small request.
type emptyDC struct{}

func (emptyDC) Do(_ context.Context, _ dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	request, ok := in.(*tg.UploadGetFileRequest)
	if !ok || request.Limit == chunker.Smallest {
		return nil // Nothing behind the end, and no hashes.
	}
	answer := out.(*filedata.FileAnswer)
	answer.N = len(answer.Into())
	return nil
}
