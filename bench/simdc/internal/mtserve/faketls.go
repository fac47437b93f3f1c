package mtserve

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/gotd/td/mtproxy/faketls"
)

// Offsets in the TLS record of a ClientHello and of a ServerHello.
const (
	tlsHeader       = 5
	tlsRandom       = 11
	tlsRandomEnd    = tlsRandom + 32
	tlsSessionIDEnd = tlsRandomEnd + 1 + 32
	// tlsRecord is the payload of one TLS record at most.
	tlsRecord = 1 << 14
	// tlsSkew is how wrong the time of a client may be, which proxies of other
	// makes are strict about.
	tlsSkew = 5 * time.Second
)

// disguised is the stream inside the records of what looks like TLS.
type disguised struct{ tls *faketls.FakeTLS }

func (d disguised) Read(p []byte) (int, error) { return d.tls.Read(p) }

func (d disguised) Write(p []byte) (written int, err error) {
	for len(p) > 0 && err == nil {
		n := min(len(p), tlsRecord)
		if _, err = d.tls.Write(p[:n]); err == nil {
			written += n
		}
		p = p[n:]
	}
	return written, err
}

// acceptTLS answers a ClientHello whose random proves that the client knows the
// secret and the time. Others are hung up on; a server with a domain behind it
// would hand them on to that.
func acceptTLS(rw io.ReadWriter, s *Secret, now time.Time, random io.Reader) (io.ReadWriter, error) {
	hello := make([]byte, tlsHeader, 1<<10)
	if _, err := io.ReadFull(rw, hello); err != nil {
		return nil, err
	}
	hello = append(hello, make([]byte, binary.BigEndian.Uint16(hello[3:]))...)
	if _, err := io.ReadFull(rw, hello[tlsHeader:]); err != nil {
		return nil, err
	}
	if len(hello) < tlsSessionIDEnd {
		return nil, fmt.Errorf("%w: a TLS hello of %d bytes", errSecret, len(hello))
	}
	said := [32]byte(hello[tlsRandom:tlsRandomEnd])
	clear(hello[tlsRandom:tlsRandomEnd])
	sum := s.sign(hello)
	told := time.Unix(int64(binary.LittleEndian.Uint32(sum[28:])^binary.LittleEndian.Uint32(said[28:])), 0)
	switch {
	case !hmac.Equal(sum[:28], said[:28]):
		return nil, errSecret
	case now.Sub(told).Abs() > tlsSkew:
		return nil, fmt.Errorf("%w: its clock is off by %v", errSecret, told.Sub(now))
	}
	answer, err := s.serverHello(said, hello[tlsRandomEnd:tlsSessionIDEnd], random)
	if err != nil {
		return nil, err
	}
	if _, err := rw.Write(answer); err != nil {
		return nil, err
	}
	return disguised{faketls.NewFakeTLS(random, rw)}, nil
}

// serverHello is a ServerHello, a change of cipher and what stands for the
// encrypted rest of a handshake.
func (s *Secret) serverHello(client [32]byte, sessionID []byte, random io.Reader) ([]byte, error) {
	body := append([]byte{2, 0, 0, 0, 3, 3}, make([]byte, 32)...)
	body = append(body, sessionID...)
	body = append(body, 0x13, 1, 0) // A cipher suite, no compression.
	body[3] = byte(len(body) - 4)
	rest := make([]byte, 1000)
	if _, err := io.ReadFull(random, rest); err != nil {
		return nil, err
	}
	answer := tlsRecordOf(0x16, body)
	answer = append(answer, tlsRecordOf(0x14, []byte{1})...)
	answer = append(answer, tlsRecordOf(0x17, rest)...)
	copy(answer[tlsRandom:tlsRandomEnd], s.sign(client[:], answer))
	return answer, nil
}

func (s *Secret) sign(parts ...[]byte) []byte {
	mac := hmac.New(sha256.New, s.Key)
	for _, p := range parts {
		mac.Write(p)
	}
	return mac.Sum(nil)
}

func tlsRecordOf(kind byte, body []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{kind, 3, 3}, uint16(len(body))), body...)
}
