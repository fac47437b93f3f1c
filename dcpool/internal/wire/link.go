package wire

import (
	"bufio"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"time"

	"github.com/gotd/td/mtproxy"
	"github.com/gotd/td/mtproxy/obfuscated2"
	"github.com/gotd/td/proto/codec"
)

const (
	// defaultMaxFrame is longer than any answer of Telegram's that is known of.
	defaultMaxFrame = 16 << 20
	// readAhead is small because what is read ahead is copied once more, and
	// large enough that a small answer costs one read of the socket.
	readAhead = 4 << 10
	// minMessage is shorter than any message: an unencrypted one has 20 bytes of
	// header. In a padded transport an error frame may be up to 19 bytes long.
	minMessage = 20
	// maxFramePadding is the most that the padded transport adds to a frame.
	maxFramePadding = 15
)

// LinkOptions of a Link. The zero value works.
type LinkOptions struct {
	// Transport is the framing; zero is ObfuscatedPadded.
	Transport Transport
	// DC is the id in the obfuscated2 header: negative for a media-only
	// endpoint, plus 10000 for a test DC.
	DC int
	// Secret is the 16-byte secret of a dcOption, mixed into the obfuscation. Nil
	// means none.
	Secret []byte
	// MaxFrame bounds the length of a received frame in bytes. 0 means 16 MiB. Memory
	// for more than 64 KiB is taken as the bytes come.
	MaxFrame int
	// Rand is the source of obfuscation keys and padding. Nil means crypto/rand.
	Rand io.Reader
}

// Link is a net.Conn with a transport's framing on it. It carries first an
// Exchange, if one is needed, and then a Conn, so that a new key costs no second
// dial. One goroutine may read and one may write.
type Link struct {
	sock      *socket
	transport Transport
	maxFrame  int
	rand      io.Reader

	// Owned by the reader.
	r     *bufio.Reader
	inSeq uint32 // Full only.

	// Owned by the writer.
	w      io.Writer
	outSeq uint32 // Full only.
	pad    int    // Padding of the frame being built.
}

// NewLink wraps nc, which it owns from now on. Nothing is written before the
// first frame. It fails only when the transport or the secret is not valid or
// the source of randomness fails; nc is then still the caller's.
func NewLink(nc net.Conn, opts LinkOptions) (*Link, error) {
	if opts.MaxFrame <= 0 {
		opts.MaxFrame = defaultMaxFrame
	}
	if opts.Rand == nil {
		opts.Rand = rand.Reader
	}
	if opts.Transport == 0 {
		opts.Transport = ObfuscatedPadded
	}
	sock := &socket{nc: nc, opened: time.Now()}
	l := &Link{sock: sock, maxFrame: opts.MaxFrame, rand: opts.Rand}
	var stream io.ReadWriter = sock
	obfuscate := func(tag [4]byte) error {
		o := obfuscated2.NewObfuscated2(opts.Rand, sock)
		// The handshake only writes, and the socket keeps it for the first frame.
		sock.holding = true
		err := o.Handshake(tag, opts.DC, mtproxy.Secret{Secret: opts.Secret})
		sock.holding = false
		stream = o
		return err
	}
	switch opts.Transport {
	case ObfuscatedPadded:
		l.transport = Padded
		if err := obfuscate(codec.PaddedIntermediateClientStart); err != nil {
			return nil, err
		}
	case ObfuscatedIntermediate:
		l.transport = Intermediate
		if err := obfuscate(codec.IntermediateClientStart); err != nil {
			return nil, err
		}
	case Intermediate:
		l.transport = Intermediate
		sock.held = codec.IntermediateClientStart[:]
	case Padded:
		l.transport = Padded
		sock.held = codec.PaddedIntermediateClientStart[:]
	case Abridged:
		l.transport = Abridged
		sock.held = codec.AbridgedClientStart[:]
	case Full:
		l.transport = Full
	default:
		return nil, fmt.Errorf("unknown transport %v", opts.Transport)
	}
	l.r, l.w = bufio.NewReaderSize(stream, readAhead), stream
	return l, nil
}

// Close closes the socket. It is for links that were never given to NewConn.
func (l *Link) Close() error { return l.sock.nc.Close() }

// frame is one received payload. data lies in buf.
type frame struct {
	buf  *buffer
	data []byte
}

// readFrame reads the next payload into a pooled buffer that the caller releases.
// An error frame of the server is a *TransportError.
func (l *Link) readFrame() (frame, error) {
	n, err := l.readLength()
	if err != nil {
		return frame{}, err
	}
	if n < 4 || n > l.maxFrame {
		return frame{}, fmt.Errorf("%w: frame of %d bytes, at most %d expected", ErrProtocol, n, l.maxFrame)
	}
	l.sock.inLarge = n > smallAnswer
	buf, err := readBuffer(l.r, n)
	l.sock.inLarge = false
	l.sock.frameEnded()
	if err != nil {
		return frame{}, fmt.Errorf("read frame: %w", noEOF(err))
	}
	f := frame{buf: buf, data: buf.b}
	if l.transport == Full {
		f.data, err = l.openFull(f.data)
	}
	if err == nil {
		err = l.errorFrame(f.data)
	}
	if err != nil {
		f.buf.release()
		return frame{}, err
	}
	return f, nil
}

// readLength returns the number of bytes that follow it in the frame.
func (l *Link) readLength() (int, error) {
	var b [4]byte
	if l.transport == Abridged {
		if _, err := io.ReadFull(l.r, b[:1]); err != nil {
			return 0, fmt.Errorf("read: %w", err)
		}
		if b[0] < 0x7f {
			return int(b[0]) * 4, nil
		}
		if b[0] > 0x7f { // The token of a quick ack, which we never ask for.
			return 0, fmt.Errorf("%w: quick ack", ErrProtocol)
		}
		if _, err := io.ReadFull(l.r, b[:3]); err != nil {
			return 0, fmt.Errorf("read length: %w", noEOF(err))
		}
		return int(binary.LittleEndian.Uint32(b[:])) * 4, nil
	}
	if _, err := io.ReadFull(l.r, b[:]); err != nil {
		return 0, fmt.Errorf("read: %w", err)
	}
	n := int(int32(binary.LittleEndian.Uint32(b[:])))
	if l.transport == Full {
		if n < 0 && n > -1000 { // A server that gave up on the framing.
			return 0, &TransportError{Code: n}
		}
		n -= 4 // The length counts itself.
	}
	return n, nil
}

// openFull checks sequence number and CRC and returns the payload between them.
func (l *Link) openFull(b []byte) ([]byte, error) {
	le := binary.LittleEndian
	if len(b) < 12 {
		return nil, fmt.Errorf("%w: full frame of %d bytes", ErrProtocol, len(b))
	}
	var length [4]byte
	le.PutUint32(length[:], uint32(len(b)+4))
	sum := crc32.Update(crc32.ChecksumIEEE(length[:]), crc32.IEEETable, b[:len(b)-4])
	if sum != le.Uint32(b[len(b)-4:]) {
		return nil, fmt.Errorf("%w: full frame: wrong CRC", ErrProtocol)
	}
	if seq := le.Uint32(b); seq != l.inSeq {
		return nil, fmt.Errorf("%w: full frame: number %d, want %d", ErrProtocol, seq, l.inSeq)
	}
	l.inSeq++
	return b[4 : len(b)-4], nil
}

// errorFrame returns the *TransportError that data is, if it is one.
func (l *Link) errorFrame(data []byte) error {
	switch {
	case len(data) == 4, l.transport == Padded && len(data) < minMessage:
		return &TransportError{Code: int(int32(binary.LittleEndian.Uint32(data)))}
	case len(data) < minMessage:
		return fmt.Errorf("%w: message of %d bytes", ErrProtocol, len(data))
	default:
		return nil
	}
}

// appendHeader appends what precedes a payload of n bytes, a multiple of four.
func (l *Link) appendHeader(dst []byte, n int) ([]byte, error) {
	le := binary.LittleEndian
	l.pad = 0
	switch l.transport {
	case Abridged:
		if words := n / 4; words < 0x7f {
			return append(dst, byte(words)), nil
		}
		return le.AppendUint32(dst, uint32(n/4)<<8|0x7f), nil
	case Full:
		dst = le.AppendUint32(dst, uint32(n+12))
		dst = le.AppendUint32(dst, l.outSeq)
		l.outSeq++
		return dst, nil
	case Padded:
		// As much as official clients add, so that lengths do not tell what is inside.
		// A server that strips the length modulo four alone does not understand it; to
		// the pool it is one that does not know the transport.
		var b [1]byte
		if _, err := io.ReadFull(l.rand, b[:]); err != nil {
			return nil, fmt.Errorf("padding: %w", err)
		}
		l.pad = int(b[0] % (maxFramePadding + 1))
	}
	return le.AppendUint32(dst, uint32(n+l.pad)), nil
}

// appendTrailer appends what follows the payload of the frame whose header
// begins at start.
func (l *Link) appendTrailer(dst []byte, start int) ([]byte, error) {
	switch l.transport {
	case Full:
		return binary.LittleEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[start:])), nil
	case Padded:
		var pad [maxFramePadding]byte
		if _, err := io.ReadFull(l.rand, pad[:l.pad]); err != nil {
			return nil, fmt.Errorf("padding: %w", err)
		}
		return append(dst, pad[:l.pad]...), nil
	default:
		return dst, nil
	}
}

// send writes whole frames and returns how many of their bytes may have left.
func (l *Link) send(p []byte) (int, error) {
	n, err := l.w.Write(p)
	if err != nil {
		return n, fmt.Errorf("write: %w", err)
	}
	return n, nil
}

// noEOF turns the end of the stream inside a frame into io.ErrUnexpectedEOF.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
