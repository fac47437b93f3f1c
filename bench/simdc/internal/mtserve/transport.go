package mtserve

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/gotd/td/proto/codec"
)

// framing is how frames are told apart on the byte stream.
// https://core.telegram.org/mtproto/mtproto-transports
type framing uint8

const (
	abridged framing = iota + 1
	intermediate
	padded
	full
)

func (f framing) String() string {
	return [...]string{"unknown", "abridged", "intermediate", "padded", "full"}[f]
}

// maxFrame bounds the frames of clients. The largest that real ones send are
// containers of a little over 1 MiB.
const maxFrame = 2 << 20

// fullEnvelope is what the full transport puts around the payload: length,
// number and CRC32.
const fullEnvelope = 4 + 4 + 4

var (
	errFrameSize   = errors.New("frame size out of bounds")
	errFrameNumber = errors.New("frame out of sequence")
	errFrameCRC    = errors.New("frame checksum mismatch")
	errTransport   = errors.New("unknown transport")
)

// frameReader reads the frames of a client. The quick-ack bits are ignored:
// the server never sends quick acknowledgements, which it is free not to.
type frameReader struct {
	framing framing
	r       *bufio.Reader
	number  uint32 // full only
}

// read returns the payload of the next frame, in memory of its own.
func (f *frameReader) read() ([]byte, error) {
	var head [8]byte
	var size int
	switch f.framing {
	case abridged:
		if _, err := io.ReadFull(f.r, head[:1]); err != nil {
			return nil, err
		}
		size = int(head[0]&0x7f) * 4
		if head[0]&0x7f == 0x7f {
			if _, err := io.ReadFull(f.r, head[:3]); err != nil {
				return nil, err
			}
			size = int(binary.LittleEndian.Uint32(head[:])) * 4
		}
	default:
		if _, err := io.ReadFull(f.r, head[:4]); err != nil {
			return nil, err
		}
		size = int(binary.LittleEndian.Uint32(head[:]))
		if f.framing != full {
			size &= 1<<31 - 1
		}
	}
	if f.framing == full {
		return f.readFull(size)
	}
	if size <= 0 || size > maxFrame {
		return nil, fmt.Errorf("%w: %d bytes", errFrameSize, size)
	}
	return readGrowing(f.r, nil, size)
}

// readGrowing returns head and the n bytes that follow in r. Memory for more than a little is taken as
// they come: a stranger may say any number.
func readGrowing(r io.Reader, head []byte, n int) ([]byte, error) {
	const onItsWord = 4 << 10
	b := bytes.NewBuffer(append(make([]byte, 0, len(head)+min(n, onItsWord)), head...))
	if _, err := io.CopyN(b, r, int64(n)); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return b.Bytes(), nil
}

func (f *frameReader) readFull(size int) ([]byte, error) {
	if size <= fullEnvelope || size > maxFrame {
		return nil, fmt.Errorf("%w: %d bytes", errFrameSize, size)
	}
	frame, err := readGrowing(f.r, binary.LittleEndian.AppendUint32(nil, uint32(size)), size-4)
	if err != nil {
		return nil, err
	}
	body, sum := frame[:size-4], binary.LittleEndian.Uint32(frame[size-4:])
	if crc32.ChecksumIEEE(body) != sum {
		return nil, errFrameCRC
	}
	if binary.LittleEndian.Uint32(frame[4:]) != f.number {
		return nil, errFrameNumber
	}
	f.number++
	return body[8:], nil
}

// maxAbridged is the longest payload that the abridged transport can announce.
// https://core.telegram.org/mtproto/mtproto-transports#abridged
const maxAbridged = 4 * (1<<24 - 1)

// frameHeader starts a frame whose payload, padding included, is n bytes long.
func (f framing) frameHeader(n int, number uint32) []byte {
	switch f {
	case abridged:
		if n/4 < 0x7f {
			return []byte{byte(n / 4)}
		}
		return binary.LittleEndian.AppendUint32(nil, uint32(n/4)<<8|0x7f)
	case full:
		h := binary.LittleEndian.AppendUint32(nil, uint32(n+fullEnvelope))
		return binary.LittleEndian.AppendUint32(h, number)
	default:
		return binary.LittleEndian.AppendUint32(nil, uint32(n))
	}
}

// detect finds out which transport the client speaks from its first bytes.
// What it returns reads frames, and obfuscates what is written if the client
// asked for that, with the secret key of the address if it has one; header is nil
// otherwise.
func detect(r io.Reader, key []byte) (f *frameReader, header *obfuscation, err error) {
	br := bufio.NewReaderSize(r, 16<<10)
	first, err := br.Peek(1)
	if err != nil {
		return nil, nil, err
	}
	if first[0] == codec.AbridgedClientStart[0] {
		_, err = br.Discard(1)
		return &frameReader{framing: abridged, r: br}, nil, err
	}
	start, err := br.Peek(8)
	if err != nil {
		return nil, nil, err
	}
	switch word := [4]byte(start); {
	case word == codec.IntermediateClientStart:
		_, err = br.Discard(4)
		return &frameReader{framing: intermediate, r: br}, nil, err
	case word == codec.PaddedIntermediateClientStart:
		_, err = br.Discard(4)
		return &frameReader{framing: padded, r: br}, nil, err
	case isHTTP(word):
		return nil, nil, fmt.Errorf("%w: HTTP", errTransport)
	case [4]byte(start[4:]) == [4]byte{}:
		// The number of the first frame of the full transport; an obfuscated
		// header never has it.
		return &frameReader{framing: full, r: br}, nil, nil
	}
	return acceptObfuscated(br, key)
}

func isHTTP(word [4]byte) bool {
	switch string(word[:]) {
	case "HEAD", "POST", "GET ", "OPTI":
		return true
	}
	return false
}
