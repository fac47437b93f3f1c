package fetcher

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/cache"
	"github.com/tgfetch/tgfetch/chunker"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/session"
)

func open(t *testing.T, c *Client, f File) *Reader {
	t.Helper()
	r, err := c.Open(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func TestReader(t *testing.T) {
	s := startSim(t, emptied)
	for name, edit := range map[string]func(*Config){
		"with a cache": nil,
		"without":      func(cfg *Config) { cfg.Cache = cache.None{} },
	} {
		t.Run(name, func(t *testing.T) {
			s.store = session.NewMemory()
			c := s.client(edit)
			for _, message := range []int{simSmall, simOdd, simNoHashes, simPage} {
				f := file(t, c, message)
				want := make([]byte, max(f.Size, 0))
				simdc.Content(f.ID, 0, want)
				r := open(t, c, f)
				if r.Size() != int64(len(want)) {
					t.Errorf("size %d", r.Size())
				}
				if err := iotest.TestReader(struct{ io.ReadSeeker }{r}, want); err != nil {
					t.Errorf("message %d: %v", message, err)
				}
				readAtRandom(t, r, want)
			}
		})
	}
}

// readAtRandom reads many ranges from several goroutines.
func readAtRandom(t *testing.T, r *Reader, want []byte) {
	t.Helper()
	var wg sync.WaitGroup
	for seed := range uint64(4) {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(seed, 0))
			for range 20 {
				off := random.Int64N(int64(len(want)) + 10)
				p := make([]byte, random.IntN(600<<10))
				n, err := r.ReadAt(p, off)
				right := want[min(off, int64(len(want))):]
				right = right[:min(len(p), len(right))]
				if !bytes.Equal(p[:n], right) || (n < len(p)) != (err == io.EOF) || err != nil && err != io.EOF {
					t.Errorf("%d bytes at %d: %d, %v", len(p), off, n, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestReaderFetchesWhatIsRead(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	r := open(t, c, file(t, c, simFourGiB))
	for _, off := range []int64{3 << 30, 1 << 20, 4<<30 - 100} {
		p := make([]byte, 100)
		if _, err := r.ReadAt(p, off); err != nil {
			t.Fatal(err)
		}
		want := make([]byte, 100)
		simdc.Content(4001, off, want)
		if !bytes.Equal(p, want) {
			t.Errorf("wrong bytes at %d", off)
		}
	}
	if n := s.Log().DC(simMediaDC).FileBytes; n > 3*pieceSize {
		t.Errorf("%d bytes were fetched for three hundred", n)
	}
}

func TestReaderReadsAhead(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	r := open(t, c, file(t, c, simVideo))
	if _, err := io.CopyN(io.Discard, struct{ io.Reader }{r}, 8<<20); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	n := s.Log().DC(simMediaDC).FileBytes
	if n < 8<<20+pieceSize || n > 8<<20+(maxDepth+1)*pieceSize {
		t.Errorf("%d bytes were fetched for 8 MiB in order", n)
	}
}

// slowStart is a server that answers for the first bytes of a file alone.
type slowStart struct {
	answers int64 // so many of them
}

func (d *slowStart) Do(ctx context.Context, t dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	if request, ok := in.(*tg.UploadGetFileRequest); !ok || request.Offset < d.answers {
		return emptyDC{}.Do(ctx, t, in, out)
	}
	<-ctx.Done()
	return context.Cause(ctx)
}

// What was asked for ahead of a reader that then went elsewhere is given up.
func TestReaderGivesUpWhatItPassed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &slowStart{answers: 2 * pieceSize}
		c, err := New(Config{Doer: server, Cache: cache.None{}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		r, err := c.Open(t.Context(), File{Kind: Document, ID: 1, DC: 4, Size: 1 << 30, Location: &tg.InputDocumentFileLocation{}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(io.Discard, struct{ io.Reader }{r}, 2*pieceSize); err != nil {
			t.Fatal(err)
		}
		var reads sync.WaitGroup
		read := func(off int64) {
			reads.Go(func() {
				if _, err := r.ReadAt(make([]byte, 1), off); !errors.Is(err, ErrReaderClosed) {
					t.Errorf("a read at %d: %v", off, err)
				}
			})
			synctest.Wait()
		}
		synctest.Wait()
		if c.Stats().InFlight < 2*pieceSize {
			t.Fatalf("%d bytes are in flight", c.Stats().InFlight)
		}
		read(100 << 20)
		if got := c.Stats().InFlight; got != pieceSize {
			t.Errorf("%d bytes are in flight for one piece", got)
		}
		read(200 << 20) // Somebody waits for the one before.
		if got := c.Stats().InFlight; got != 2*pieceSize {
			t.Errorf("%d bytes are in flight for two pieces", got)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		reads.Wait()
	})
}

// mapCache keeps everything.
type mapCache struct{ pieces sync.Map }

func (m *mapCache) Get(key cache.Key, dst []byte) (int, bool) {
	piece, ok := m.pieces.Load(key)
	if !ok {
		return 0, false
	}
	return copy(dst, piece.([]byte)), true
}

func (m *mapCache) Put(key cache.Key, piece []byte) { m.pieces.Store(key, bytes.Clone(piece)) }
func (m *mapCache) Close()                          {}

// What is in the cache costs no network, and waits for none.
func TestReaderTakesNoBudgetForWhatIsCached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Config{Doer: emptyDC{}, Cache: new(mapCache), Limits: Limits{BytesInFlight: 8 << 20}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		file := File{Kind: Document, ID: 1, Size: 1 << 30, Location: &tg.InputDocumentFileLocation{}}
		read := func(off int64) error {
			ctx, giveUp := context.WithTimeout(t.Context(), time.Minute)
			defer giveUp()
			r, err := c.OpenWith(ctx, file, ReaderOptions{Verify: VerifyOff, Ahead: -1})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			_, err = r.ReadAt(make([]byte, pieceSize), off)
			return err
		}
		if err := read(0); err != nil {
			t.Fatal(err)
		}
		var others share
		if err := c.budget.reserve(t.Context(), &others, 8<<20, 1<<30); err != nil {
			t.Fatal(err)
		}
		if err := read(0); err != nil {
			t.Errorf("what was read before: %v", err)
		}
		if err := read(pieceSize); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("what was not read before does not wait for the budget: %v", err)
		}
		c.budget.release(&others, 8<<20)
	})
}

// A reader that waits for the budget holds no memory yet.
func TestReaderReservesBeforeItAllocates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Config{Doer: emptyDC{}, Cache: cache.None{}, Limits: Limits{BytesInFlight: 8 << 20}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		var others share
		if err := c.budget.reserve(t.Context(), &others, 8<<20, 1<<30); err != nil {
			t.Fatal(err)
		}
		r, err := c.Open(t.Context(), File{Kind: Document, ID: 1, Size: 1 << 30, Location: &tg.InputDocumentFileLocation{}})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		p := make([]byte, maxDepth*pieceSize)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		done := make(chan error)
		go func() {
			_, err := r.ReadAt(p, 0)
			done <- err
		}()
		synctest.Wait()
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took >= pieceSize {
			t.Errorf("%d bytes were allocated", took)
		}
		c.budget.release(&others, 8<<20)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestReaderCloses(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	f := file(t, c, simVideo)
	s.fault(scenario.Fault{Do: scenario.DoDrop, Method: "upload.getFile"})
	r := open(t, c, f)
	failed := make(chan error)
	go func() {
		_, err := r.ReadAt(make([]byte, 100), 0)
		failed <- err
	}()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; !errors.Is(err, ErrReaderClosed) {
		t.Errorf("a read that waits: %v", err)
	}
	if _, err := r.ReadAt(make([]byte, 100), 0); !errors.Is(err, ErrReaderClosed) {
		t.Errorf("a read afterwards: %v", err)
	}

	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	r, err := c.Open(ctx, f)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.ReadAt(make([]byte, 100), 0); !errors.Is(err, stop) {
		t.Errorf("a read after the context: %v", err)
	}
}

func TestReaderRefuses(t *testing.T) {
	c, err := New(Config{Doer: lyingDC{}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, size := range []int64{-7, chunker.MaxSize + 1} {
		if _, err := c.Open(t.Context(), handMade(size)); !errors.Is(err, chunker.ErrSize) {
			t.Errorf("size %d: %v", size, err)
		}
	}
	r, err := c.Open(t.Context(), handMade(100))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.ReadAt(make([]byte, 1), -1); err == nil {
		t.Error("a negative offset was read")
	}
	for _, seek := range []struct {
		offset int64
		whence int
	}{{-1, io.SeekStart}, {-101, io.SeekEnd}, {0, 7}} {
		if _, err := r.Seek(seek.offset, seek.whence); err == nil {
			t.Errorf("seek %+v", seek)
		}
	}
}
