package fetcher

import (
	"strings"
	"sync"
)

// names is the paths that the fetches of a Client write to now. The lock of a
// .part file keeps other processes away; this tells a Client's own fetches
// apart.
type names struct {
	mu    sync.Mutex
	taken map[string]*reservation // Guarded by mu.
}

type reservation struct {
	// Immutable.
	path string
	key  string        // of the file
	done chan struct{} // closed when it is given up
}

// reserve takes a path for the file with a key. If it is taken it returns who
// has it, and false.
func (n *names) reserve(path, key string) (*reservation, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	path = strings.ToLower(path) // Some file systems take case for nothing.
	if r, ok := n.taken[path]; ok {
		return r, false
	}
	if n.taken == nil {
		n.taken = make(map[string]*reservation)
	}
	r := &reservation{path: path, key: key, done: make(chan struct{})}
	n.taken[path] = r
	return r, true
}

func (n *names) release(r *reservation) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.taken, r.path)
	close(r.done)
}
