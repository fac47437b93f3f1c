package mtserve

import (
	"sync"
	"time"

	"github.com/gotd/td/crypto"
)

// KeyTable holds the authorization keys of one data center, with their
// sessions. Endpoints of that data center share it.
type KeyTable struct {
	mu   sync.Mutex
	keys map[[8]byte]*Key // Guarded by mu.
}

// NewKeyTable returns an empty table.
func NewKeyTable() *KeyTable { return &KeyTable{keys: map[[8]byte]*Key{}} }

// Get returns the key with this id.
func (t *KeyTable) Get(id [8]byte) (*Key, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k, ok := t.keys[id]
	return k, ok
}

// Forget removes a key and its sessions: messages under it get −404 from now
// on, on open connections too. It reports whether the key was there.
func (t *KeyTable) Forget(id [8]byte) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, ok := t.keys[id]
	delete(t.keys, id)
	return ok
}

// Key is one authorization key.
type Key struct {
	slot

	ID        [8]byte   // Immutable.
	Created   time.Time // Immutable.
	Temporary bool      // Immutable.
	Expires   time.Time // Immutable. Of a temporary key.

	auth crypto.AuthKey // Immutable.

	mu       sync.Mutex
	owner    *Key               // Guarded by mu. The permanent key that this one is bound to.
	sessions map[int64]*Session // Guarded by mu.
}

// IntID returns the id as it appears in TL.
func (k *Key) IntID() int64 { return k.auth.IntID() }

// Owner returns the permanent key that this temporary key is bound to, or the
// key itself.
func (k *Key) Owner() *Key {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.owner != nil {
		return k.owner
	}
	return k
}

// Bound reports whether a temporary key was bound to a permanent one.
func (k *Key) Bound() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.owner != nil
}
