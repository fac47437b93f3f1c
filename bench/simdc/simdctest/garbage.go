package simdctest

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strconv"

	"github.com/tgfetch/tgfetch/bench/simdc"
)

func address(d simdc.ClusterDC) string { return net.JoinHostPort(d.IP, strconv.Itoa(d.Port)) }

// unknownKey sends a message over the intermediate transport whose key id is
// nobody's, and reads the transport error.
// https://core.telegram.org/mtproto/mtproto-transports#transport-errors
func unknownKey(ctx context.Context, nc net.Conn) error {
	if deadline, ok := ctx.Deadline(); ok {
		if err := nc.SetDeadline(deadline); err != nil {
			return err
		}
	}
	const size = 8 + 16 + 64 // key id, message key, an encrypted message
	frame := []byte{0xee, 0xee, 0xee, 0xee}
	frame = binary.LittleEndian.AppendUint32(frame, size)
	frame = append(frame, bytes.Repeat([]byte{0x5a}, size)...)
	if _, err := nc.Write(frame); err != nil {
		return err
	}
	var answer [8]byte
	if _, err := io.ReadFull(nc, answer[:]); err != nil {
		return fmt.Errorf("unknown key: %w", err)
	}
	length, code := binary.LittleEndian.Uint32(answer[:]), int32(binary.LittleEndian.Uint32(answer[4:]))
	if length != 4 || code != -404 {
		return fmt.Errorf("unknown key: a frame of %d bytes that begins with %d, want 4 bytes with -404", length, code)
	}
	return nil
}
