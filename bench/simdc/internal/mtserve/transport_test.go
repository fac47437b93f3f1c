package mtserve

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/gotd/td/mt"
)

// watcher is an Observer that a test can wait on.
type watcher struct {
	NopObserver
	ready     chan *Conn
	closed    chan error
	exchanged chan Exchange
	answers   chan Answer
}

func newWatcher() *watcher {
	return &watcher{
		ready: make(chan *Conn, 100), closed: make(chan error, 100),
		exchanged: make(chan Exchange, 100), answers: make(chan Answer, 1000),
	}
}

func (w *watcher) ConnReady(c *Conn)                { w.ready <- c }
func (w *watcher) ConnClosed(_ *Conn, reason error) { w.closed <- reason }
func (w *watcher) Exchanged(_ *Conn, e Exchange)    { w.exchanged <- e }
func (w *watcher) Answered(_ *Request, a Answer)    { w.answers <- a }

// await receives within patience.
func await[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatal("nothing happened")
		panic("unreachable")
	}
}

func TestTransports(t *testing.T) {
	for name := range transports {
		t.Run(name, func(t *testing.T) {
			w := newWatcher()
			s := serve(t, Config{Observer: w})
			c := s.login(t, s.dial(t, name, -testDC))
			for _, size := range []int{0, 100, 500, 508, 70 << 10, 1 << 20} {
				q := query{randomBytes(size)}
				c.answered(c.ask(q), q)
			}
			conn := await(t, w.ready)
			if conn.Transport != name {
				t.Errorf("transport is said to be %s", conn.Transport)
			}
			wantDC := 0
			if conn.obfuscation != nil {
				wantDC = -testDC
			}
			if conn.HeaderDC != wantDC {
				t.Errorf("header names dc %d, want %d", conn.HeaderDC, wantDC)
			}
			if in, out := conn.BytesIn(), conn.BytesOut(); in < 1<<20 || out < 1<<20 {
				t.Errorf("%d bytes in, %d out", in, out)
			}
		})
	}
}

func TestWrongHeaderDC(t *testing.T) {
	for dc, accepted := range map[int]bool{
		0: true, testDC: true, -testDC: true, 10000 + testDC: true, -10000 - testDC: true,
		1: false, -4: false, 10001: false, -32768: false,
	} {
		t.Run(fmt.Sprint(dc), func(t *testing.T) {
			s := serve(t, Config{CheckHeaderDC: true})
			c := s.login(t, s.dial(t, "obfuscated2+padded", dc))
			id := c.tell(&mt.PingRequest{PingID: 5})
			if accepted {
				if pong := expect[mt.Pong](c); pong.MsgID != id || pong.PingID != 5 {
					t.Errorf("got %+v", pong)
				}
				return
			}
			c.refused(-444)
			c.tell(&mt.PingRequest{PingID: 6})
			c.refused(-444)
		})
	}
}

// TestAnyHeaderDC checks that random bytes in place of a DC id in the header do
// no harm.
func TestAnyHeaderDC(t *testing.T) {
	s := serve(t, Config{})
	for _, dc := range []int{1, -4, 10001, 12345, -32768, 32767} {
		c := s.dial(t, "obfuscated2+padded", dc)
		newHandshake(c).run(&rsaKey().PublicKey)
		c.works()
	}
}

func TestQuickAckBitIsTolerated(t *testing.T) {
	for _, name := range []string{"abridged", "intermediate"} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, Config{})
			c := s.login(t, s.dial(t, name, testDC))
			c.rw = quickAck{c.nc, name == "abridged"}
			q := query{[]byte("quick")}
			c.answered(c.ask(q), q)
		})
	}
}

// quickAck sets the quick-ack bit of every header that passes.
type quickAck struct {
	net.Conn
	abridged bool
}

func (q quickAck) Write(p []byte) (int, error) {
	b := bytes.Clone(p)
	switch {
	case q.abridged && len(b) == 1:
		b[0] |= 0x80
	case !q.abridged && len(b) == 4:
		b[3] |= 0x80
	}
	return q.Conn.Write(b)
}

func TestBrokenStreams(t *testing.T) {
	header := func(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }
	for name, stream := range map[string][]byte{
		"http":                            []byte("GET / HTTP/1.1\r\n\r\n"),
		"unknown tag":                     bytes.Repeat([]byte{1}, 64),
		"frame too large":                 append(bytes.Repeat([]byte{0xee}, 4), header(maxFrame+1)...),
		"frame of nothing":                append(bytes.Repeat([]byte{0xee}, 4), header(0)...),
		"frame too short":                 append(bytes.Repeat([]byte{0xee}, 4), 4, 0, 0, 0, 1, 2, 3, 4),
		"full, wrong crc":                 append(header(16), make([]byte, 12)...),
		"full, shorter than its envelope": append(header(12), make([]byte, 8)...),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWatcher()
			s := serve(t, Config{Observer: w})
			nc, err := net.Dial("tcp", s.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			if _, err := nc.Write(stream); err != nil {
				t.Fatal(err)
			}
			await(t, w.closed)
			_ = nc.SetReadDeadline(time.Now().Add(patience))
			if n, err := nc.Read(make([]byte, 1)); n > 0 || err == nil {
				t.Error("the server answered")
			}
		})
	}
}

func TestManyConnections(t *testing.T) {
	s := serve(t, Config{})
	first := s.connect(t)
	var wg sync.WaitGroup
	for i := range 8 {
		c := s.again(t, first)
		if i%2 == 0 {
			c.session = randomID(t)
		} else {
			// One session on several connections: its messages are numbered
			// by all of them, so only service messages are sent.
			c.session = first.session
		}
		wg.Go(func() {
			for range 20 {
				id := c.tell(&mt.PingRequest{PingID: 1})
				if pong := expect[mt.Pong](c); pong.MsgID != id {
					t.Errorf("pong for %x, want %x", pong.MsgID, id)
				}
			}
		})
	}
	wg.Wait()
}

// Who only says that much will come gets no memory for it.
func TestFramesCostWhatComes(t *testing.T) {
	le := binary.LittleEndian
	for name, stream := range map[string][]byte{
		"intermediate": le.AppendUint32([]byte{0xee, 0xee, 0xee, 0xee}, maxFrame),
		"abridged":     le.AppendUint32([]byte{0xef}, maxFrame/4<<8|0x7f),
		"full":         append(le.AppendUint32(nil, maxFrame), make([]byte, 8)...),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r, _, err := detect(bytes.NewReader(stream), nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := r.read(); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %v", name, err)
		}
		runtime.ReadMemStats(&after)
		if cost := after.TotalAlloc - before.TotalAlloc; cost > maxFrame/8 {
			t.Errorf("%s: %d bytes of memory for a frame of which nothing came", name, cost)
		}
	}
}
