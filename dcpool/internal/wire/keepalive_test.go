package wire

import (
	"encoding/binary"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
)

func TestKeepalive(t *testing.T) {
	const s = time.Second
	for _, tt := range []struct {
		name     string
		k        keepalive
		now      time.Duration
		lastSign time.Duration
		lastWork time.Duration
		action   keepaliveAction
		again    time.Duration
	}{
		{"idle", keepalive{}, 59 * s, 0, 0, keepaliveWait, 60 * s},
		{"idle for the interval", keepalive{}, 60 * s, 0, 0, keepalivePing, 0},
		{"due, just sent", keepalive{waiting: true, since: 5 * s}, 5 * s, 0, 0, keepaliveWait, 20 * s},
		{"due, half the stall", keepalive{waiting: true, since: 5 * s}, 20 * s, 0, 0, keepalivePing, 0},
		{"due, pinged since", keepalive{waiting: true, since: 5 * s, lastPing: 20 * s}, 20 * s, 0, 0, keepaliveWait, 35 * s},
		{"due, silent", keepalive{waiting: true, since: 5 * s, lastPing: 20 * s}, 35 * s, 0, 0, keepaliveDead, 0},
		{"due, a byte in time", keepalive{waiting: true, since: 5 * s, lastPing: 20 * s}, 35 * s, 21 * s, 0, keepaliveWait, 36 * s},
		{"due, a byte just before", keepalive{waiting: true, since: 5 * s, lastPing: 20 * s}, 50*s - 1, 20 * s, 0, keepalivePing, 0},
		{"silent, but nothing due", keepalive{lastPing: 40 * s}, 90 * s, 0, 0, keepaliveWait, 100 * s},
		{"interval while due", keepalive{waiting: true, since: 50 * s}, 60 * s, 59 * s, 0, keepalivePing, 0},
		{"ignored, not for long", keepalive{ignored: 60 * s, calls: true, asked: 10 * s, waiting: true, since: 5 * s, lastPing: 60 * s}, 65 * s, 64 * s, 0, keepaliveWait, 70 * s},
		{"ignored", keepalive{ignored: 60 * s, calls: true, asked: 10 * s, waiting: true, since: 5 * s, lastPing: 60 * s}, 70 * s, 69 * s, 0, keepaliveDead, 0},
		{"answered meanwhile", keepalive{ignored: 60 * s, calls: true, asked: 10 * s, waiting: true, since: 5 * s, lastPing: 60 * s}, 70 * s, 69 * s, 20 * s, keepaliveWait, 80 * s},
	} {
		tt.k.interval, tt.k.stall = 60*s, 30*s
		if action, again := tt.k.next(tt.now, tt.lastSign, tt.lastWork); action != tt.action || again != tt.again {
			t.Errorf("%s: next = %d, %v; want %d, %v", tt.name, action, again, tt.action, tt.again)
		}
	}
}

func TestStalledConnectionDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, p := newPeer(t, Options{StallTimeout: 30 * time.Second})
		p.listen()
		time.Sleep(10 * time.Second) // Idle time does not count.
		start := time.Now()
		call := startCall(t.Context(), conn, 1)
		p.next()
		p.service(mt.PingDelayDisconnectRequestTypeID)
		if d := time.Since(start); d != 15*time.Second {
			t.Errorf("pinged after %v, want half the stall timeout", d)
		}
		_, err := call.wait()
		wantClosed(t, err, true, ErrStalled)
		if d := time.Since(start); d != 30*time.Second {
			t.Errorf("died after %v, want the stall timeout", d)
		}
	})
}

// TestIgnoringConnectionDies has a server that answers pings and no call.
func TestIgnoringConnectionDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, p := newPeer(t, Options{StallTimeout: 30 * time.Second, AnswerTimeout: time.Minute})
		p.listen()
		start := time.Now()
		call := startCall(t.Context(), conn, 1)
		p.next()
		for range 3 { // At 15, 30 and 45 s.
			p.pong(p.service(mt.PingDelayDisconnectRequestTypeID))
		}
		_, err := call.wait()
		wantClosed(t, err, true, ErrStalled)
		if d := time.Since(start); d != time.Minute {
			t.Errorf("died after %v, want the answer timeout", d)
		}
	})
}

func TestIdleConnectionLives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, p := newPeer(t, Options{PingInterval: time.Minute, StallTimeout: 30 * time.Second})
		p.listen()
		start := time.Now()
		for i := range 5 {
			ping := p.next()
			if d := time.Since(start); d != time.Duration(i+1)*time.Minute {
				t.Errorf("ping %d after %v", i, d)
			}
			var req mt.PingDelayDisconnectRequest
			if err := req.Decode(&bin.Buffer{Buf: ping.body}); err != nil || req.DisconnectDelay != 75 {
				t.Errorf("ping_delay_disconnect with delay %d, %v; want 75", req.DisconnectDelay, err)
			}
			time.Sleep(time.Second)
			p.pong(ping)
		}
		synctest.Wait()
		if st := conn.Stats(); st.RTT != time.Second || conn.Err() != nil {
			t.Errorf("round trip %v, error %v; want a second and nil", st.RTT, conn.Err())
		}
	})
}

func TestBusyServerIsNotTakenForDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, p := newPeer(t, Options{})
		p.listen()
		start := time.Now()
		call := startCall(t.Context(), conn, 1)
		query := p.query()
		for time.Since(start) < 5*time.Minute { // One long call, answered pings.
			p.pong(p.service(mt.PingDelayDisconnectRequestTypeID))
		}
		p.answer(query, number(1))
		call.want(t, 1)
	})
}

// large is an answer of a number and so many bytes more.
type large int

func (n large) Encode(b *bin.Buffer) error {
	b.PutID(1)
	b.Put(make([]byte, n))
	return nil
}

// deliver writes an answer of n bytes in pieces, with a pause after each, until the
// connection ends. It returns how long that took.
func deliver(t *testing.T, conn *Conn, p *peer, n, piece int, pause time.Duration) time.Duration {
	t.Helper()
	query := p.query()
	sealed := p.seal(p.nextID(), 1, result(query.msgID, large(n)))
	frame := append(binary.LittleEndian.AppendUint32(nil, uint32(len(sealed))), sealed...)
	start := time.Now()
	for len(frame) > 0 && conn.Err() == nil {
		before := conn.Stats().BytesIn
		n := min(piece, len(frame))
		if _, err := p.nc.Write(frame[:n]); err != nil {
			break // It was closed meanwhile.
		}
		synctest.Wait()
		if st := conn.Stats(); conn.Err() == nil && (st.BytesIn != before+int64(n) || !st.LastByte.Equal(time.Now())) {
			t.Fatalf("%d bytes were not counted as they arrived: %+v", n, st)
		}
		frame = frame[n:]
		time.Sleep(pause)
	}
	return time.Since(start)
}

// TestSlowIsNotStalled delivers a large answer for an hour, a packet now and then or byte
// by byte, with every pong queued behind it.
func TestSlowIsNotStalled(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		piece int
		pause time.Duration
	}{{1400, 20 * time.Second}, {1, 15 * time.Millisecond}, {200, 3 * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			conn, p := newPeer(t, Options{PingInterval: 10 * time.Minute})
			p.listen()
			call := startCall(t.Context(), conn, 1)
			deliver(t, conn, p, 16<<10, tt.piece, tt.pause)
			call.want(t, 1)
		})
	}
}

// TestDrippingIsStalled delivers a large answer, or a small one, so slowly that it is
// there for no other reason than to keep the connection.
func TestDrippingIsStalled(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		n, piece int
		pause    time.Duration
	}{{64 << 10, 1, 25 * time.Millisecond}, {64 << 10, 1, 29 * time.Second}, {0, 1, 29 * time.Second}, {64 << 10, 200, 10 * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			conn, p := newPeer(t, Options{PingInterval: 10 * time.Minute, StallTimeout: 30 * time.Second, AnswerTimeout: time.Minute})
			p.listen()
			call := startCall(t.Context(), conn, 1)
			took := deliver(t, conn, p, tt.n, tt.piece, tt.pause)
			_, err := call.wait()
			wantClosed(t, err, true, ErrStalled)
			if took > 90*time.Second {
				t.Errorf("%d bytes each %v: it was given up after %v", tt.piece, tt.pause, took)
			}
		})
	}
}

// TestSlowReaderIsNotStalled has a peer that takes our bytes one by one.
func TestSlowReaderIsNotStalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, p := newPeer(t, Options{StallTimeout: 30 * time.Second})
		call := startCall(t.Context(), conn, 1)
		var b [1]byte
		for range 40 {
			time.Sleep(29 * time.Second)
			if _, err := p.nc.Read(b[:]); err != nil {
				t.Fatal(err)
			}
		}
		if err := conn.Err(); err != nil {
			t.Errorf("a peer that reads slowly was given up: %v", err)
		}
		_, err := call.wait()
		if !errors.Is(err, ErrStalled) {
			t.Errorf("got %v, want ErrStalled when it stopped reading", err)
		}
	})
}
