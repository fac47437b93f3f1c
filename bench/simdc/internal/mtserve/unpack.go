package mtserve

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/proto"
)

// maxUnpacked bounds what a packed query may unpack to.
const maxUnpacked = 4 << 20

var errPacked = errors.New("malformed gzip_packed")

// unpack returns the body of a message, which may be packed. What is packed
// must not be a container or packed again.
func unpack(m message) ([]byte, error) {
	if m.typeID() != proto.GZIPTypeID {
		return m.body, nil
	}
	data, err := Inflate(m.body)
	if err != nil {
		return nil, err
	}
	switch (message{body: data}).typeID() {
	case proto.MessageContainerTypeID, proto.GZIPTypeID:
		return nil, errContainer
	}
	return data, nil
}

// Inflate unpacks a gzip_packed object, to 10 MiB at most. Besides gzip it takes zlib's format, which some
// clients send and Telegram takes.
// https://core.telegram.org/mtproto/service_messages#packed-object
func Inflate(body []byte) ([]byte, error) {
	b := &bin.Buffer{Buf: body}
	_, _ = b.ID()
	packed, err := b.Bytes()
	if err != nil {
		return nil, err
	}
	if !isZlib(packed) {
		var gzip proto.GZIP // It has a bound of its own.
		err := gzip.Decode(&bin.Buffer{Buf: body})
		return gzip.Data, err
	}
	r, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r, maxUnpacked+1))
	if err == nil && len(data) > maxUnpacked {
		err = errPacked
	}
	return data, err
}

// isZlib reports whether data begins as RFC 1950 has it.
func isZlib(data []byte) bool {
	return len(data) >= 2 && data[0]&0x0f == 8 && (int(data[0])<<8|int(data[1]))%31 == 0
}
