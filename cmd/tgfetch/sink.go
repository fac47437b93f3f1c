package main

import (
	"errors"
	"io"
	"sync"
	"syscall"
)

// sink is stdout. It remembers the first write that failed, for those who print and cannot do
// anything about it.
type sink struct {
	w io.Writer // Immutable.

	mu  sync.Mutex
	err error // Guarded by mu.
}

func (s *sink) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
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
