package proxy

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"
)

// Disguise does what the server behind nc wants before the obfuscated transport: with
// a secret for fake TLS, what looks like a TLS handshake with the server of the
// secret's domain and proves that the secret and the time are known; else nothing. now
// is what the server is told the time is.
//
// A server that does not believe it answers as that of the domain, which is a
// *DisguiseError. nc is closed if ctx ends first, else left to the caller.
func (s Secret) Disguise(ctx context.Context, nc net.Conn, now time.Time) (net.Conn, error) {
	if s.domain == "" {
		return nc, nil
	}
	stop := context.AfterFunc(ctx, func() { _ = nc.Close() })
	stream, err := s.greetTLS(nc, now)
	if !stop() {
		return nil, context.Cause(ctx)
	}
	return stream, err
}

// DisguiseError reports a server that takes a fake TLS handshake for a real one: it
// has another secret, or another time.
type DisguiseError struct {
	Told time.Time // The time that it was told.
	Err  error     // What was wrong with its answer.
}

func (e *DisguiseError) Error() string {
	return fmt.Sprintf("does not accept the secret, or the clock is wrong: it was told that it is %s, "+
		"and some bear 5 s of difference", e.Told.UTC().Format("2006-01-02 15:04:05 UTC"))
}

func (e *DisguiseError) Unwrap() error { return e.Err }

// greetTLS is the handshake.
func (s Secret) greetTLS(nc net.Conn, now time.Time) (net.Conn, error) {
	random, err := s.clientHello(nc, now)
	if err == nil {
		err = s.serverHello(nc, random)
	}
	switch {
	case err == nil:
		return newRecords(nc), nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return nil, errHungUp
	}
	if _, broken := errors.AsType[net.Error](err); broken {
		return nil, err
	}
	return nil, &DisguiseError{Told: now, Err: err}
}

// greetMTProxy does what an MTProxy wants before the obfuscated transport.
func (p *Proxy) greetMTProxy(nc net.Conn, now time.Time) (net.Conn, error) {
	if p.secret.domain == "" {
		return nc, nil
	}
	stream, err := p.secret.greetTLS(nc, now)
	if refused, ok := errors.AsType[*DisguiseError](err); ok {
		return nil, p.denied(refused.Error())
	}
	return stream, err
}

// Types of TLS records.
const (
	changeCipherSpec = 0x14
	handshakeRecord  = 0x16
	applicationData  = 0x17
)

const (
	headerLength = 5
	// maxRecord is the payload of one TLS record at most.
	maxRecord = 1 << 14
)

// tlsVersion stands in the header of every record: 1.2, as in TLS 1.3.
var tlsVersion = [2]byte{3, 3}

// records is the stream inside the records of a fake TLS connection. One goroutine
// may read and one may write.
type records struct {
	net.Conn

	// Owned by the reader.
	r    *bufio.Reader
	left int // What is left of the record being read.

	// Owned by the writer.
	pending []byte // Begun, but not sent: the rest of a record.
	greeted bool   // The first record was sent.
}

func newRecords(nc net.Conn) *records {
	return &records{Conn: nc, r: bufio.NewReaderSize(nc, maxRecord)}
}

func (s *records) Read(p []byte) (int, error) {
	for s.left == 0 {
		var header [headerLength]byte
		if _, err := io.ReadFull(s.r, header[:]); err != nil {
			return 0, err
		}
		n := int(binary.BigEndian.Uint16(header[3:]))
		switch header[0] {
		case applicationData:
			s.left = n
		case changeCipherSpec:
			if _, err := s.r.Discard(n); err != nil {
				return 0, err
			}
		default:
			return 0, fmt.Errorf("TLS record of type %#x: %w", header[0], io.ErrUnexpectedEOF)
		}
	}
	n, err := s.r.Read(p[:min(len(p), s.left)])
	s.left -= n
	return n, err
}

// Write sends p in records. After a timeout it may be called again with the rest;
// what it says was written may still be due then.
func (s *records) Write(p []byte) (int, error) {
	if err := s.flush(); err != nil {
		return 0, err
	}
	sent := 0
	for sent < len(p) {
		n := min(len(p)-sent, maxRecord)
		if !s.greeted {
			s.greeted = true
			s.pending = append(s.pending, changeCipherSpec, tlsVersion[0], tlsVersion[1], 0, 1, 1)
		}
		s.pending = append(s.pending, applicationData, tlsVersion[0], tlsVersion[1])
		s.pending = binary.BigEndian.AppendUint16(s.pending, uint16(n))
		s.pending = append(s.pending, p[sent:sent+n]...)
		sent += n
		if err := s.flush(); err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// flush sends what is pending, and keeps what was not sent of it.
func (s *records) flush() error {
	if len(s.pending) == 0 {
		return nil
	}
	n, err := s.Conn.Write(s.pending)
	s.pending = append(s.pending[:0], s.pending[n:]...)
	return err
}
