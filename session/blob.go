package session

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
)

// Names of a blob: of its kind, and of its sections.
const (
	blobName     = "session"
	sectionKeys  = "keys"
	sectionState = "state"
)

// Blob is a [Store] in one value that is kept elsewhere: a row of a database, a key of
// a key-value store, a secret of a vault. Keys are written when UpdateKeys returns, the
// state with them, by Flush, and else not.
type Blob struct {
	update func(change func(old []byte) (new []byte, err error)) error // Immutable.

	mu     sync.Mutex
	loaded bool  // Guarded by mu.
	dirty  bool  // Guarded by mu. The state has changes that were not written.
	state  State // Guarded by mu.
	base   State // Guarded by mu. As it was written, or read, last.
}

var (
	_ Store   = (*Blob)(nil)
	_ Flusher = (*Blob)(nil)
)

// FromBlob returns a Store in the value that update changes. update calls change once
// with the value, nil if there is none yet, and puts what change returns in its place,
// durably and as one step with regard to others; an error of change it returns, and
// changes nothing. It is not called more than once at a time by one Blob. The value is
// as secret as a password, and not encrypted. With bbolt:
//
//	store := session.FromBlob(func(change func([]byte) ([]byte, error)) error {
//		return db.Update(func(tx *bbolt.Tx) error {
//			b := tx.Bucket(bucket)
//			next, err := change(b.Get(key))
//			if err != nil {
//				return err
//			}
//			return b.Put(key, next)
//		})
//	})
func FromBlob(update func(change func(old []byte) (new []byte, err error)) error) *Blob {
	return &Blob{update: update}
}

// contents is a decoded blob.
type contents struct {
	secs, keySecs, stateSecs sections
	keys                     Keys
	state                    State
}

// errOnlyRead is a change that is none.
var errOnlyRead = errors.New("session: nothing is to be changed")

// Keys implements Store.
func (b *Blob) Keys() (Keys, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.readLocked()
	return c.keys, err
}

// UpdateKeys implements Store.
func (b *Blob) UpdateKeys(fn func(*Keys) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.changeLocked(func(c *contents) error { return fn(&c.keys) })
}

// State implements Store.
func (b *Blob) State() (State, error) {
	var s State
	err := b.ViewState(func(state *State) { s = state.Clone() })
	return s, err
}

// ViewState implements Store.
func (b *Blob) ViewState(fn func(*State)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.loadLocked(); err != nil {
		return err
	}
	fn(&b.state)
	return nil
}

// UpdateState implements Store.
func (b *Blob) UpdateState(fn func(*State) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.loadLocked(); err != nil {
		return err
	}
	err := fn(&b.state)
	b.state.initMaps()
	trimState(&b.state)
	b.dirty = true
	return err
}

// Flush writes the state if there is something new to write.
func (b *Blob) Flush() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.dirty {
		return nil
	}
	return b.changeLocked(func(*contents) error { return nil })
}

func (b *Blob) loadLocked() error {
	if b.loaded {
		return nil
	}
	c, err := b.readLocked()
	if err != nil {
		return err
	}
	b.state, b.base, b.loaded = c.state, c.state.Clone(), true
	return nil
}

// readLocked reads the value.
func (b *Blob) readLocked() (c contents, err error) {
	err = b.onceLocked(func(old []byte) ([]byte, error) {
		var failed error
		if c, failed = decodeBlob(old); failed != nil {
			return nil, failed
		}
		return nil, errOnlyRead
	})
	if errors.Is(err, errOnlyRead) {
		err = nil
	} else if err == nil {
		err = errors.New("session: the place of the blob took a change that was none")
	}
	return c, err
}

// changeLocked changes the value, and brings the changes of the state into it.
func (b *Blob) changeLocked(fn func(*contents) error) error {
	var c contents
	err := b.onceLocked(func(old []byte) ([]byte, error) {
		var err error
		if c, err = decodeBlob(old); err != nil {
			return nil, err
		}
		if err := fn(&c); err != nil {
			return nil, err
		}
		if b.dirty {
			mergeState(&c.state, b.base, b.state)
			trimState(&c.state)
		}
		return c.encode()
	})
	if err == nil && b.loaded {
		b.state, b.base, b.dirty = c.state.Clone(), c.state, false
	}
	return err
}

// onceLocked calls update, and sees to it that it calls change.
func (b *Blob) onceLocked(change func(old []byte) ([]byte, error)) error {
	asked := false
	err := b.update(func(old []byte) ([]byte, error) {
		asked = true
		return change(bytes.Clone(old))
	})
	if err == nil && !asked {
		return errors.New("session: the place of the blob was not read: its update never called change")
	}
	return err
}

// decodeBlob reads a value. Keys that cannot be read are a *DamagedError, and a state
// that cannot is an empty one.
func decodeBlob(data []byte) (c contents, err error) {
	c = contents{secs: make(sections), keySecs: make(sections), stateSecs: make(sections)}
	if len(data) > 0 {
		if c.secs, err = parseFile(blobName, data); err == nil {
			err = c.secs.get(sectionKeys, &c.keySecs)
		}
		if err == nil {
			c.keys, err = decodeKeys(c.keySecs)
		}
		if err != nil {
			return contents{}, &DamagedError{Path: "the session's blob", Reason: err.Error()}
		}
		if c.secs.get(sectionState, &c.stateSecs) == nil {
			c.state, _ = decodeState(c.stateSecs) // What cannot be read is learnt anew.
		}
	}
	c.keys.initMaps()
	c.state.initMaps()
	return c, nil
}

func (c *contents) encode() ([]byte, error) {
	err := errors.Join(encodeKeys(c.keys, c.keySecs), encodeState(c.state, c.stateSecs),
		c.secs.set(sectionKeys, c.keySecs), c.secs.set(sectionState, c.stateSecs))
	if err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	body, err := json.Marshal(c.secs)
	return seal(blobName, body), err
}
