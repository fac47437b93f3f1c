package simdc

import (
	"net"
	"sync"
)

// connState is what the API knows about a connection.
type connState struct {
	log *ConnLog

	mu      sync.Mutex
	account int64 // Guarded by mu. Whose rate the connection shares.
}

// shaped returns a listener whose connections behave like the link.
func shaped(l net.Listener, _ Link) net.Listener { return l }

// attach makes the connection share the account's rate from now on.
func (c *call) attach(*account) {}
