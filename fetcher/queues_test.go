package fetcher

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/cache"
	"github.com/tgfetch/tgfetch/dcpool"
)

func sized(dc int, size int64) File { return File{Kind: Document, ID: 1, DC: dc, Size: size} }

// Telegram's numbers of files at once bound each data center by itself.
func TestQueueSizes(t *testing.T) {
	telegram := func() (small, large int) { return 5, 2 }
	premium := func() (small, large int) { return 10, 4 }
	for _, test := range []struct {
		name   string
		limits Limits
		sizes  func() (small, large int)
		size   int64
		each   int // of two data centers
	}{
		{"large", Limits{}, telegram, 20 << 20, 2},
		{"large, premium", Limits{}, premium, 20 << 20, 4},
		{"small of many requests", Limits{}, telegram, 20<<20 - 1, 5},
		{"small of 16 requests", Limits{}, telegram, 2 << 20, 5},
		{"small of 8 requests", Limits{}, telegram, 1 << 20, 10},
		{"one request each", Limits{}, telegram, 64 << 10, 64}, // 128 in all.
		{"one by one", Limits{}, telegram, UnknownSize, 64},
		{"the user's number of all", Limits{Files: 6}, telegram, 10 << 20, 3},
		{"the user's number of large ones", Limits{LargeFiles: 10}, telegram, 1 << 30, 5},
		{"more than the server asks for", Limits{Files: 200}, telegram, 10 << 20, 100},
	} {
		q := newQueues(test.limits, test.sizes)
		for range 300 {
			q.add(sized(1, test.size))
			q.add(sized(2, test.size))
		}
		var begun []File
		count := map[int]int{}
		for f, ok := q.next(); ok; f, ok = q.next() {
			begun = append(begun, f)
			count[f.DC]++
		}
		if count[1] != test.each || count[2] != test.each {
			t.Errorf("%s: %v at once, want %d on each data center", test.name, count, test.each)
		}
		for _, f := range begun {
			q.ended(f)
		}
		if q.running != 0 || q.runningLarge != 0 || len(q.requests) != 0 {
			t.Errorf("%s: after all ended: %+v", test.name, q)
		}
		for range begun {
			if _, ok := q.next(); !ok {
				t.Fatalf("%s: places do not come back", test.name)
			}
		}
	}
}

// A file that needs a whole place gets it in its turn, however many follow that
// need less.
func TestQueueKeepsItsOrder(t *testing.T) {
	q := newQueues(Limits{}, func() (small, large int) { return 1, 1 })
	for range fileRequests {
		q.add(sized(4, 4<<10))
	}
	q.add(sized(4, 10<<20))
	q.add(sized(4, 4<<10))
	q.add(sized(5, 10<<20))
	var begun []File
	for f, ok := q.next(); ok; f, ok = q.next() {
		begun = append(begun, f)
	}
	if last := begun[len(begun)-1]; len(begun) != fileRequests+1 || last.DC != 5 {
		t.Fatalf("%d files began, the last one %+v", len(begun), last)
	}
	for _, f := range begun[:fileRequests] {
		q.ended(f)
	}
	if f, ok := q.next(); !ok || f.Size != 10<<20 {
		t.Fatalf("%+v, %v in place of the file that waited", f, ok)
	}
	if f, ok := q.next(); ok {
		t.Fatalf("%+v beside a file that takes all of the only place", f)
	}
}

// heldFiles answers as emptyDC does, but keeps large files waiting until they may.
type heldFiles struct {
	small, large int
	released     chan struct{}
}

func (h heldFiles) Queues() (small, large int) { return h.small, h.large }

func (h heldFiles) Do(ctx context.Context, t dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	if in.(*tg.UploadGetFileRequest).Location.(*tg.InputDocumentFileLocation).ID < 0 {
		select {
		case <-h.released:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return emptyDC{}.Do(ctx, t, in, out)
}

// Large files that wait for a place hold up no small ones that come after them,
// and as many are on their way as Telegram asks for.
func TestQueuedLargeFilesHoldUpNoSmallOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := heldFiles{small: 5, large: 2, released: make(chan struct{})}
		c, err := New(Config{Doer: server, Cache: cache.None{}, Limits: Limits{BytesInFlight: 64 << 20}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		const films, photos = 200, 300
		files := func(yield func(File, error) bool) {
			for i := range int64(films + photos) {
				f := sized(4, largeFile)
				f.ID = -1 - i
				if i >= films {
					f.ID, f.Size = i, 4<<10
				}
				f.Location = &tg.InputDocumentFileLocation{ID: f.ID}
				if !yield(f, nil) {
					return
				}
			}
		}
		ended := make(chan int64, films+photos)
		go func() {
			defer close(ended)
			for result, err := range c.FetchAll(t.Context(), files, func(File) Target { return Target{Writer: &discard{}, Verify: VerifyOff} }) {
				if err != nil {
					t.Error(err)
				}
				ended <- result.File.ID
			}
		}()
		synctest.Wait()
		if n := len(ended); n != photos {
			t.Errorf("%d small files are done while the large ones wait, want %d", n, photos)
		}
		if n := len(c.Stats().Active); n != server.large {
			t.Errorf("%d large files at once, want %d", n, server.large)
		}
		close(server.released)
		n := 0
		for range ended {
			n++
		}
		if n != films+photos {
			t.Errorf("%d outcomes of %d files", n, films+photos)
		}
	})
}

// Files that were taken from the sequence have an outcome, also when they had to
// wait and then there was no more time.
func TestFilesThatNeverBeganHaveAnOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Config{Doer: heldFiles{small: 5, large: 2}, Cache: cache.None{}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		ctx, cancel := context.WithCancelCause(t.Context())
		taken := 0
		files := func(yield func(File, error) bool) {
			for {
				f := sized(4, largeFile)
				f.ID, f.Location = -1, &tg.InputDocumentFileLocation{ID: -1}
				taken++
				if !yield(f, nil) {
					return
				}
			}
		}
		go func() {
			synctest.Wait()
			cancel(ErrShort)
		}()
		ended := 0
		for _, err := range c.FetchAll(ctx, files, func(File) Target { return Target{Writer: &discard{}, Verify: VerifyOff} }) {
			ended++
			if err == nil {
				t.Error("a file that never came is done")
			}
		}
		if ended != taken || taken > lookAhead+5 {
			t.Errorf("%d outcomes of %d files", ended, taken)
		}
	})
}

// expectations notes what it is told that answers will have, and what is reserved.
type expectations struct {
	c      *Client
	bytes  int
	budget int64
}

func (e *expectations) Do(ctx context.Context, t dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	e.bytes, e.budget = t.Bytes, e.c.budget.inUse()
	return emptyDC{}.Do(ctx, t, in, out)
}

// A small file takes what it has of windows and budget, and not what its request
// could have brought.
func TestSmallFilesCountAsWhatTheyHave(t *testing.T) {
	e := new(expectations)
	c, err := New(Config{Doer: e, Cache: cache.None{}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	e.c = c
	f := sized(4, 5000)
	f.ID, f.Location = 1, &tg.InputDocumentFileLocation{ID: 1}
	if _, err := c.Fetch(t.Context(), f, Target{Writer: &discard{}, Verify: VerifyOff}); err != nil {
		t.Fatal(err)
	}
	if e.bytes != 5000 || e.budget != 5000 {
		t.Errorf("%d bytes of a window and %d of the budget for a file of 5000", e.bytes, e.budget)
	}
}
