package sessiontest_test

import (
	"bytes"
	"errors"
	"sync"
	"testing"

	"github.com/tgfetch/tgfetch/session"
	"github.com/tgfetch/tgfetch/session/sessiontest"
)

// cell is a place for one value. It counts how often it is written.
type cell struct {
	mu     sync.Mutex
	value  []byte
	writes int
}

func (c *cell) update(change func([]byte) ([]byte, error)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	next, err := change(c.value)
	if err != nil {
		return err
	}
	c.value = next
	c.writes++
	return nil
}

func TestStores(t *testing.T) {
	t.Run("Dir", func(t *testing.T) {
		sessiontest.Run(t, func(t *testing.T) func() session.Store {
			path := t.TempDir()
			return func() session.Store {
				d, err := session.OpenDir(path, session.DirOptions{})
				if err != nil {
					t.Fatal(err)
				}
				return d
			}
		})
	})
	t.Run("Memory", func(t *testing.T) {
		sessiontest.Run(t, func(t *testing.T) func() session.Store {
			m := session.NewMemory()
			return func() session.Store { return m }
		})
	})
	t.Run("Blob", func(t *testing.T) {
		sessiontest.Run(t, func(t *testing.T) func() session.Store {
			c := new(cell)
			return func() session.Store { return session.FromBlob(c.update) }
		})
	})
}

// TestBlobWritesSeldom: the state, which is cheap to lose, is written with the keys and
// when the program ends, and not with each change.
func TestBlobWritesSeldom(t *testing.T) {
	c := new(cell)
	b := session.FromBlob(c.update)
	for i := range 100 {
		if err := b.UpdateState(func(s *session.State) error { s.Documents["document:1"] = i; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Keys(); err != nil || c.writes != 0 {
		t.Errorf("%d writes of a cache, %v", c.writes, err)
	}
	for range 3 {
		if err := b.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if c.writes != 1 {
		t.Errorf("%d writes by three times Flush", c.writes)
	}
	state, err := session.FromBlob(c.update).State()
	if err != nil || state.Documents["document:1"] != 99 {
		t.Errorf("the state is %+v, %v", state.Documents, err)
	}
}

// TestBlobsThatCannotBeUsed: neither damage nor a place that lies costs the keys.
func TestBlobsThatCannotBeUsed(t *testing.T) {
	c := new(cell)
	if err := session.FromBlob(c.update).UpdateKeys(func(k *session.Keys) error { k.UserID = 7; return nil }); err != nil {
		t.Fatal(err)
	}
	good := bytes.Clone(c.value)
	for _, spoilt := range [][]byte{good[:len(good)-1], []byte("x"), bytes.Replace(good, []byte("session 1"), []byte("session 2"), 1)} {
		c.value = bytes.Clone(spoilt)
		b := session.FromBlob(c.update)
		_, err := b.Keys()
		for _, err := range []error{err, b.UpdateKeys(func(*session.Keys) error { return nil }), b.ViewState(func(*session.State) {})} {
			if _, damaged := errors.AsType[*session.DamagedError](err); !damaged {
				t.Errorf("got %v", err)
			}
		}
		if !bytes.Equal(c.value, spoilt) {
			t.Error("a damaged blob was replaced")
		}
	}
	full := errors.New("full")
	for name, update := range map[string]func(func([]byte) ([]byte, error)) error{
		"fails":      func(func([]byte) ([]byte, error)) error { return full },
		"never asks": func(func([]byte) ([]byte, error)) error { return nil },
		"takes what is no change": func(change func([]byte) ([]byte, error)) error {
			_, _ = change(nil)
			return nil
		},
	} {
		b := session.FromBlob(update)
		if _, err := b.Keys(); err == nil || name == "fails" && !errors.Is(err, full) {
			t.Errorf("a place that %s: %v", name, err)
		}
		if err := b.UpdateKeys(func(*session.Keys) error { return errors.New("no") }); err == nil && name != "takes what is no change" {
			t.Errorf("a place that %s took keys", name)
		}
	}
}
