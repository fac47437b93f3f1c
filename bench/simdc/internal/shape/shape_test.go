package shape

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A probe server answers each request, a big-endian uint64, with that many bytes.
type probeServer struct {
	l *Listener
	// accepted gets every connection as the server sees it.
	accepted chan net.Conn
}

func serveProbe(t *testing.T, link func(int) Link) *probeServer {
	t.Helper()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &probeServer{l: NewListener(tcp, link), accepted: make(chan net.Conn, 100)}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			nc, err := s.l.Accept()
			if err != nil {
				return
			}
			s.accepted <- nc
			all.Go(func() {
				defer nc.Close()
				answerProbes(nc)
			})
		}
	})
	t.Cleanup(func() {
		s.l.Shutdown()
		all.Wait()
	})
	return s
}

func answerProbes(nc net.Conn) {
	data := make([]byte, 64<<10)
	var request [8]byte
	for {
		if _, err := io.ReadFull(nc, request[:]); err != nil {
			return
		}
		for left := binary.BigEndian.Uint64(request[:]); left > 0; {
			n, err := nc.Write(data[:min(left, uint64(len(data)))])
			if err != nil {
				return
			}
			left -= uint64(n)
		}
	}
}

func (s *probeServer) dial(t *testing.T) net.Conn {
	t.Helper()
	nc, err := net.Dial("tcp", s.l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	return nc
}

// ask requests n bytes and returns when the first and the last of them came,
// counted from the request.
func ask(nc net.Conn, n int) (first, last time.Duration, err error) {
	buf := make([]byte, 64<<10)
	start := time.Now()
	if _, err := nc.Write(binary.BigEndian.AppendUint64(nil, uint64(n))); err != nil {
		return 0, 0, err
	}
	for n > 0 {
		got, err := nc.Read(buf)
		if err != nil {
			return 0, 0, err
		}
		if first == 0 {
			first = time.Since(start)
		}
		n -= got
	}
	return first, time.Since(start), nil
}

// exact is how well times and rates are kept.
const (
	exactTime = 5 * time.Millisecond
	exactRate = 0.03
)

// calm is how late timers may be for a measurement to count against the model.
const calm = 2 * time.Millisecond

// attempt repeats a measurement until it fits. A model that is wrong is wrong
// every time; a busy machine disturbs some measurements, or all of them, and
// then only the tests in virtual time say something.
func attempt(t *testing.T, measure func() error) {
	t.Helper()
	var wrong, disturbed []error
	for len(wrong) < 3 && len(wrong)+len(disturbed) < 8 {
		stop := watchTimers()
		err := measure()
		late := stop()
		switch {
		case err == nil:
			return
		case late <= calm:
			wrong = append(wrong, err)
		default:
			disturbed = append(disturbed, fmt.Errorf("with timers up to %v late: %w", late, err))
		}
	}
	if len(wrong) > 0 {
		t.Error(errors.Join(wrong...))
		return
	}
	t.Log("the machine is too busy to measure:", errors.Join(disturbed...))
}

// watchTimers measures how late timers are until it is stopped.
func watchTimers() (stop func() (latest time.Duration)) {
	const tick = time.Millisecond
	done, result := make(chan struct{}), make(chan time.Duration)
	go func() {
		var worst time.Duration
		for {
			start := time.Now()
			select {
			case <-time.After(tick):
				worst = max(worst, time.Since(start)-tick)
			case <-done:
				result <- worst
				return
			}
		}
	}()
	return func() time.Duration { close(done); return <-result }
}

func sameTime(what string, got, want time.Duration) error {
	if d := got - want; d < -exactTime || d > exactTime {
		return fmt.Errorf("%s took %v, want %v", what, got, want)
	}
	return nil
}

func sameRate(what string, got, want float64) error {
	if math.Abs(got-want) > want*exactRate {
		return fmt.Errorf("%s: %.2f MB/s, want %.2f", what, got/1e6, want/1e6)
	}
	return nil
}

// each runs f for n connections at once and joins the errors.
func each(n int, f func(int) error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = f(i) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func TestRTT(t *testing.T) {
	const rtt = 100 * time.Millisecond
	s := serveProbe(t, func(int) Link { return Link{RTT: rtt} })
	for _, n := range []int{1, 8} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			attempt(t, func() error {
				return each(n, func(int) error {
					dialled := time.Now()
					nc := s.dial(t)
					if _, _, err := ask(nc, 1); err != nil {
						return err
					}
					first := time.Since(dialled)
					again, _, err := ask(nc, 1)
					return errors.Join(err,
						sameTime("connect and request", first, 2*rtt),
						sameTime("request", again, rtt),
					)
				})
			})
		})
	}
}

// A connection that was dialled long ago has its round trip behind it.
func TestDialAhead(t *testing.T) {
	const rtt = 60 * time.Millisecond
	s := serveProbe(t, func(int) Link { return Link{RTT: rtt} })
	attempt(t, func() error {
		nc := s.dial(t)
		<-time.After(rtt / 2)
		half, _, err := ask(nc, 1)
		other := s.dial(t)
		<-time.After(2 * rtt)
		none, _, err2 := ask(other, 1)
		return errors.Join(err, err2,
			sameTime("request half an RTT after dialling", half, rtt+rtt/2),
			sameTime("request long after dialling", none, rtt),
		)
	})
}

func TestRate(t *testing.T) {
	const (
		rtt  = 40 * time.Millisecond
		rate = 8e6
		size = 4 << 20
	)
	s := serveProbe(t, func(int) Link { return Link{RTT: rtt, Down: Path{Rate: rate}} })
	for _, n := range []int{1, 8} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			attempt(t, func() error {
				return each(n, func(i int) error {
					nc := s.dial(t)
					if _, _, err := ask(nc, 1); err != nil {
						return err
					}
					first, last, err := ask(nc, size)
					return errors.Join(err,
						sameTime("first byte", first, rtt),
						sameRate(fmt.Sprint("connection ", i), size/(last-rtt).Seconds(), rate),
					)
				})
			})
		})
	}
}

func TestUpRate(t *testing.T) {
	const rate = 4e6
	s := serveProbe(t, func(int) Link { return Link{Up: Path{Rate: rate}} })
	attempt(t, func() error {
		nc := s.dial(t)
		// Requests of nothing, and then of one byte.
		const size = 2 << 20
		start := time.Now()
		if _, err := nc.Write(make([]byte, size)); err != nil {
			return err
		}
		if _, _, err := ask(nc, 1); err != nil {
			return err
		}
		return sameRate("up", size/time.Since(start).Seconds(), rate)
	})
}

func TestSharedQueues(t *testing.T) {
	const (
		rtt     = 20 * time.Millisecond
		conns   = 8
		size    = 1 << 20
		dc      = 24e6
		account = 12e6
	)
	link := Link{RTT: rtt, Down: Path{Rate: 10e6, Queues: []*Queue{NewQueue(dc)}}}
	s := serveProbe(t, func(int) Link { return link })
	measure := func(want float64, prepare func(net.Conn)) func() error {
		return func() error {
			all := make([]net.Conn, conns)
			for i := range all {
				all[i] = s.dial(t)
				prepare(<-s.accepted)
				if _, _, err := ask(all[i], 1); err != nil {
					return err
				}
			}
			finished := make([]time.Duration, conns)
			start := time.Now()
			err := each(conns, func(i int) error {
				_, _, err := ask(all[i], size)
				finished[i] = time.Since(start)
				return err
			})
			total := sameRate("all", conns*size/(time.Since(start)-rtt).Seconds(), want)
			// Fair turns: nobody is done much before the others.
			for i, f := range finished {
				if f < time.Since(start)*8/10 {
					err = errors.Join(err, fmt.Errorf("connection %d was done after %v of %v", i, f, time.Since(start)))
				}
			}
			return errors.Join(err, total)
		}
	}
	t.Run("dc", func(t *testing.T) { attempt(t, measure(dc, func(net.Conn) {})) })
	t.Run("account", func(t *testing.T) {
		q := NewQueue(account)
		attempt(t, measure(account, func(nc net.Conn) { nc.(*Conn).Attach(q) }))
	})
}

// Two connections of one account at different data centers.
func TestUnequalPaths(t *testing.T) {
	slow, fast := Path{Rate: 1e6}, Path{Rate: 8e6}
	s := serveProbe(t, func(i int) Link {
		if i == 1 {
			return Link{Down: slow}
		}
		return Link{Down: fast}
	})
	first, second := s.dial(t), net.Conn(nil)
	<-s.accepted
	second = s.dial(t)
	attempt(t, func() error {
		return each(2, func(i int) error {
			nc, rate := first, fast.Rate
			if i == 1 {
				nc, rate = second, slow.Rate
			}
			size := int(rate / 2)
			_, last, err := ask(nc, size)
			return errors.Join(err, sameRate(fmt.Sprint(i), float64(size)/last.Seconds(), rate))
		})
	})
}

func TestBackpressure(t *testing.T) {
	const buffer = 256 << 10
	s := serveProbe(t, func(int) Link { return Link{RTT: time.Hour, Down: Path{Rate: 1, Buffer: buffer}} })
	s.dial(t)
	nc := <-s.accepted
	_ = nc.SetWriteDeadline(time.Now().Add(20 * time.Millisecond))
	n, err := nc.Write(make([]byte, 4*buffer))
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	// The first chunk is under way.
	if n < buffer || n > buffer+minChunk {
		t.Errorf("%d bytes were taken", n)
	}
}

func TestReadDeadline(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := NewListener(tcp, func(int) Link { return Link{RTT: time.Millisecond} })
	defer l.Shutdown()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	nc, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	_ = nc.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if _, err := nc.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	_ = nc.SetDeadline(time.Time{})
	if _, err := client.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if n, err := nc.Read(make([]byte, 8)); n != 1 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	_ = client.Close()
	if _, err := nc.Read(make([]byte, 8)); !errors.Is(err, io.EOF) {
		t.Errorf("got %v at the end", err)
	}
	_ = nc.Close()
	if _, err := nc.Read(make([]byte, 8)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v after Close", err)
	}
	if _, err := nc.Write(make([]byte, 8)); err == nil {
		t.Error("wrote after Close")
	}
}

// What was written before Close arrives, in order and in time.
func TestCloseDelivers(t *testing.T) {
	want := make([]byte, 1<<20)
	_, _ = rand.New(rand.NewSource(1)).Read(want)
	s := serveProbe(t, func(int) Link { return Link{RTT: 20 * time.Millisecond, Down: Path{Rate: 20e6}} })
	client := s.dial(t)
	nc := <-s.accepted
	for p := want; len(p) > 0; {
		n := min(len(p), 12345)
		if _, err := nc.Write(p[:n]); err != nil {
			t.Fatal(err)
		}
		p = p[n:]
	}
	_ = nc.Close()
	got, err := io.ReadAll(client)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d of %d bytes, %v", len(got), len(want), err)
	}
}

func TestUnshapedIsBypassed(t *testing.T) {
	s := serveProbe(t, func(i int) Link { return Link{Attachable: i == 1} })
	s.dial(t)
	if nc := <-s.accepted; !isTCP(nc) {
		t.Errorf("unshaped connection is a %T", nc)
	}
	s.dial(t)
	if nc := <-s.accepted; isTCP(nc) {
		t.Error("attachable connection is not shaped")
	}
}

func isTCP(nc net.Conn) bool {
	_, ok := nc.(*net.TCPConn)
	return ok
}

func BenchmarkShaped(b *testing.B) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	l := NewListener(tcp, func(int) Link { return Link{Attachable: true} })
	defer l.Shutdown()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	nc, err := l.Accept()
	if err != nil {
		b.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { answerProbes(nc) })
	const size = 1 << 20
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := ask(client, size); err != nil {
			b.Fatal(err)
		}
	}
	_ = client.Close()
	wg.Wait()
}
