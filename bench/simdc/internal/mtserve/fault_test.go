package mtserve

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
)

// faulty gives the next answers these faults.
func faulty(faults ...Fault) HandlerFunc {
	next := make(chan Fault, len(faults))
	for _, f := range faults {
		next <- f
	}
	return func(ctx context.Context, r *Request) (bin.Encoder, error) {
		e, err := echo(ctx, r)
		select {
		case r.Fault = <-next:
		default:
		}
		return incompressible{e.(query)}, err
	}
}

func TestFaultRepeat(t *testing.T) {
	w := newWatcher()
	s := serve(t, Config{Handler: faulty(Fault{Repeat: 2}), Observer: w})
	c := s.connect(t)
	q := query{randomBytes(200 << 10)}
	id := c.ask(q)
	first := c.rawAnswer(id)
	for range 2 {
		if again := c.rawAnswer(id); again.id != first.id || !bytes.Equal(again.body, first.body) {
			t.Error("a repeated answer differs")
		}
	}
	c.works()
	for i, repeated := range []bool{false, true, true, false} {
		if a := await(t, w.answers); a.Repeated != repeated || a.Err != nil || i < 3 && a.MsgID != first.id {
			t.Errorf("answer %d: %+v", i, a)
		}
	}
}

func TestFaultDrop(t *testing.T) {
	s := serve(t, Config{Handler: faulty(Fault{Drop: true}), MaxRunning: 1})
	c := s.connect(t)
	c.ask(query{})
	c.works()
}

func TestFaultTransportError(t *testing.T) {
	s := serve(t, Config{Handler: faulty(Fault{TransportError: -429})})
	c := s.connect(t)
	c.ask(query{})
	readCreated(c)
	c.refused(-429)
	c.works()
}

// readCreated reads the frame of new_session_created.
func readCreated(c *client) {
	c.t.Helper()
	var n mt.NewSessionCreated
	if err := n.Decode(&bin.Buffer{Buf: c.readAny().body}); err != nil {
		c.t.Fatal(err)
	}
}

func TestFaultCut(t *testing.T) {
	w := newWatcher()
	const after = 100_000
	s := serve(t, Config{Handler: faulty(Fault{CutAfter: after}), Observer: w})
	c := s.connect(t)
	c.tell(&mt.PingRequest{PingID: 1})
	expect[mt.Pong](c)
	conn := await(t, w.ready)
	before := conn.BytesOut()
	c.ask(query{randomBytes(1 << 20)})
	n, err := io.Copy(io.Discard, c.nc)
	if n != after || err != nil {
		t.Errorf("read %d bytes, %v", n, err)
	}
	if err := await(t, w.closed); !errors.Is(err, ErrCut) {
		t.Errorf("closed because %v", err)
	}
	if a := await(t, w.answers); !errors.Is(a.Err, ErrCut) || a.Bytes != after || conn.BytesOut() != before+after {
		t.Errorf("answer %+v, %d bytes out", a, conn.BytesOut()-before)
	}
}

func TestFaultStall(t *testing.T) {
	w := newWatcher()
	const after = 100_000
	s := serve(t, Config{Handler: faulty(Fault{StallAfter: after}), Observer: w})
	c := s.connect(t)
	c.tell(&mt.PingRequest{PingID: 1})
	expect[mt.Pong](c)
	conn := await(t, w.ready)
	before := conn.BytesOut()
	q := query{randomBytes(1 << 20)}
	id := c.ask(q)
	eventually(t, func() bool { return conn.BytesOut() == before+after })
	// The server still reads.
	c.tell(&mt.PingRequest{PingID: 2})
	_ = c.nc.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if n, _ := io.Copy(io.Discard, io.LimitReader(c.nc, after)); n != after {
		t.Errorf("%d bytes came", n)
	}
	if n, err := c.nc.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("more came: %d, %v", n, err)
	}
	conn.Resume()
	a := await(t, w.answers)
	if a.Err != nil || a.Last.Sub(a.First) < 20*time.Millisecond {
		t.Errorf("answer to %x: %+v", id, a)
	}
}

func TestStalledConnectionCloses(t *testing.T) {
	w := newWatcher()
	s := serve(t, Config{Handler: faulty(Fault{StallAfter: 10}), Observer: w})
	c := s.connect(t)
	c.ask(query{})
	await(t, w.ready)
	_ = c.nc.Close()
	await(t, w.closed)
	again := s.connect(t)
	again.works()
	s.stop()
}

func TestControl(t *testing.T) {
	w := newWatcher()
	s := serve(t, Config{Observer: w})
	c := s.dial(t, "obfuscated2+intermediate", testDC)
	s.login(t, c)
	c.works()
	conn := await(t, w.ready)
	if !conn.SendTransportError(-404) {
		t.Error("the connection is closed")
	}
	c.refused(-404)
	conn.SendRaw([]byte("as it is"))
	if frame, err := c.readFrame(); err != nil || string(frame) != "as it is" {
		t.Errorf("got %q, %v", frame, err)
	}
	conn.SendUnframed([]byte{8, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8})
	if frame, err := c.readFrame(); err != nil || len(frame) != 8 {
		t.Errorf("got %q, %v", frame, err)
	}
	c.works()
	conn.StallAfter(10)
	c.ask(query{})
	_ = c.nc.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.ReadFull(c.nc, make([]byte, 10)); err != nil {
		t.Error(err)
	}
	conn.Close()
	if n, err := io.Copy(io.Discard, c.nc); n != 0 || err != nil {
		t.Errorf("%d more bytes came, %v", n, err)
	}
	await(t, w.closed)
	if conn.SendTransportError(-404) {
		t.Error("the connection is open")
	}
}

// In the middle of a transfer the key is forgotten.
func TestForgetInTransfer(t *testing.T) {
	w := newWatcher()
	s := serve(t, Config{Observer: w, Handler: faulty(), MaxRunning: 3})
	c := s.connect(t)
	c.works()
	conn := await(t, w.ready)
	conn.Stall()
	for range 3 {
		c.ask(query{randomBytes(1000)})
	}
	session := c.sessionOf(s)
	eventually(t, func() bool {
		session.mu.Lock()
		defer session.mu.Unlock()
		return len(session.known.messages) == 4
	})
	s.Keys().Forget(c.key.ID)
	conn.SendTransportError(-404)
	conn.Resume()
	for range 2 {
		// The answer that was being written may come first.
		if frame, err := c.readFrame(); err != nil {
			break
		} else if len(frame) < 1000 {
			t.Fatalf("a frame of %d bytes", len(frame))
		}
	}
	newHandshake(c).run(&rsaKey().PublicKey)
	c.works()
}

func TestObservedTimes(t *testing.T) {
	w := newWatcher()
	received := make(chan *Request, 1)
	s := serve(t, Config{Observer: requestWatcher{w, received}})
	c := s.connect(t)
	before := time.Now()
	q := query{randomBytes(100_000)}
	c.answered(c.ask(q), q)
	after := time.Now()
	r, a := await(t, received), await(t, w.answers)
	if r.Received.Before(before) || a.First.Before(r.Received) || after.Before(a.First) || a.Last.Before(a.First) {
		t.Errorf("read at %v, answered from %v to %v", r.Received, a.First, a.Last)
	}
	if a.Bytes < 100_000 || a.Bytes > 101_000 || r.Bytes < 100_000 {
		t.Errorf("%d bytes of request, %d of answer", r.Bytes, a.Bytes)
	}
}

type requestWatcher struct {
	*watcher
	received chan *Request
}

func (w requestWatcher) Received(r *Request) { w.received <- r }

// The request that the key is forgotten with is told so.
func TestForgetWithARequest(t *testing.T) {
	keys := NewKeyTable()
	handled := 0 // By one request after the other.
	s := serve(t, Config{Keys: keys, Handler: HandlerFunc(func(ctx context.Context, r *Request) (bin.Encoder, error) {
		if handled++; handled == 2 {
			keys.Forget(r.Key.ID)
			r.Fault.TransportError = codeKeyNotFound
		}
		return echo(ctx, r)
	})})
	c := s.connect(t)
	q := query{randomBytes(100)}
	c.answered(c.ask(q), q)
	c.ask(q)
	c.refused(codeKeyNotFound)
}
