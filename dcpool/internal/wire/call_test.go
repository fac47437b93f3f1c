package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/tgerr"
)

var errUnwanted = errors.New("not wanted any more")

func TestCancelOnSilentConnectionReturnsAtOnce(t *testing.T) {
	for _, listening := range []bool{true, false} { // false: the writer is blocked too.
		synctest.Test(t, func(t *testing.T) {
			conn, p := newPeer(t, Options{})
			if listening {
				p.listen()
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			calls := make([]*pendingCall, 10)
			for i := range calls {
				calls[i] = startCall(ctx, conn, 1)
			}
			synctest.Wait()
			start := time.Now()
			cancel(errUnwanted)
			for _, call := range calls {
				if _, err := call.wait(); !errors.Is(err, errUnwanted) {
					t.Errorf("got %v, want the cause", err)
				}
			}
			if d := time.Since(start); d != 0 {
				t.Errorf("cancelling took %v", d)
			}
			if n := conn.Stats().InFlight; n != 0 {
				t.Errorf("%d calls in flight after all were cancelled", n)
			}
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCancelAsksToDropTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, p := newPeer(t, Options{})
		p.listen()
		ctx, cancel := context.WithCancelCause(t.Context())
		call := startCall(ctx, conn, 1)
		query := p.query()
		cancel(errUnwanted)
		if _, err := call.wait(); !errors.Is(err, errUnwanted) {
			t.Errorf("got %v, want the cause", err)
		}
		drop := p.service(mt.RPCDropAnswerRequestTypeID)
		var req mt.RPCDropAnswerRequest
		if err := req.Decode(&bin.Buffer{Buf: drop.body}); err != nil || req.ReqMsgID != query.msgID {
			t.Errorf("dropped %#x, %v; want %#x", req.ReqMsgID, err, query.msgID)
		}

		// Neither the late answer nor that to the drop request disturbs.
		p.answer(query, number(7))
		p.answer(drop, &mt.RPCAnswerUnknown{})
		next := startCall(t.Context(), conn, 2)
		p.answer(p.query(), number(8))
		next.want(t, 8)
		if call.out != 0 {
			t.Errorf("a late answer was decoded: %d", call.out)
		}
	})
}

func TestDoAfterCancelSendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, p := newPeer(t, Options{})
		p.listen()
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errUnwanted)
		if err := conn.Do(ctx, number(1), nil); !errors.Is(err, errUnwanted) {
			t.Errorf("got %v, want the cause", err)
		}
		call := startCall(t.Context(), conn, 2)
		query := p.query()
		if query.id != 2 {
			t.Errorf("the first query is %d, want 2", query.id)
		}
		p.answer(query, number(0))
		call.want(t, 0)
	})
}

func TestDuplicateAnswersAreDecodedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, p := newPeer(t, Options{AckDelay: time.Millisecond})
		p.listen()
		call := startCall(t.Context(), conn, 1)
		query := p.query()
		id := p.answer(query, number(7))
		p.sendAs(id, 1, result(query.msgID, number(8))) // The same message again.
		p.content(result(query.msgID, number(9)))       // The same answer in another.
		synctest.Wait()
		call.want(t, 7)

		var acked []int64
		for len(acked) < 3 {
			acked = append(acked, decodeAck(t, p.service(mt.MsgsAckTypeID))...)
		}
		if n := len(slices.DeleteFunc(acked, func(a int64) bool { return a != id })); n != 2 {
			t.Errorf("the message sent twice was acknowledged %d times", n)
		}
	})
}

func decodeAck(t *testing.T, m received) []int64 {
	t.Helper()
	var ack mt.MsgsAck
	if err := ack.Decode(&bin.Buffer{Buf: m.body}); err != nil {
		t.Fatal(err)
	}
	return ack.MsgIDs
}

func TestErrorsOfTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, p := newPeer(t, Options{})
		p.listen()
		call := startCall(t.Context(), conn, 1)
		p.answer(p.query(), &mt.RPCError{ErrorCode: 420, ErrorMessage: "FLOOD_WAIT_3"})
		_, err := call.wait()
		if e, ok := errors.AsType[*tgerr.Error](err); !ok || e.Code != 420 || e.Type != "FLOOD_WAIT" || e.Argument != 3 {
			t.Errorf("got %v, want FLOOD_WAIT_3", err)
		}
		call = startCall(t.Context(), conn, 2)
		p.answer(p.query(), &mt.RPCError{ErrorCode: 400, ErrorMessage: strings.Repeat("LONG", 100_000)})
		if _, err := call.wait(); !tgerr.IsCode(err, 400) || len(err.Error()) > 2*maxText+100 {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
	})
}

type badDecoder struct{}

var errDecoder = errors.New("not what was expected")

func (badDecoder) Decode(*bin.Buffer) error { return errDecoder }

func TestDecodeError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, p := newPeer(t, Options{})
		p.listen()
		done := make(chan error, 1)
		go func() { done <- conn.Do(t.Context(), number(1), badDecoder{}) }()
		p.answer(p.query(), number(1))
		err := <-done
		if _, ok := errors.AsType[*DecodeError](err); !ok || !errors.Is(err, errDecoder) {
			t.Errorf("got %v, want a *DecodeError with the decoder's error", err)
		}
		call := startCall(t.Context(), conn, 2)
		p.answer(p.query(), number(3))
		call.want(t, 3)
	})
}

func TestClosedErrorTellsWhetherTheRequestWasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, p := newPeer(t, Options{})
		p.listen()
		sent := startCall(t.Context(), conn, 1)
		p.query()
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
		_, err := sent.wait()
		wantClosed(t, err, true, ErrClosed)
		wantClosed(t, conn.Do(t.Context(), number(1), nil), false, ErrClosed)
		if err := conn.Close(); err != nil {
			t.Errorf("second Close: %v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		conn, p := newPeer(t, Options{StallTimeout: time.Second})
		// The peer never reads: not one byte can leave.
		call := startCall(t.Context(), conn, 1)
		_, err := call.wait()
		wantClosed(t, err, false, ErrStalled)
		_ = p.nc.Close()
	})
	synctest.Test(t, func(t *testing.T) {
		conn, p := newPeer(t, Options{})
		p.listen()
		call := startCall(t.Context(), conn, 1)
		p.query()
		_ = p.nc.Close()
		_, err := call.wait()
		wantClosed(t, err, true, io.EOF)
		<-conn.Done()
		if !errors.Is(conn.Err(), io.EOF) {
			t.Errorf("Err() = %v", conn.Err())
		}
	})
}

func wantClosed(t *testing.T, err error, sent bool, cause error) {
	t.Helper()
	closed, ok := errors.AsType[*ClosedError](err)
	if !ok || closed.Sent != sent || !errors.Is(err, cause) {
		t.Errorf("got %v, want a *ClosedError with Sent = %t because of %v", err, sent, cause)
	}
}

func TestContextOfNewConnEndsTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p := newPeer(t, Options{})
		ctx, cancel := context.WithCancelCause(t.Context())
		link, err := NewLink(p.nc, LinkOptions{})
		if err != nil {
			t.Fatal(err)
		}
		conn := NewConn(ctx, link, Options{Key: testKey})
		cancel(errUnwanted)
		<-conn.Done()
		wantClosed(t, conn.Do(t.Context(), number(1), nil), false, errUnwanted)
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestNumberingUnderConcurrentCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, p := newPeer(t, Options{PingInterval: time.Millisecond})
		p.listen()
		const n = 200
		for i := range n {
			startCall(t.Context(), conn, number(i))
		}
		var last int64
		content := int32(0)
		for seen := 0; seen < n; {
			m := p.next()
			if m.msgID <= last || m.msgID&3 != 0 {
				t.Fatalf("msg_id %#x after %#x", m.msgID, last)
			}
			last = m.msgID
			want := 2 * content
			if m.id < n { // A query.
				want++
				content++
				seen++
			}
			if m.seqNo != want {
				t.Fatalf("seqno %d of %#x, want %d", m.seqNo, m.id, want)
			}
		}
		_ = conn.Close()
	})
}

// ownedMemory is an answer whose owner uses the memory as soon as Do returns.
type ownedMemory struct{ dst []byte }

func (o *ownedMemory) Decode(b *bin.Buffer) error {
	copy(o.dst, b.Buf)
	return nil
}

// TestFence hammers cancellation against answers, late ones and duplicates. The
// race detector judges.
func TestFence(t *testing.T) {
	conn, p := newPeer(t, Options{})
	p.listen()
	var server sync.WaitGroup
	server.Go(func() {
		var answer payload = bytes.Repeat([]byte{0xAA}, 4096)
		for m := range p.in {
			if m.seqNo&1 == 1 {
				p.content(result(m.msgID, answer))
				p.content(result(m.msgID, answer))
			}
		}
	})
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			out := &ownedMemory{dst: make([]byte, 4096)}
			for i := range 100 {
				ctx, cancel := context.WithCancelCause(t.Context())
				cancelled := make(chan struct{})
				go func() {
					defer close(cancelled)
					if i%2 == 0 {
						cancel(errUnwanted)
					}
				}()
				err := conn.Do(ctx, number(1), out)
				clear(out.dst) // A race, if the connection still writes.
				if err != nil && !errors.Is(err, errUnwanted) {
					t.Errorf("Do: %v", err)
				}
				<-cancelled
				cancel(nil)
			}
		})
	}
	clients.Wait()
	_ = conn.Close()
	_ = p.nc.Close()
	server.Wait()
}

// payload is an answer of any bytes.
type payload []byte

func (p payload) Encode(b *bin.Buffer) error {
	b.Put(p)
	return nil
}
