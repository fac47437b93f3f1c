package session

import "sync"

// Memory is a Store that forgets everything with the process.
type Memory struct {
	mu    sync.Mutex
	keys  Keys  // Guarded by mu.
	state State // Guarded by mu.
}

var _ Store = (*Memory)(nil)

// NewMemory returns an empty Memory.
func NewMemory() *Memory {
	m := new(Memory)
	m.keys.initMaps()
	m.state.initMaps()
	return m
}

// Keys implements Store.
func (m *Memory) Keys() (Keys, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.keys.Clone(), nil
}

// UpdateKeys implements Store.
func (m *Memory) UpdateKeys(fn func(*Keys) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := m.keys.Clone()
	if err := fn(&next); err != nil {
		return err
	}
	next.initMaps()
	m.keys = next
	return nil
}

// State implements Store.
func (m *Memory) State() (State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state.Clone(), nil
}

// ViewState implements Store.
func (m *Memory) ViewState(fn func(*State)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	fn(&m.state)
	return nil
}

// UpdateState implements Store.
func (m *Memory) UpdateState(fn func(*State) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	err := fn(&m.state)
	m.state.initMaps()
	trimState(&m.state)
	return err
}
