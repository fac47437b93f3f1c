package wire

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/proto"
)

// heapPeak runs fn and returns how far the heap grew meanwhile, in bytes.
func heapPeak(fn func()) uint64 {
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	runtime.GC()
	before, peak := heap(), uint64(0)
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			peak = max(peak, heap())
			select {
			case <-tick.C:
			case <-done:
				return
			}
		}
	})
	fn()
	close(done)
	wg.Wait()
	return max(peak, before) - before
}

// raw is a frame with any length before its bytes.
func raw(length uint32, rest ...byte) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, length), rest...)
}

// crowd is a container of n messages that nobody asked for.
func crowd(p *peer, n int) bin.Encoder {
	messages := make([]proto.Message, n)
	for i := range messages {
		messages[i] = inMessage(p.nextID(), 0, number(1))
	}
	return container(messages...)
}

// A server that has our key and means no good: each of its doings ends the
// connection with ErrProtocol, soon and without much memory.
func TestHostileServer(t *testing.T) {
	const (
		maxMemory = 64 << 20
		maxTime   = time.Minute
	)
	bomb := bombOf(t, 1<<10)
	tests := []struct {
		name string
		// send is called until the connection has ended.
		send func(t *testing.T, p *peer)
	}{
		{"frame of 2 GiB", func(t *testing.T, p *peer) {
			p.wire(raw(math.MaxInt32&^3, make([]byte, 64<<10)...))
		}},
		{"frame of 4 GiB", func(t *testing.T, p *peer) { p.wire(raw(math.MaxUint32 &^ 3)) }},
		{"frame of negative length", func(t *testing.T, p *peer) { p.wire(raw(1 << 31)) }},
		{"container of negative count", func(t *testing.T, p *peer) {
			p.send(payload(header(proto.MessageContainerTypeID, -1)))
		}},
		{"container of 2 Gi messages", func(t *testing.T, p *peer) {
			p.send(payload(header(proto.MessageContainerTypeID, math.MaxInt32)))
		}},
		{"message of negative length", func(t *testing.T, p *peer) { p.send(containerOf(p, -4)) }},
		{"message of 2 GiB", func(t *testing.T, p *peer) { p.send(containerOf(p, math.MaxInt32)) }},
		{"endless containers", func(t *testing.T, p *peer) { p.send(crowd(p, 1000)) }},
		{"endless small messages", func(t *testing.T, p *peer) { p.send(number(1)) }},
		{"endless results of nothing", func(t *testing.T, p *peer) { p.send(result(77, number(1))) }},
		{"endless new sessions", func(t *testing.T, p *peer) {
			p.send(&mt.NewSessionCreated{FirstMsgID: math.MaxInt64, UniqueID: p.nextID()})
		}},
		{"endless refusals", func(t *testing.T, p *peer) {
			p.send(&mt.BadMsgNotification{BadMsgID: p.nextID(), ErrorCode: 32})
		}},
		{"endless requests to resend", func(t *testing.T, p *peer) {
			p.send(&mt.MsgResendReq{MsgIDs: make([]int64, 200)})
		}},
		{"resend list of negative count", func(t *testing.T, p *peer) {
			p.send(payload(binary.LittleEndian.AppendUint32(header(mt.MsgResendReqTypeID, bin.TypeVector), 1<<31)))
		}},
		{"gzip bomb", func(t *testing.T, p *peer) { p.send(bomb) }},
		{"gzip bombs in a packed container", func(t *testing.T, p *peer) {
			bomb := bombOf(t, 5)
			var messages []proto.Message
			for range 500 {
				messages = append(messages, inMessage(p.nextID(), 0, bomb))
			}
			p.send(packed(container(messages...)))
		}},
		{"gzip in gzip in gzip", func(t *testing.T, p *peer) {
			p.send(packed(packed(packed(packed(packed(number(1)))))))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			conn, p := newPeer(t, Options{})
			p.listen()
			call := startCall(context.Background(), conn, 1)
			p.query()
			var drain sync.WaitGroup
			drain.Go(func() {
				for range p.in { // What it says to all that.
				}
			})
			start := time.Now()
			peak := heapPeak(func() {
				for open := true; open && time.Since(start) < maxTime; {
					tt.send(t, p)
					select {
					case <-conn.Done():
						open = false
					default:
					}
				}
			})
			if d := time.Since(start); d >= maxTime {
				t.Errorf("still open after %v", d)
			}
			_ = conn.Close()
			_, err := call.wait()
			_ = p.nc.Close()
			drain.Wait()
			if !errors.Is(err, ErrProtocol) {
				t.Errorf("the call ended by %v, want ErrProtocol", err)
			}
			if peak > maxMemory {
				t.Errorf("the heap grew by %d MiB", peak>>20)
			}
		})
	}
}

// bombOf is n MiB of zeros, packed one by one and put together: what gzip packed
// one after another is unpacked as one.
func bombOf(t *testing.T, n int) payload {
	t.Helper()
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	var b bin.Buffer
	b.PutID(proto.GZIPTypeID)
	b.PutBytes(bytes.Repeat(zipped.Bytes(), n))
	return b.Buf
}

// wire sends bytes as they are.
func (p *peer) wire(b []byte) { _, _ = p.nc.Write(b) }

// header is a constructor and a number.
func header(id uint32, n int32) []byte {
	b := binary.LittleEndian.AppendUint32(nil, id)
	return binary.LittleEndian.AppendUint32(b, uint32(n))
}

// containerOf is a container of one message that says it has n bytes.
func containerOf(p *peer, n int32) payload {
	b := header(proto.MessageContainerTypeID, 1)
	b = binary.LittleEndian.AppendUint64(b, uint64(p.nextID()))
	b = binary.LittleEndian.AppendUint32(b, 1)
	b = binary.LittleEndian.AppendUint32(b, uint32(n))
	return append(b, bytes.Repeat([]byte{1}, 16)...)
}

// More salts than may be asked for are a way into the keys file.
func TestSaltsAreBounded(t *testing.T) {
	stored := make(chan int, 1)
	conn, p := newPeer(t, Options{OnSalts: func(list []Salt) { stored <- len(list) }})
	p.listen()
	p.send(&mt.FutureSalts{Salts: make([]mt.FutureSalt, 50_000)})
	select {
	case n := <-stored:
		if n > saltBatch {
			t.Errorf("%d salts are to be stored", n)
		}
	case <-conn.Done():
		t.Error(conn.Err())
	}
}
