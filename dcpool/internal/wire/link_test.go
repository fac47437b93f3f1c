package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/mtproxy/obfuscated2"
	"github.com/gotd/td/proto/codec"
)

// gotdCodec is the server's side of a transport, by gotd.
func gotdCodec(transport Transport) codec.Codec {
	switch transport {
	case ObfuscatedPadded, Padded:
		return codec.PaddedIntermediate{}
	case Abridged:
		return codec.Abridged{}
	case Full:
		return &codec.Full{}
	default:
		return codec.Intermediate{}
	}
}

// TestFraming sends payloads of all critical lengths both ways through gotd's
// codecs.
func TestFraming(t *testing.T) {
	sizes := []int{20, 24, 126 * 4, 127 * 4, 128 * 4, 4096, 128<<10 + 104, 1<<20 + 1096}
	for _, transport := range allTransports {
		t.Run(transport.String(), func(t *testing.T) {
			var peer, sender sync.WaitGroup
			defer peer.Wait() // When both ends are closed.
			client, server := net.Pipe()
			defer server.Close()
			link, err := NewLink(client, LinkOptions{Transport: transport, DC: -4, Secret: testSecret(transport)})
			if err != nil {
				t.Fatal(err)
			}
			defer link.Close()
			peer.Go(func() {
				if err := echo(server, transport, len(sizes)); err != nil {
					t.Errorf("gotd's side: %v", err)
				}
			})
			for _, size := range sizes {
				payload := bytes.Repeat([]byte{1, 2, 3, byte(size >> 2)}, size/4)
				sender.Go(func() { sendFrame(t, link, payload) })
				f, err := link.readFrame()
				if err != nil {
					t.Fatalf("%d bytes: %v", size, err)
				}
				if !bytes.HasPrefix(f.data, payload) || len(f.data)-size > 15 {
					t.Errorf("%d bytes came back as %d", size, len(f.data))
				}
				f.buf.release()
				sender.Wait()
			}
		})
	}
}

func testSecret(transport Transport) []byte {
	if transport == ObfuscatedIntermediate {
		return bytes.Repeat([]byte{7}, 16)
	}
	return nil
}

func sendFrame(t *testing.T, link *Link, payload []byte) {
	frame, err := link.appendHeader(nil, len(payload))
	if err == nil {
		frame, err = link.appendTrailer(append(frame, payload...), 0)
	}
	if err == nil {
		_, err = link.send(frame)
	}
	if err != nil {
		t.Errorf("send %d bytes: %v", len(payload), err)
	}
}

// echo returns n frames.
func echo(nc net.Conn, transport Transport, n int) error {
	var rw io.ReadWriter = nc
	c := gotdCodec(transport)
	if transport == ObfuscatedPadded || transport == ObfuscatedIntermediate {
		clear, meta, err := obfuscated2.Accept(nc, testSecret(transport))
		if err != nil {
			return err
		}
		if tag := c.(codec.TaggedCodec).ObfuscatedTag(); meta.Protocol != tag || int16(meta.DC) != -4 {
			return errors.New("the header names another protocol or DC")
		}
		rw = clear
	} else if err := c.ReadHeader(nc); err != nil {
		return err
	}
	for range n {
		var b bin.Buffer
		if err := c.Read(rw, &b); err != nil {
			return err
		}
		if err := c.Write(rw, &b); err != nil {
			return err
		}
	}
	return nil
}

// stream is a net.Conn that reads from memory and discards writes.
type stream struct{ io.Reader }

func (stream) Write(p []byte) (int, error)      { return len(p), nil }
func (stream) Close() error                     { return nil }
func (stream) LocalAddr() net.Addr              { return nil }
func (stream) RemoteAddr() net.Addr             { return nil }
func (stream) SetDeadline(time.Time) error      { return nil }
func (stream) SetReadDeadline(time.Time) error  { return nil }
func (stream) SetWriteDeadline(time.Time) error { return nil }

func TestFramesThatAreRefused(t *testing.T) {
	le := binary.LittleEndian
	length := func(n int, rest ...byte) []byte { return append(le.AppendUint32(nil, uint32(int32(n))), rest...) }
	full := func(seq uint32, payload []byte, sum uint32) []byte {
		b := le.AppendUint32(nil, uint32(12+len(payload)))
		b = append(le.AppendUint32(b, seq), payload...)
		return le.AppendUint32(b, sum)
	}
	for _, tt := range []struct {
		name      string
		transport Transport
		in        []byte
		want      error
	}{
		{"end", Intermediate, nil, io.EOF},
		{"end in the length", Intermediate, []byte{1, 2}, io.ErrUnexpectedEOF},
		{"end in the frame", Intermediate, length(24, 1, 2, 3), io.ErrUnexpectedEOF},
		{"length zero", Intermediate, length(0), ErrProtocol},
		{"length three", Intermediate, length(3), ErrProtocol},
		{"negative length", Intermediate, length(-1), ErrProtocol},
		{"quick ack", Intermediate, length(-1 << 31), ErrProtocol},
		{"largest", Intermediate, length(defaultMaxFrame), io.ErrUnexpectedEOF},
		{"too large", Intermediate, length(defaultMaxFrame + 1), ErrProtocol},
		{"too short for a message", Intermediate, length(16, make([]byte, 16)...), ErrProtocol},
		{"abridged too large", Abridged, []byte{0x7f, 0xff, 0xff, 0xff}, ErrProtocol},
		{"abridged quick ack", Abridged, []byte{0x80}, ErrProtocol},
		{"abridged end in the length", Abridged, []byte{0x7f, 1}, io.ErrUnexpectedEOF},
		{"full too short", Full, length(8, 0, 0, 0, 0), ErrProtocol},
		{"full with a wrong sum", Full, full(0, make([]byte, 24), 0), ErrProtocol},
		{"full shorter than its length", Full, length(4), ErrProtocol},
	} {
		t.Run(tt.name, func(t *testing.T) {
			link, err := NewLink(stream{bytes.NewReader(tt.in)}, LinkOptions{Transport: tt.transport})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := link.readFrame(); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestErrorFrames(t *testing.T) {
	le := binary.LittleEndian
	code := int32(CodeFlood)
	frame := func(pad int) []byte {
		b := le.AppendUint32(nil, uint32(4+pad))
		return append(le.AppendUint32(b, uint32(code)), make([]byte, pad)...)
	}
	for _, tt := range []struct {
		name      string
		transport Transport
		in        []byte
	}{
		{"intermediate", Intermediate, frame(0)},
		{"padded", Padded, frame(0)},
		{"padded by 15", Padded, frame(15)},
		{"abridged", Abridged, append([]byte{1}, frame(0)[4:]...)},
		{"full, raw", Full, frame(0)[4:]},
	} {
		link, err := NewLink(stream{bytes.NewReader(tt.in)}, LinkOptions{Transport: tt.transport})
		if err != nil {
			t.Fatal(err)
		}
		_, err = link.readFrame()
		wantTransportError(t, err, CodeFlood)
	}
}

func TestNewLinkRefuses(t *testing.T) {
	for _, opts := range []LinkOptions{
		{Transport: Full + 1},
		{Secret: []byte("short")},
		{Rand: bytes.NewReader(nil)},
	} {
		if _, err := NewLink(stream{}, opts); err == nil {
			t.Errorf("%+v was accepted", opts)
		}
	}
}

func FuzzReadFrame(f *testing.F) {
	f.Add(uint8(Intermediate), []byte{24, 0, 0, 0, 1, 2, 3})
	f.Add(uint8(Padded), []byte{4, 0, 0, 0, 0x6c, 0xfe, 0xff, 0xff})
	f.Add(uint8(Abridged), []byte{0x7f, 1, 0, 0})
	f.Add(uint8(Full), []byte{12, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4})
	f.Add(uint8(ObfuscatedPadded), bytes.Repeat([]byte{0x55}, 64))
	f.Fuzz(func(t *testing.T, transport uint8, in []byte) {
		link, err := NewLink(stream{bytes.NewReader(in)}, LinkOptions{
			Transport: Transport(transport % uint8(len(allTransports))), MaxFrame: 64 << 10,
		})
		if err != nil {
			t.Fatal(err)
		}
		for {
			fr, err := link.readFrame()
			if err != nil {
				return
			}
			if len(fr.data) < minMessage || len(fr.data) > 64<<10 {
				t.Errorf("a frame of %d bytes", len(fr.data))
			}
			fr.buf.release()
		}
	})
}

// FuzzMessage gives the connection messages of a server that has our key and
// means no good.
func FuzzMessage(f *testing.F) {
	for _, msg := range []bin.Encoder{
		number(1),
		result(4, number(1)),
		packed(number(1)),
		result(4, packed(number(1))),
		container(inMessage(5, 1, number(1)), inMessage(9, 3, packed(number(1)))),
		container(inMessage(5, 0, container(inMessage(9, 1, number(1))))),
	} {
		f.Add(int64(1<<32|1), int32(1), encoded(msg, false).body)
	}
	f.Fuzz(func(t *testing.T, msgID int64, seqNo int32, body []byte) {
		near, far := net.Pipe()
		defer far.Close()
		link, err := NewLink(near, LinkOptions{Transport: Intermediate})
		if err != nil {
			t.Fatal(err)
		}
		conn := NewConn(t.Context(), link, Options{Key: testKey})
		if err := conn.handleMessage(msgID, seqNo, body, 0); err != nil && !errors.Is(err, ErrProtocol) {
			t.Errorf("got %v, want ErrProtocol", err)
		}
		_ = conn.Close()
	})
}

// trickle is a stream of n zero bytes that notes how much memory was in use when it
// was asked for more.
type trickle struct {
	left, given int
	most        func(given int)
}

func (s *trickle) Read(p []byte) (int, error) {
	s.most(s.given)
	if s.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), s.left, 64<<10)
	clear(p[:n])
	s.left -= n
	s.given += n
	return n, nil
}

// A frame may be 16 MiB long. Its length alone costs little memory, and what it costs grows
// with the bytes that come.
func TestLongFramesCostWhatComes(t *testing.T) {
	heap := func() int {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	for _, come := range []int{0, 5 << 20, 16 << 20} {
		before, worst := heap(), 0
		r := &trickle{left: come}
		r.most = func(given int) {
			if given%(1<<20) == 0 {
				// A buffer of growth times what came, and the one before it.
				worst = max(worst, heap()-before-(growth+1)*given)
			}
		}
		buf, err := readBuffer(r, 16<<20)
		if whole := come == 16<<20; (err == nil) != whole {
			t.Fatalf("%d bytes: error %v", come, err)
		} else if whole && len(buf.b) != come {
			t.Errorf("%d bytes of %d", len(buf.b), come)
		}
		if worst > 512<<10 {
			t.Errorf("%d bytes came: %d bytes of memory beyond what that costs", come, worst)
		}
	}
}

// Frames of padded transports are longer by any number of bytes up to 15.
func TestPaddingOfFrames(t *testing.T) {
	ours, peer := net.Pipe()
	defer ours.Close()
	go func() { _, _ = io.Copy(io.Discard, peer) }()
	l, err := NewLink(ours, LinkOptions{Transport: Padded})
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[int]bool)
	for range 2000 {
		frame, err := l.appendHeader(nil, 40)
		if err != nil {
			t.Fatal(err)
		}
		frame, err = l.appendTrailer(append(frame, make([]byte, 40)...), 0)
		if err != nil {
			t.Fatal(err)
		}
		said := int(binary.LittleEndian.Uint32(frame))
		if said != len(frame)-4 {
			t.Fatalf("%d bytes said, %d sent", said, len(frame)-4)
		}
		seen[said-40] = true
	}
	for pad := range seen {
		if pad < 0 || pad > 15 {
			t.Errorf("padding of %d bytes", pad)
		}
	}
	if len(seen) != 16 {
		t.Errorf("%d lengths of padding, want 16", len(seen))
	}
}
