package cache

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/dgraph-io/ristretto/v2"
)

// DefaultBytes is the size of a [Memory] whose size is not given.
const DefaultBytes = 32 << 20

// pieceBytes is the size of a typical piece; it only sets how many counters
// the admission policy has.
const pieceBytes = 128 << 10

// Memory is a cache in memory, bounded in bytes, that keeps what is asked for
// most often.
type Memory struct {
	mu    sync.RWMutex // Guards store against being closed while in use.
	store *ristretto.Cache[string, []byte]
}

// NewMemory makes a cache of at most size bytes; zero means [DefaultBytes].
// The error is a size below zero.
func NewMemory(size int64) (*Memory, error) {
	if size == 0 {
		size = DefaultBytes
	}
	if size < 0 {
		return nil, fmt.Errorf("cache of %d bytes: the size must not be negative", size)
	}
	store, err := ristretto.NewCache(&ristretto.Config[string, []byte]{
		NumCounters: max(10*size/pieceBytes, 1000),
		MaxCost:     size,
		BufferItems: 64,
	})
	if err != nil {
		return nil, fmt.Errorf("cache of %d bytes: %w", size, err)
	}
	return &Memory{store: store}, nil
}

// Get implements Cache.
func (m *Memory) Get(key Key, dst []byte) (int, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.store == nil {
		return 0, false
	}
	piece, ok := m.store.Get(key.encode())
	if !ok || len(piece) > len(dst) {
		return 0, false
	}
	return copy(dst, piece), true
}

// Put implements Cache. What was put is found a moment later, not at once.
func (m *Memory) Put(key Key, piece []byte) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.store != nil {
		m.store.Set(key.encode(), bytes.Clone(piece), int64(len(piece)))
	}
}

// Close implements Cache. It waits for the background goroutines.
func (m *Memory) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.store != nil {
		m.store.Close()
		m.store = nil
	}
}

// wait returns when everything put so far can be found.
func (m *Memory) wait() {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.store != nil {
		m.store.Wait()
	}
}

func (k Key) encode() string {
	b := make([]byte, 0, 9+len(k.File))
	b = append(b, byte(k.Kind))
	b = binary.BigEndian.AppendUint64(b, uint64(k.Offset))
	return string(append(b, k.File...))
}
