package wire

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/crypto"
	"github.com/gotd/td/mt"
	"github.com/gotd/td/mtproto"
	"github.com/gotd/td/proto"
	"github.com/gotd/td/proto/codec"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/transport"

	"github.com/tgfetch/tgfetch/dcpool/filedata"
)

// sealedFile is an upload.file of n bytes as the answer to message reqID, in an
// encrypted message without a frame.
func sealedFile(tb testing.TB, n int, session, msgID, reqID int64) []byte {
	tb.Helper()
	body := encoded(result(reqID, &tg.UploadFile{Type: &tg.StorageFileJpeg{}, Bytes: make([]byte, n)}), false).body
	var out bin.Buffer
	if err := crypto.NewServerCipher(rand.Reader).Encrypt(testKey, crypto.EncryptedMessageData{
		SessionID: session, MessageID: msgID, SeqNo: 1,
		MessageDataLen: int32(len(body)), MessageDataWithPadding: body,
	}, &out); err != nil {
		tb.Fatal(err)
	}
	return out.Buf
}

var partSizes = []int{128 << 10, 512 << 10, 1 << 20}

// BenchmarkReceive is the whole way of a part through the reader: from the bytes
// of the socket to the caller's memory. The baseline does the same with gotd's
// codec, cipher and decoders, in the steps of its mtproto.Conn.
func BenchmarkReceive(b *testing.B) {
	for _, size := range partSizes {
		const session, reqID = 7, 4
		sealed := sealedFile(b, size, session, 1<<32|1, reqID)
		frame := append(binary.LittleEndian.AppendUint32(nil, uint32(len(sealed))), sealed...)
		b.Run(fmt.Sprintf("ours/%dKiB", size>>10), func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			in := bytes.NewReader(frame)
			link, err := NewLink(stream{in}, LinkOptions{Transport: Intermediate})
			if err != nil {
				b.Fatal(err)
			}
			conn := &Conn{
				link: link, pending: make(map[*call]struct{}), sent: make(map[int64]*call),
				wake: make(chan struct{}, 1),
			}
			conn.opts.setDefaults()
			conn.session.id = session
			conn.reader.crypter = newCrypter(testKey)
			answer := &filedata.FileAnswer{Dst: make([]byte, size)}
			for b.Loop() {
				in.Reset(frame)
				conn.reader.replay = replaySet{} // The frame is always the same.
				conn.acks = conn.acks[:0]
				cl := &call{out: answer, ids: []int64{reqID}, done: make(chan struct{})}
				conn.pending[cl], conn.sent[reqID] = struct{}{}, cl
				f, err := link.readFrame()
				if err != nil {
					b.Fatal(err)
				}
				if err := conn.handleFrame(f.data); err != nil {
					b.Fatal(err)
				}
				f.buf.release()
				if <-cl.done; cl.err != nil || answer.N != size {
					b.Fatalf("%d bytes, %v", answer.N, cl.err)
				}
			}
		})
		b.Run(fmt.Sprintf("gotd/%dKiB", size>>10), func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			cipher := crypto.NewClientCipher(rand.Reader)
			dst := make([]byte, size)
			for b.Loop() {
				buf := &bin.Buffer{}
				if err := (codec.Intermediate{}).Read(bytes.NewReader(frame), buf); err != nil {
					b.Fatal(err)
				}
				msg, err := cipher.DecryptFromBuffer(testKey, buf)
				if err != nil {
					b.Fatal(err)
				}
				var res proto.Result
				if err := res.Decode(&bin.Buffer{Buf: msg.Data()}); err != nil {
					b.Fatal(err)
				}
				var file tg.UploadFile
				if err := file.Decode(&bin.Buffer{Buf: res.Result}); err != nil {
					b.Fatal(err)
				}
				copy(dst, file.Bytes)
			}
		})
	}
}

// BenchmarkConn downloads parts over loopback TCP, four calls at once, from one
// server that encrypts with gotd's cipher in the same process.
func BenchmarkConn(b *testing.B) {
	const size, inFlight = 512 << 10, 4
	run := func(b *testing.B, part func() error) {
		b.SetBytes(size * inFlight)
		b.ReportAllocs()
		for b.Loop() {
			var wg sync.WaitGroup
			for range inFlight {
				wg.Go(func() {
					if err := part(); err != nil {
						b.Error(err)
					}
				})
			}
			wg.Wait()
		}
	}
	request := &tg.UploadGetFileRequest{Location: &tg.InputDocumentFileLocation{}, Limit: size}
	b.Run("ours", func(b *testing.B) {
		nc := dialParts(b, size)
		link, err := NewLink(nc, LinkOptions{Transport: Intermediate})
		if err != nil {
			b.Fatal(err)
		}
		conn := NewConn(context.Background(), link, Options{Key: testKey})
		pool := sync.Pool{New: func() any { return &filedata.FileAnswer{Dst: make([]byte, size)} }}
		run(b, func() error {
			answer := pool.Get().(*filedata.FileAnswer)
			defer pool.Put(answer)
			return conn.Do(b.Context(), request, answer)
		})
		_ = conn.Close()
	})
	b.Run("gotd", func(b *testing.B) {
		nc := dialParts(b, size)
		conn := mtproto.New(func(context.Context) (transport.Conn, error) {
			return transport.Intermediate.Handshake(nc)
		}, mtproto.Options{Key: testKey, CompressThreshold: -1})
		pool := sync.Pool{New: func() any { return new([size]byte) }}
		ctx, cancel := context.WithCancel(b.Context())
		if err := conn.Run(ctx, func(ctx context.Context) error {
			defer cancel() // Run goes on for as long as its other loops do.
			run(b, func() error {
				var file tg.UploadFileBox
				if err := conn.Invoke(ctx, request, &file); err != nil {
					return err
				}
				dst := pool.Get().(*[size]byte)
				copy(dst[:], file.File.(*tg.UploadFile).Bytes)
				pool.Put(dst)
				return nil
			})
			return nil
		}); err != nil && !errors.Is(err, context.Canceled) {
			b.Error(err)
		}
		_ = nc.Close()
	})
}

// dialParts connects to a server that answers every upload.getFile with size
// bytes and nothing else.
func dialParts(b *testing.B, size int) net.Conn {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		nc, err := l.Accept()
		if err != nil {
			b.Error(err)
			return
		}
		defer nc.Close()
		serveParts(b, nc, size)
	})
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = nc.Close(); _ = l.Close(); wg.Wait() })
	return nc
}

func serveParts(b *testing.B, nc net.Conn, size int) {
	cipher := crypto.NewServerCipher(rand.Reader)
	if _, err := io.ReadFull(nc, make([]byte, 4)); err != nil {
		b.Error(err)
		return
	}
	last := int64(0)
	for {
		var buf bin.Buffer
		if err := (codec.Intermediate{}).Read(nc, &buf); err != nil {
			return
		}
		msg, err := cipher.DecryptFromBuffer(testKey, &buf)
		if err != nil {
			b.Error(err)
			return
		}
		if id := binary.LittleEndian.Uint32(msg.Data()); id != tg.UploadGetFileRequestTypeID {
			if id != mt.MsgsAckTypeID && id != mt.GetFutureSaltsRequestTypeID {
				b.Errorf("unexpected request %#x", id)
			}
			continue
		}
		last = max(last+4, msg.MessageID|1)
		out := bin.Buffer{Buf: sealedFile(b, size, msg.SessionID, last, msg.MessageID)}
		if err := (codec.Intermediate{}).Write(nc, &out); err != nil {
			return
		}
	}
}
