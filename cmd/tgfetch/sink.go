package main

import (
	"errors"
	"io"
	"sync"
	"syscall"

	"github.com/tgfetch/tgfetch/fetcher/plain"
)

// sink is stdout. It remembers the first write that failed, for those who print and cannot do
// anything about it. What is written to it is text, which it makes plain; what bytes returns is for
// the contents of a file.
type sink struct {
	text io.Writer // Immutable.
	raw  io.Writer // Immutable.

	mu  sync.Mutex
	err error // Guarded by mu.
}

func newSink(w io.Writer) *sink { return &sink{text: plain.NewWriter(w), raw: w} }

func (s *sink) Write(p []byte) (int, error) { return s.write(s.text, p) }

// bytes is the way for what is written as it is.
func (s *sink) bytes() io.Writer { return rawSink{s} }

type rawSink struct{ *sink }

func (s rawSink) Write(p []byte) (int, error) { return s.write(s.raw, p) }

func (s *sink) write(to io.Writer, p []byte) (int, error) {
	n, err := to.Write(p)
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.err == nil {
			s.err = err
		}
	}
	return n, err
}

// lost is the first failure; nil if there was none, or if only the reader has gone away, who wants no
// more.
func (s *sink) lost() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(s.err, syscall.EPIPE) {
		return nil
	}
	return s.err
}
