package wire

import (
	"errors"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// socket counts the bytes of a net.Conn as they arrive and leave, and writes
// without ever waiting for a peer that is silent.
type socket struct {
	nc     net.Conn
	opened time.Time

	in, out  atomic.Int64
	lastByte atomic.Int64 // Nanoseconds from opened to the last byte that arrived.
	lastWork atomic.Int64 // The same for answers, and for bytes of large ones.

	// lastSign is the last sign of life, in nanoseconds from opened: the first byte of a
	// frame or its end. The bytes between them move it on at leastRate.
	lastSign atomic.Int64

	// Owned by the reader.
	inLarge bool // The frame that is being read is a large one.
	inFrame bool // A byte of it has come.

	// Owned by the writer.
	held    []byte // Start bytes of the transport, sent with the first frame.
	holding bool   // Write only holds.
	// stall bounds a write that makes no progress while nothing arrives either.
	// 0 means no bound.
	stall time.Duration
}

// now is the time since the link was opened.
func (s *socket) now() time.Duration { return time.Since(s.opened) }

// heard is when the last byte arrived.
func (s *socket) heard() time.Duration { return time.Duration(s.lastByte.Load()) }

// alive is when the last sign of life came. Of a frame that drips no byte is one, or a
// server could make a few bytes last for ever.
func (s *socket) alive() time.Duration { return time.Duration(s.lastSign.Load()) }

// frameEnded notes that a whole frame is here.
func (s *socket) frameEnded() {
	s.inFrame = false
	s.lastSign.Store(int64(s.now()))
}

// signs notes that n bytes came now.
func (s *socket) signs(n int) {
	now := s.now()
	if s.inFrame {
		now = min(now, s.alive()+time.Duration(n)*time.Second/leastRate)
	}
	s.inFrame = true
	s.lastSign.Store(int64(now))
}

// worked is when the server last did what the connection is there for: more than
// answering pings.
func (s *socket) worked() time.Duration { return time.Duration(s.lastWork.Load()) }

// work notes that it did so now.
func (s *socket) work() { s.lastWork.Store(int64(s.now())) }

func (s *socket) Read(p []byte) (int, error) {
	n, err := s.nc.Read(p)
	if n > 0 {
		s.in.Add(int64(n))
		s.lastByte.Store(int64(s.now()))
		s.signs(n)
		if s.inLarge {
			s.work()
		}
	}
	return n, err
}

// Write implements io.Writer. A slow link is not a stalled one: a write goes on
// for as long as the peer takes bytes or sends some.
func (s *socket) Write(p []byte) (int, error) {
	if s.holding {
		s.held = append(s.held, p...)
		return len(p), nil
	}
	head := len(s.held)
	if head > 0 {
		p = append(s.held[:head:head], p...)
		s.held = nil
	}
	sent := 0
	progress := s.now()
	for {
		if s.stall > 0 {
			alive := max(progress, s.heard())
			// A conn without deadlines is unblocked by Close only.
			_ = s.nc.SetWriteDeadline(s.opened.Add(alive + s.stall))
		}
		n, err := s.nc.Write(p[sent:])
		sent += n
		s.out.Add(int64(n))
		if err == nil {
			return sent - head, nil
		}
		now := s.now()
		if n > 0 {
			progress = now
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return max(0, sent-head), err
		}
		if now-max(progress, s.heard()) >= s.stall {
			return max(0, sent-head), ErrStalled
		}
	}
}
