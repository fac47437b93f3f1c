package fetcher

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/tgfetch/tgfetch/cache"
	"github.com/tgfetch/tgfetch/chunker"
)

// TestStream streams files of each kind whole and from an offset on.
func TestStream(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	for _, message := range []int{simSmall, simMedium, simOdd, simNoHashes, simOnCDN, simUnproven} {
		f := file(t, c, message)
		want := contentOf(f)
		for _, from := range []int64{0, f.Size / 2, max(f.Size-1, 0), f.Size} {
			t.Run(fmt.Sprintf("message %d from %d", message, from), func(t *testing.T) {
				var got bytes.Buffer
				r, err := c.Stream(t.Context(), f, &got, StreamOptions{From: from, Hash: true})
				if err != nil || !bytes.Equal(got.Bytes(), want[from:]) || r.Bytes != f.Size-from {
					t.Fatalf("%d bytes, %v", got.Len(), err)
				}
				if sum := sha256.Sum256(want[from:]); !bytes.Equal(r.SHA256, sum[:]) {
					t.Errorf("hash %x, want %x", r.SHA256, sum)
				}
				switch {
				case message == simUnproven && r.Bytes > 0 && (r.Proven != 0 || r.Why != ReasonNoHash):
					t.Errorf("without hashes %d bytes are proven, and the reason is %q", r.Proven, r.Why)
				case message != simUnproven && (r.Proven != r.Bytes || len(r.Unproven) != 0 || r.Why != ""):
					t.Errorf("%d of %d bytes proven, since %q", r.Proven, r.Bytes, r.Why)
				}
			})
		}
	}
	small := file(t, c, simSmall)
	for _, from := range []int64{-1, small.Size + 1} {
		if _, err := c.Stream(t.Context(), small, io.Discard, StreamOptions{From: from}); !errors.Is(err, chunker.ErrSize) {
			t.Errorf("from %d: %v", from, err)
		}
	}
}

// TestStreamGoesOn breaks off and goes on from what the writer has taken.
func TestStreamGoesOn(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	f := file(t, c, simMedium)
	var got bytes.Buffer
	full := errors.New("no room")
	first, err := c.Stream(t.Context(), f, &bounded{w: &got, left: 1_000_003, err: full}, StreamOptions{})
	if !errors.Is(err, full) || !strings.Contains(err.Error(), "the caller's writer") || first.Bytes != 1_000_003 {
		t.Fatalf("%d bytes, %v", first.Bytes, err)
	}
	if _, err := c.Stream(t.Context(), f, &got, StreamOptions{From: first.Bytes}); err != nil {
		t.Fatal(err)
	}
	checkBytes(t, got.Bytes(), f)
}

// bounded takes so many bytes and then fails.
type bounded struct {
	w    io.Writer
	left int
	err  error
}

func (b *bounded) Write(p []byte) (int, error) {
	n := min(len(p), b.left)
	b.left -= n
	m, err := b.w.Write(p[:n])
	if err == nil && n < len(p) {
		err = b.err
	}
	return m, err
}

// parts is a Writer that cannot be read back, and remembers how it was called.
type parts struct {
	mu      sync.Mutex
	data    []byte
	sizes   map[int64]int
	now     int
	most    int
	started atomic.Int64
	fail    func(call int64) error
}

func (p *parts) WriteAt(b []byte, at int64) (int, error) {
	call := p.started.Add(1)
	p.mu.Lock()
	p.now++
	p.most = max(p.most, p.now)
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.now--
	}()
	if p.fail != nil {
		if err := p.fail(call); err != nil {
			return 0, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	copy(p.data[at:], b)
	p.sizes[at] = len(b)
	return len(b), nil
}

func newParts(f File) *parts { return &parts{data: make([]byte, f.Size), sizes: map[int64]int{}} }

func TestWriteOnlySinks(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	f := file(t, c, simMedium)
	for _, tt := range []struct {
		align, writers int
		mode           VerifyMode
	}{{0, 0, VerifyServer}, {2 << 20, 1, VerifyFull}, {1_000_000, 3, VerifyFull}, {64 << 20, 2, VerifyServer}, {1 << 20, 2, VerifyOff}} {
		t.Run(fmt.Sprintf("%d bytes, %d writers, %v", tt.align, tt.writers, tt.mode), func(t *testing.T) {
			p := newParts(f)
			r, err := c.Fetch(t.Context(), f, Target{Writer: p, Align: tt.align, Writers: tt.writers, Verify: tt.mode, Hash: true})
			if err != nil {
				t.Fatal(err)
			}
			checkBytes(t, p.data, f)
			if sum := sha256.Sum256(p.data); !bytes.Equal(r.SHA256, sum[:]) {
				t.Errorf("hash %x, want %x", r.SHA256, sum)
			}
			if want := map[bool]int64{true: 0, false: f.Size}[tt.mode == VerifyOff]; r.Proven != want {
				t.Errorf("%d bytes proven, want %d", r.Proven, want)
			}
			if tt.writers > 0 && p.most > tt.writers {
				t.Errorf("%d calls at once", p.most)
			}
			for at, n := range p.sizes {
				if tt.align > 0 && (at%int64(tt.align) != 0 || n != tt.align && at+int64(n) != f.Size) {
					t.Errorf("%d bytes at %d", n, at)
				}
			}
		})
	}
}

// backedParts can be read back as well.
type backedParts struct{ *parts }

func (b backedParts) ReadAt(p []byte, at int64) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return copy(p, b.data[at:]), nil
}

// A sink that fails or panics ends its file with an error that says whose it
// is, and no call of it comes after Fetch has returned.
func TestSinksThatFail(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	f := file(t, c, simMedium)
	broken := errors.New("broken")
	for name, fail := range map[string]func(int64) error{
		"the first call": func(int64) error { return broken },
		"the third call": func(n int64) error {
			if n >= 3 {
				return broken
			}
			return nil
		},
		"a panic": func(int64) error { panic(broken) },
	} {
		for _, readable := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, readable %v", name, readable), func(t *testing.T) {
				p := newParts(f)
				p.fail = fail
				target := Target{Writer: p}
				if readable {
					target.Writer = backedParts{p}
				}
				_, err := c.Fetch(t.Context(), f, target)
				if err == nil || !strings.Contains(err.Error(), "the caller's writer") || !strings.Contains(err.Error(), "broken") {
					t.Fatalf("got %v", err)
				}
				if !errors.Is(err, broken) || !isA[*CallerError](err) {
					t.Errorf("errors.Is does not see %v in %v", broken, err)
				}
				if p.now != 0 {
					t.Errorf("%d calls are under way", p.now)
				}
			})
		}
	}
	t.Run("a dead context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		p := newParts(f)
		if _, err := c.Fetch(ctx, f, Target{Writer: p}); !errors.Is(err, context.Canceled) || p.started.Load() != 0 {
			t.Errorf("%d calls, %v", p.started.Load(), err)
		}
	})
}

// TestStreamsProveWhatTheyHandOn reads a file in order, at random offsets or into a
// Writer that cannot be read back, while bytes and hashes are wrong, late or missing.
// What is handed on is right, or is said not to be proven.
func TestStreamsProveWhatTheyHandOn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := &proofHistory{t: t}
		d := h.world()
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		d.event = func() {}
		if d.moment != 0 && d.hashes != hashesLate {
			d.event = func() { cancel(errKilled) }
		}
		c, err := New(Config{Doer: d, Cache: cache.None{}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		mode := rapid.SampledFrom([]VerifyMode{VerifyFull, VerifyServer, VerifyOff}).Draw(t, "mode")
		if d.hashes == hashesLate && mode == VerifyFull {
			mode = VerifyServer // It would wait for ever, as it should.
		}
		from := rapid.Int64Range(0, proofFile.Size).Draw(t, "from")
		got := make([]byte, proofFile.Size)
		written := int64(0)
		var r Result
		switch way := rapid.IntRange(0, 2).Draw(t, "way"); way {
		case 0:
			var b bytes.Buffer
			r, err = c.Stream(ctx, proofFile, &b, StreamOptions{From: from, Verify: mode})
			written = int64(copy(got[from:], b.Bytes()))
		case 1:
			in, openErr := c.OpenWith(ctx, proofFile, ReaderOptions{Verify: mode, Range: Range{from, proofFile.Size}})
			if openErr != nil {
				t.Fatal(openErr)
			}
			n, readErr := io.ReadFull(struct{ io.Reader }{in}, got[from:])
			err, written = readErr, int64(n)
			r = in.result()
			r.Bytes = written
			if err := in.Close(); err != nil {
				t.Fatal(err)
			}
		case 2:
			from = 0
			p := newParts(proofFile)
			r, err = c.Fetch(ctx, proofFile, Target{Writer: p, Align: 300_000, Verify: mode})
			if err != nil {
				return // Which parts were written is not said.
			}
			written = int64(copy(got, p.data))
		}
		h.handedOn(mode, got, from, written, r, err)
	})
}

func (h *proofHistory) handedOn(mode VerifyMode, got []byte, from, written int64, r Result, err error) {
	t := h.t
	end := from + written
	unproven := int64(0)
	for _, u := range r.Unproven {
		unproven += u.Len()
	}
	for _, p := range h.provenOf(r.Unproven, from, end) {
		if !bytes.Equal(got[p.From:p.To], proofContent[p.From:p.To]) {
			t.Fatalf("%v: wrong bytes in %v, and not said to be unproven: %+v, %v", mode, p, r, err)
		}
	}
	switch {
	case err != nil:
		return
	case written != proofFile.Size-from || r.Bytes != written:
		t.Fatalf("%v: %d of %d bytes, and no error: %+v", mode, written, proofFile.Size-from, r)
	case r.Proven+unproven != written || (r.Why != "") != (len(r.Unproven) > 0):
		t.Fatalf("%v: the books do not agree: %+v", mode, r)
	case mode == VerifyFull && r.Proven != r.Bytes:
		t.Fatalf("a full verification leaves bytes unproven: %+v", r)
	}
}
