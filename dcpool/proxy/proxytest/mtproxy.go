package proxytest

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/gotd/td/mtproxy"
	"github.com/gotd/td/mtproxy/faketls"
	"github.com/gotd/td/mtproxy/obfuscated2"
)

// greetMTProxy is the server's side of an MTProxy: it takes the obfuscation under
// its own secret off and puts the usual one on.
func greetMTProxy(s *Server, nc net.Conn) (string, func(bool) (io.ReadWriter, error), func(net.Conn) (io.ReadWriter, error), error) {
	var stream io.ReadWriter = nc
	if s.opts.Domain != "" {
		if err := s.fakeTLS(nc); err != nil {
			return "", nil, nil, err
		}
		stream = faketls.NewFakeTLS(rand.Reader, nc)
	}
	client, header, err := obfuscated2.Accept(stream, s.opts.Secret)
	if err != nil {
		return "", nil, nil, err
	}
	// Padding is what a proxy can tell a wrong secret by.
	want := byte(0xee)
	if s.padded() {
		want = 0xdd
	}
	for _, b := range header.Protocol {
		if b != want {
			return "", nil, nil, errors.New("wrong secret")
		}
	}
	dc := int(int16(header.DC))
	reply := func(bool) (io.ReadWriter, error) { return client, nil }
	start := func(server net.Conn) (io.ReadWriter, error) {
		o := obfuscated2.NewObfuscated2(rand.Reader, server)
		return o, o.Handshake(header.Protocol, dc, mtproxy.Secret{})
	}
	return strconv.Itoa(dc), reply, start, nil
}

// secret is what clients are given.
func (s *Server) secret() string {
	text := hex.EncodeToString(s.opts.Secret)
	switch {
	case s.opts.Domain != "":
		return "ee" + text + hex.EncodeToString([]byte(s.opts.Domain))
	case s.opts.Padded:
		return "dd" + text
	}
	return text
}

// padded says whether clients are told to pad: by a secret that begins with dd or ee.
func (s *Server) padded() bool { return s.opts.Domain != "" || s.opts.Padded }

const (
	helloHeader  = 5 // Of a TLS record.
	randomAt     = 11
	randomEnd    = randomAt + 32
	sessionIDEnd = randomEnd + 1 + 32
	// clockSkew is what official proxies bear.
	clockSkew = 2 * time.Minute
)

// fakeTLS checks a ClientHello and answers it. A client that does not know the
// secret gets an answer as from the server of the domain.
func (s *Server) fakeTLS(nc net.Conn) error {
	header, err := read(nc, helloHeader)
	if err != nil {
		return err
	}
	rest, err := read(nc, int(binary.BigEndian.Uint16(header[3:])))
	if err != nil || len(header)+len(rest) < sessionIDEnd {
		return errMalformed
	}
	hello := append(header, rest...)
	random := [32]byte(hello[randomAt:randomEnd])
	clear(hello[randomAt:randomEnd])
	sum := s.sign(hello)
	said := time.Unix(int64(binary.LittleEndian.Uint32(sum[28:])^binary.LittleEndian.Uint32(random[28:])), 0)
	known := hmac.Equal(sum[:28], random[:28]) && time.Since(said).Abs() < clockSkew

	body := append([]byte{2, 0, 0, 0, 3, 3}, make([]byte, 32)...)
	body = append(body, hello[randomEnd:sessionIDEnd]...)
	body = append(body, 0x13, 1, 0) // A cipher suite, no compression.
	body[3] = byte(len(body) - 4)
	answer := record(0x16, body)
	answer = append(answer, record(0x14, []byte{1})...)
	certificate := make([]byte, 1000)
	_, _ = rand.Read(certificate) // It never fails.
	answer = append(answer, record(0x17, certificate)...)
	if known {
		copy(answer[randomAt:randomEnd], s.sign(random[:], answer))
	}
	if _, err := nc.Write(answer); err != nil {
		return err
	}
	if !known {
		return errors.New("wrong secret")
	}
	return nil
}

func (s *Server) sign(parts ...[]byte) []byte {
	mac := hmac.New(sha256.New, s.opts.Secret)
	for _, p := range parts {
		mac.Write(p)
	}
	return mac.Sum(nil)
}

func record(kind byte, body []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{kind, 3, 3}, uint16(len(body))), body...)
}
