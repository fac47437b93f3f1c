package shape

import (
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// pipe is a shaped connection in memory, for tests in virtual time.
func pipe(l Link) (client net.Conn, server *Conn) {
	client, inner := net.Pipe()
	return client, l.wrap(inner)
}

func closeAll(client net.Conn, server *Conn) {
	server.Abort()
	_ = client.Close()
	server.Wait()
}

func write(t *testing.T, w io.Writer, n int) {
	t.Helper()
	if _, err := w.Write(make([]byte, n)); err != nil {
		t.Error(err)
	}
}

func read(t *testing.T, r io.Reader, n int) {
	t.Helper()
	if _, err := io.ReadFull(r, make([]byte, n)); err != nil {
		t.Error(err)
	}
}

// took checks how long something took, to the microsecond.
func took(t *testing.T, what string, since time.Time, want time.Duration) {
	t.Helper()
	if got := time.Since(since); (got - want).Abs() > time.Microsecond {
		t.Errorf("%s took %v, want %v", what, got, want)
	}
}

func TestVirtualRoundTrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pipe(Link{RTT: 100 * time.Millisecond})
		defer closeAll(client, server)
		start := time.Now()
		write(t, client, 10)
		read(t, server, 10)
		took(t, "dial and half a round trip", start, 150*time.Millisecond)
		write(t, server, 10)
		read(t, client, 10)
		took(t, "dial and a round trip", start, 200*time.Millisecond)

		start = time.Now()
		write(t, client, 10)
		read(t, server, 10)
		took(t, "half a round trip", start, 50*time.Millisecond)
	})
}

// Bytes that were sent while the server did other things are there at once.
func TestVirtualLateReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pipe(Link{RTT: 100 * time.Millisecond, Up: Path{Rate: 1e6}})
		defer closeAll(client, server)
		write(t, client, 100_000)
		time.Sleep(time.Second)
		start := time.Now()
		read(t, server, 100_000)
		took(t, "reading what has arrived", start, 0)
	})
}

func TestVirtualRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size = 3_000_000
		client, server := pipe(Link{RTT: 40 * time.Millisecond, Down: Path{Rate: 1e6}})
		defer closeAll(client, server)
		start := time.Now()
		write(t, server, size)
		took(t, "filling the send buffer", start, 0)
		read(t, client, 1460)
		took(t, "first packet", start, 20*time.Millisecond+1460*time.Microsecond)
		read(t, client, size-1460)
		took(t, "all", start, 20*time.Millisecond+3*time.Second)
	})
}

// A client that does not read for a while gets no more than the rate later.
func TestVirtualPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size = 2_000_000
		client, server := pipe(Link{Down: Path{Rate: 1e6}})
		defer closeAll(client, server)
		write(t, server, size)
		time.Sleep(10 * time.Second)
		start := time.Now()
		read(t, client, size)
		if got, least := time.Since(start), 2*time.Second-stopped-2*slice; got < least {
			t.Errorf("%d bytes came in %v", size, got)
		}
	})
}

// Eight connections share a bottleneck in fair turns, and none of its time is
// lost between them.
func TestVirtualQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const conns, size = 8, 1_000_000
		q := NewQueue(4e6)
		link := Link{Down: Path{Rate: 10e6, Queues: []*Queue{q}}}
		var clients [conns]net.Conn
		var servers [conns]*Conn
		for i := range conns {
			clients[i], servers[i] = pipe(link)
			defer closeAll(clients[i], servers[i])
		}
		start := time.Now()
		done := make(chan time.Duration)
		for i := range conns {
			write(t, servers[i], size)
			go func() {
				read(t, clients[i], size)
				done <- time.Since(start)
			}()
		}
		for i := range conns {
			if d := <-done; d < 1900*time.Millisecond || d > 2*time.Second+slice {
				t.Errorf("connection %d was done after %v", i, d)
			}
		}
		took(t, "all", start, 2*time.Second)

		q.SetRate(5e6)
		start = time.Now()
		write(t, servers[0], size)
		read(t, clients[0], size)
		took(t, "after SetRate", start, 200*time.Millisecond)
	})
}

func TestVirtualSetRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pipe(Link{Attachable: true})
		defer closeAll(client, server)
		start := time.Now()
		write(t, server, 1_000_000)
		read(t, client, 1_000_000)
		took(t, "without a limit", start, 0)
		server.SetRate(1e6)
		write(t, server, 1_000_000)
		read(t, client, 1_000_000)
		took(t, "with a limit", start, time.Second)
	})
}

// The end of the stream takes as long as bytes do.
func TestVirtualClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pipe(Link{RTT: 100 * time.Millisecond})
		defer closeAll(client, server)
		start := time.Now()
		write(t, server, 10)
		_ = server.Close()
		took(t, "Close", start, 0)
		read(t, client, 10)
		if _, err := client.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("got %v", err)
		}
		took(t, "end", start, 50*time.Millisecond)
		server.Wait()
	})
}

func TestVirtualClientClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pipe(Link{RTT: 100 * time.Millisecond})
		defer closeAll(client, server)
		time.Sleep(time.Second)
		start := time.Now()
		_ = client.Close()
		if _, err := server.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("got %v", err)
		}
		took(t, "end", start, 50*time.Millisecond)
	})
}

// Bytes beyond the fast ones come at the rate, one by one, and bursts have pauses.
func TestVirtualDripsAndBursts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pipe(Link{Down: Path{Rate: 40, Fast: 1000, Drip: 1}})
		defer closeAll(client, server)
		start := time.Now()
		write(t, server, 1080)
		read(t, client, 1000)
		took(t, "the fast bytes", start, 0)
		for range 80 {
			start := time.Now()
			read(t, client, 1)
			took(t, "a byte", start, 25*time.Millisecond)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		client, server := pipe(Link{Down: Path{Burst: 1000, Pause: 20 * time.Second}})
		defer closeAll(client, server)
		start := time.Now()
		for i := range 5 {
			write(t, server, 500)
			read(t, client, 500)
			took(t, "half a burst", start, time.Duration(i/2)*20*time.Second)
		}
	})
}
