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
	wrote map[string]string       // Guarded by mu. By path, the key of the file, for modes that ask.
}

type reservation struct {
	// Immutable.
	path string
	key  string // of the file
	// settled is closed when it is sure that the fetch stays, done when the path
	// is given up, which may come first.
	settled, done chan struct{}
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
	r := &reservation{path: path, key: key, settled: make(chan struct{}), done: make(chan struct{})}
	n.taken[path] = r
	return r, true
}

func (n *names) release(r *reservation) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.taken, r.path)
	close(r.done)
}

// note remembers which file was written to a path.
func (n *names) note(path, key string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.wrote == nil {
		n.wrote = make(map[string]string)
	}
	n.wrote[strings.ToLower(path)] = key
}

// wroteOther reports whether a file other than the one with the key was written
// to a path.
func (n *names) wroteOther(path, key string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	wrote, ok := n.wrote[strings.ToLower(path)]
	return ok && wrote != key
}
