package mtserve

import (
	"context"
	"crypto/rsa"
	"net"
)

// Server is one endpoint of a data center.
type Server struct {
	cfg Config // Immutable.
}

// NewServer returns a server; it does no I/O.
func NewServer(cfg Config) *Server { return &Server{cfg: cfg} }

// Serve accepts connections until ctx ends, which closes the listener and
// every connection, and returns when all its goroutines have. It returns nil
// when ctx ended it, otherwise the listener's error.
func (s *Server) Serve(ctx context.Context, l net.Listener) error { return nil }

// SetRSAKeys replaces the keys that exchanges started from now on offer and accept.
func (s *Server) SetRSAKeys(keys []*rsa.PrivateKey) {}
