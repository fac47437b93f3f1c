package mtserve

import (
	"iter"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
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

// All returns the keys that are in the table now, in no order.
func (t *KeyTable) All() iter.Seq[*Key] {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Values(slices.Collect(maps.Values(t.keys)))
}

// Add puts a key that was made elsewhere into the table: a test's, or one that
// outlived its server. Salt is its first server salt.
func (t *KeyTable) Add(auth crypto.AuthKey, salt int64, created time.Time) *Key {
	k := &Key{ID: auth.ID, Created: created, auth: auth, firstSalt: salt}
	t.add(k)
	return k
}

// add reports whether the key was new.
func (t *KeyTable) add(k *Key) bool {
	k.sessions = map[int64]*Session{}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, taken := t.keys[k.ID]; taken {
		return false
	}
	t.keys[k.ID] = k
	return true
}

// Forget removes a key and its sessions: messages under it get −404 from now
// on, on open connections too, and answers under it are not sent any more. It
// reports whether the key was there.
func (t *KeyTable) Forget(id [8]byte) bool {
	t.mu.Lock()
	k, ok := t.keys[id]
	delete(t.keys, id)
	t.mu.Unlock()
	if ok {
		k.forgotten.Store(true)
	}
	return ok
}

// lookup returns the key if a message under it is acceptable to the server now.
func (s *Server) lookup(id [8]byte) (*Key, bool) {
	now := s.cfg.Clock()
	k, ok := s.cfg.Keys.Get(id)
	if !ok || k.Temporary && !now.Before(k.Expires) || k.place != s.cfg.Place && now.Sub(k.Created) < s.cfg.KeySpread {
		return nil, false
	}
	return k, true
}

// Key is one authorization key.
type Key struct {
	slot

	ID        [8]byte   // Immutable.
	Created   time.Time // Immutable.
	Temporary bool      // Immutable.
	Expires   time.Time // Immutable. Of a temporary key.

	auth      crypto.AuthKey // Immutable.
	place     string         // Immutable. Where it was made.
	firstSalt int64          // Immutable.
	forgotten atomic.Bool

	mu       sync.Mutex
	owner    *Key               // Guarded by mu. The permanent key that this one is bound to.
	sessions map[int64]*Session // Guarded by mu.
	uses     uint64             // Guarded by mu. Counts session look-ups.
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

// maxSessions bounds the sessions of one key; the one used longest ago goes.
const maxSessions = 256

// session returns the session with this id, made if need be.
func (k *Key) session(id int64) *Session {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.uses++
	s, ok := k.sessions[id]
	if !ok {
		if len(k.sessions) >= maxSessions {
			k.evictLocked()
		}
		s = newSession(k, id)
		k.sessions[id] = s
	}
	s.used = k.uses
	return s
}

func (k *Key) evictLocked() {
	oldest := slices.MinFunc(slices.Collect(maps.Values(k.sessions)), func(a, b *Session) int {
		if a.used < b.used {
			return -1
		}
		return 1
	})
	delete(k.sessions, oldest.ID)
}

// destroySession forgets a session and reports whether it was there.
func (k *Key) destroySession(id int64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, ok := k.sessions[id]
	delete(k.sessions, id)
	return ok
}
