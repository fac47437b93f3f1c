package fetcher

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/cache"
	"github.com/tgfetch/tgfetch/dcpool"
)

// wanPath is a data center at the end of a long path, in virtual time: connections of
// one rate with a window each, and calls that wait for one, those that go first
// before the others. Its answers say nothing.
type wanPath struct {
	trip   time.Duration
	rate   int64 // of a connection, in bytes per second
	window int

	mu      sync.Mutex
	conns   []*pathConn
	waiting []*pathCall
}

type pathConn struct {
	inFlight int
	idle     time.Time // when what was asked for so far has been sent
}

type pathCall struct {
	n     int
	first bool
	since time.Time
	conn  *pathConn
	ready chan struct{}
}

func newWANPath(conns int, rate int64, trip time.Duration) *wanPath {
	p := &wanPath{trip: trip, rate: rate, window: int(float64(rate) * (1.25*trip.Seconds() + 0.025))}
	for range conns {
		p.conns = append(p.conns, new(pathConn))
	}
	return p
}

func (p *wanPath) PartSize(dcpool.Target) int { return 256 << 10 }
func (p *wanPath) Room() int                  { return len(p.conns) * p.window }
func (p *wanPath) Queues() (small, large int) { return 5, 2 }

func (p *wanPath) Do(ctx context.Context, t dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	call := &pathCall{n: t.Bytes, first: t.First, since: time.Now(), ready: make(chan struct{})}
	p.mu.Lock()
	i := len(p.waiting)
	for call.first && i > 0 && !p.waiting[i-1].first && call.since.Sub(p.waiting[i-1].since) < time.Second {
		i--
	}
	p.waiting = slices.Insert(p.waiting, i, call)
	p.serveLocked()
	p.mu.Unlock()
	<-call.ready // Every call is answered some day.
	t.OnConn(1)

	p.mu.Lock()
	c := call.conn
	begins := time.Now().Add(p.trip / 2) // The request travels, then the answer queues.
	if c.idle.After(begins) {
		begins = c.idle
	}
	c.idle = begins.Add(time.Duration(int64(call.n) * int64(time.Second) / p.rate))
	arrives := c.idle.Add(p.trip / 2)
	p.mu.Unlock()
	time.Sleep(time.Until(arrives))

	p.mu.Lock()
	c.inFlight -= call.n
	p.serveLocked()
	p.mu.Unlock()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return emptyDC{}.Do(ctx, t, in, out)
}

func (p *wanPath) serveLocked() {
	for len(p.waiting) > 0 {
		call := p.waiting[0]
		c := slices.MinFunc(p.conns, func(a, b *pathConn) int { return a.inFlight - b.inFlight })
		if c.inFlight > 0 && c.inFlight+call.n/2 > p.window {
			return
		}
		p.waiting = p.waiting[1:]
		c.inFlight += call.n
		call.conn = c
		close(call.ready)
	}
}

// filmID is larger than that of any photo.
const filmID = 1 << 40

// photosAndFilm is how long photos of 64 KiB take, beside a film if it is so, and how
// many bytes of the film come in the time that passes until then. There is no film
// of -1 bytes.
func photosAndFilm(t *testing.T, photos int, film int64) (took, passed time.Duration, ofFilm int64) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Config{Doer: newWANPath(8, 10e6, 100*time.Millisecond), Cache: cache.None{}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		begun := time.Now()
		start := begun
		files := func(yield func(File, error) bool) {
			f := File{Kind: Document, ID: filmID, DC: 4, Location: &tg.InputDocumentFileLocation{}, Size: film}
			if film >= 0 && !yield(f, nil) {
				return
			}
			time.Sleep(2 * time.Second) // The film takes what there is.
			start = time.Now()
			for i := range photos {
				if i%100 == 0 {
					time.Sleep(100 * time.Millisecond) // A page of messages.
				}
				f.ID, f.Size = int64(i+1), 64<<10
				if !yield(f, nil) {
					return
				}
			}
		}
		stop := errors.New("stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		for result, err := range c.FetchAll(ctx, files, func(File) Target { return Target{Writer: &discard{}, Verify: VerifyOff} }) {
			if result.File.ID == filmID {
				continue
			}
			if err != nil {
				t.Error(err)
			}
			if photos--; photos > 0 {
				continue
			}
			took, passed = time.Since(start), time.Since(begun)
			for _, p := range c.Stats().Active {
				ofFilm += p.Done
			}
			cancel(stop)
		}
	})
	return took, passed, ofFilm
}

// Small files behind a large one take hardly longer than without it, and the path
// stays full meanwhile.
func TestSmallFilesBehindALargeOne(t *testing.T) {
	const photos, size = 500, 64 << 10
	alone, _, _ := photosAndFilm(t, photos, -1)
	behind, passed, film := photosAndFilm(t, photos, 1<<30)
	if behind > alone*13/10 {
		t.Errorf("small files take %v behind a large one, %v without it", behind, alone)
	}
	// Without what is on its way, up to 15 MB, and the first round trip.
	if path := (passed-100*time.Millisecond).Seconds()*80e6 - 15e6; float64(film+photos*size) < 0.9*path {
		t.Errorf("%d MB came in %v", (film+photos*size)/1e6, passed)
	}
}
