package wire

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

const (
	// maxInflated bounds what a packed object may unpack to.
	maxInflated = 10 << 20
	// maxFrameInflated bounds what all packed objects of one frame may unpack to:
	// a packed container of packed objects would multiply a thousandfold twice.
	maxFrameInflated = 4 * maxInflated
)

// inflater unpacks gzip_packed objects. It is owned by the reader.
type inflater struct {
	src bytes.Reader
	zip *gzip.Reader
	sum int // Bytes unpacked since reset.
}

// reset begins a new frame.
func (i *inflater) reset() { i.sum = 0 }

// inflate returns the unpacked object in a pooled buffer that the caller
// releases. body follows the constructor gzip_packed#3072cfa1 packed_data:bytes.
//
// See https://core.telegram.org/mtproto/service_messages#packed-object.
func (i *inflater) inflate(body []byte) (*buffer, error) {
	packed, err := tlBytes(body)
	if err != nil {
		return nil, fmt.Errorf("%w: gzip_packed: %w", ErrProtocol, err)
	}
	i.src.Reset(packed)
	if i.zip == nil {
		i.zip, err = gzip.NewReader(&i.src)
	} else {
		err = i.zip.Reset(&i.src)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: gzip_packed: %w", ErrProtocol, err)
	}
	out := getBuffer(min(4*len(packed)+64, maxInflated))
	for n := 0; ; {
		if n == len(out.b) {
			if n >= maxInflated {
				out.release()
				return nil, fmt.Errorf("%w: gzip_packed: more than %d bytes", ErrProtocol, maxInflated)
			}
			larger := getBuffer(min(2*n, maxInflated))
			copy(larger.b, out.b)
			out.release()
			out = larger
		}
		m, err := i.zip.Read(out.b[n:])
		n += m
		if i.sum += m; i.sum > maxFrameInflated {
			out.release()
			return nil, fmt.Errorf("%w: gzip_packed: more than %d bytes in one frame", ErrProtocol, maxFrameInflated)
		}
		if errors.Is(err, io.EOF) {
			out.b = out.b[:n]
			return out, nil
		}
		if err != nil {
			out.release()
			return nil, fmt.Errorf("%w: gzip_packed: %w", ErrProtocol, err)
		}
	}
}

// tlBytes returns the TL bytes value that b begins with, without copying.
//
// See https://core.telegram.org/mtproto/serialize#base-types.
func tlBytes(b []byte) ([]byte, error) {
	const long = 254 // The first byte of a string whose length takes three bytes.
	if len(b) == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	head, n := 1, int(b[0])
	switch {
	case n > long:
		return nil, fmt.Errorf("string with first byte %d", n)
	case n == long && len(b) < 4:
		return nil, io.ErrUnexpectedEOF
	case n == long:
		head, n = 4, int(b[1])|int(b[2])<<8|int(b[3])<<16
	}
	if len(b) < head+n {
		return nil, io.ErrUnexpectedEOF
	}
	return b[head : head+n], nil
}
