package mtserve

import "github.com/gotd/td/bin"

// Session is one MTProto session: a session id under one key. Several
// connections may carry it, one after another or at once.
type Session struct {
	slot

	ID int64 // Immutable.
}

// Push sends an object that is not an answer (updates) over the session's
// newest connection. It reports whether there was one.
func (s *Session) Push(e bin.Encoder) bool { return false }
