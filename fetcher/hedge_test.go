package fetcher

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/cache"
	"github.com/tgfetch/tgfetch/chunker"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/filedata"
)

// A connection that falls silent near the end does not hold up the file: its
// parts come over another one, long before the connection is given up.
func TestLatePartsComeAnotherWay(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(func(cfg *Config) { cfg.Limits.Pool.StallTimeout = time.Hour })
	f := file(t, c, simVideo)
	windows := int(f.Size / (128 << 10))
	s.fault(scenario.Fault{Do: scenario.DoStall, Method: "upload.getFile", File: f.ID, EveryWindow: windows, Times: 1})
	dir := t.TempDir()
	ctx, cancel := context.WithTimeoutCause(t.Context(), 5*time.Minute, errors.New("it waits for the silent connection"))
	defer cancel()
	result, err := c.Fetch(ctx, f, Target{Dir: dir, Hash: true})
	if err != nil {
		t.Fatal(err)
	}
	checkContent(t, result.Path, f)
	stats := c.Stats()
	if stats.Hedges == 0 {
		t.Error("nothing was asked for twice")
	}
	var ranges []simdc.Range
	for _, conn := range s.Log().Conns() {
		ranges = append(ranges, conn.Ranges...)
	}
	if _, twice := simdc.Coverage(ranges); twice > max(maxPart, f.Size/hedgeShare)+maxPart {
		t.Errorf("%d bytes of %d were sent twice", twice, f.Size)
	}
}

func TestPaceBoundsHedges(t *testing.T) {
	near, far, onCDN := lane{2, dcpool.Media}, lane{5, dcpool.Media}, lane{2, dcpool.CDN}
	var p pace
	if p.patience(near) != 0 {
		t.Error("patience without any experience")
	}
	p.took(near, 10*time.Millisecond, 1<<20)
	if got := p.patience(near); got != leastLate {
		t.Errorf("a fast path: %v, want %v", got, leastLate)
	}
	for range 50 {
		p.took(far, time.Second, 1<<20)
		p.brought(1 << 20)
	}
	if got := p.patience(far); got != lateTimes*time.Second {
		t.Errorf("patience %v, want %v", got, lateTimes*time.Second)
	}
	if got := p.patience(near); got != leastLate {
		t.Errorf("the far data center made the near one slow: %v", got)
	}
	for n, want := range map[int]time.Duration{1 << 20: time.Second, 1 << 19: time.Second / 2, 1 << 21: time.Second} {
		if got := p.expected(far, n); got != want {
			t.Errorf("%d bytes are expected to take %v, want %v", n, got, want)
		}
	}
	if got := p.expected(onCDN, 1); got != 0 {
		t.Errorf("expected %v without experience", got)
	}
	if got := p.patience(onCDN); got != 0 {
		t.Errorf("experience of another kind of connection: %v", got)
	}
	// 50 MiB brought: one may be asked for twice.
	if !p.mayHedge(1<<20) || p.mayHedge(1) {
		t.Error("the share of hedges is not 2 %")
	}
	if p.hedges() != 1 {
		t.Errorf("%d hedges counted, want 1", p.hedges())
	}
}

// queueDC has each request wait for a connection, refuses the third once, and
// then takes a second for each.
type queueDC struct {
	emptyDC
	asked atomic.Int64
}

func (d *queueDC) Do(ctx context.Context, t dcpool.Target, in bin.Encoder, out bin.Decoder) error {
	time.Sleep(time.Minute) // Virtual, as in a gate, for an import, for a dial.
	n := d.asked.Add(1)
	t.OnConn(dcpool.ConnID(n))
	time.Sleep(time.Second)
	if n == 3 {
		return tgerr.New(400, "LIMIT_INVALID")
	}
	return d.emptyDC.Do(ctx, t, in, out)
}

func (*queueDC) PartSize(dcpool.Target) int { return 1 << 20 }

func (*queueDC) Room() int { return 0 }

// What a request waits before a connection has it says nothing about the path,
// and neither does one that had to be made again.
func TestPaceIsThatOfConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &queueDC{}
		c, err := New(Config{Doer: d, Cache: cache.None{}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		f := File{Kind: Document, ID: 1, DC: 2, Size: 20 << 20, Location: &tg.InputDocumentFileLocation{}}
		if _, err := c.Fetch(t.Context(), f, Target{Writer: &discard{}, Verify: VerifyOff}); err != nil {
			t.Fatal(err)
		}
		if got := c.pace.patience(lane{2, dcpool.Media}); got != lateTimes*time.Second {
			t.Errorf("patience %v, want %v", got, lateTimes*time.Second)
		}
		if n := c.Stats().Hedges; n != 0 {
			t.Errorf("%d parts were asked for twice", n)
		}
	})
}

// secondThoughts answers its first request last, and with other bytes.
type secondThoughts struct {
	asked   atomic.Int64
	answer  chan struct{}
	waiting chan struct{}
}

func (d *secondThoughts) Do(_ context.Context, _ dcpool.Target, _ bin.Encoder, out bin.Decoder) error {
	answer := out.(*filedata.FileAnswer)
	dst := answer.Into()
	answer.N = len(dst)
	fill := byte(1)
	if d.asked.Add(1) == 1 {
		close(d.waiting)
		<-d.answer
		fill = 2
	}
	for i := range dst {
		dst[i] = fill
	}
	return nil
}

// memory is a writer to memory.
type memory []byte

func (m memory) WriteAt(p []byte, at int64) (int, error) { return copy(m[at:], p), nil }

// Once bytes are there, whoever comes second with other ones is not heard.
func TestLateAnswersAreNotWritten(t *testing.T) {
	d := &secondThoughts{answer: make(chan struct{}), waiting: make(chan struct{})}
	c, err := New(Config{Doer: d})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const size = 256 << 10
	plan, err := chunker.New(size)
	if err != nil {
		t.Fatal(err)
	}
	out := make(memory, size)
	f := File{Kind: Document, ID: 1, DC: 2, Size: size, Location: &tg.InputDocumentFileLocation{}}
	run := c.newTransfer(f, plan, writer{to: out}, time.Now())
	first, ok := plan.Next(size)
	second, hedged := plan.Hedge()
	if !ok || !hedged {
		t.Fatal("nothing to ask for")
	}
	ended := make(chan error)
	go func() { ended <- run.fetch(t.Context(), first) }()
	<-d.waiting
	if err := run.fetch(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	close(d.answer)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if n := bytes.Count(out, []byte{1}); n != size {
		t.Errorf("%d of %d bytes are those that came first", n, size)
	}
	if all, _ := run.complete(); !all {
		t.Error("bytes are missing")
	}
}

// A large file that takes all there is does not make a small one wait for more
// than what is on its way.
func TestBudgetIsFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(8, 8, 8)
		var large, small share
		var mu sync.Mutex
		var order []string
		ask := func(name string, s *share) {
			if err := b.reserve(t.Context(), s, 1, 1<<30); err != nil {
				t.Error(err)
			}
			mu.Lock()
			order = append(order, name)
			mu.Unlock()
			time.Sleep(time.Second) // Virtual.
			b.release(s, 1)
		}
		for i := range 32 {
			go func() { time.Sleep(time.Duration(i) * time.Millisecond); ask("large", &large) }()
		}
		time.Sleep(500 * time.Millisecond)
		for range 4 {
			go ask("small", &small)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		last := 0
		for i, name := range order {
			if name == "small" {
				last = i
			}
		}
		if len(order) != 36 || last > 15 {
			t.Errorf("the small file was served in turns up to %d of %v", last, order)
		}
	})
}

func TestBudgetFollowsTheConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(2, 1, 6)
		var s share
		for range 8 {
			go func() {
				if b.reserve(t.Context(), &s, 1, 1<<30) == nil {
					time.Sleep(time.Minute)
					b.release(&s, 1)
				}
			}()
		}
		for _, tt := range []struct{ ask, want int64 }{{0, 2}, {1, 2}, {4, 4}, {3, 4}, {100, 6}, {0, 6}} {
			b.resize(tt.ask)
			synctest.Wait()
			if got := b.inUse(); got != tt.want {
				t.Errorf("after asking for %d: %d in use, want %d", tt.ask, got, tt.want)
			}
		}
		time.Sleep(time.Hour)
	})
}
