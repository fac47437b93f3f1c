package dcpool

import (
	"sync"
	"time"

	"github.com/tgfetch/tgfetch/dcpool/internal/flow"
	"github.com/tgfetch/tgfetch/session"
)

const (
	// windowLife is how long a window is remembered. The computer may be elsewhere by
	// then.
	windowLife = 7 * 24 * time.Hour
	// maxStart bounds the windows that connections start with: together they must not
	// fill a path for long that is much worse than it was.
	maxStart = 2 << 20
)

// windows remembers how many bytes in flight suited connections to an address.
type windows struct {
	mu    sync.Mutex
	known map[string]remembered // Guarded by mu.
}

// remembered is a window that was found.
type remembered struct {
	bytes int
	at    time.Time
	fresh bool // Not stored yet.
}

// load takes over what the store remembers.
func (w *windows) load(state *session.State) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.known = make(map[string]remembered)
	for addr, e := range state.Endpoints {
		if e.Window > 0 {
			w.known[addr] = remembered{bytes: e.Window, at: e.Measured}
		}
	}
}

// found notes the window that a connection to addr settled at.
func (w *windows) found(addr string, bytes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.known == nil {
		w.known = make(map[string]remembered)
	}
	// To the second, in UTC, as it is stored.
	w.known[addr] = remembered{bytes: bytes, at: time.Now().UTC().Truncate(time.Second), fresh: true}
}

// first is the window to start a connection to addr with: half of what was found, so
// that a path that has become worse loses little; 0 if nothing is known.
func (w *windows) first(addr string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, ok := w.known[addr]
	if age := time.Since(r.at); !ok || age < 0 || age >= windowLife {
		return 0
	}
	return min(max(r.bytes/2, flow.MinWindow), maxStart)
}

// save puts what was found into the state.
func (w *windows) save(s *session.State) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for addr, r := range w.known {
		if r.fresh {
			e := s.Endpoints[addr]
			e.Window, e.Measured = r.bytes, r.at
			s.Endpoints[addr] = e
		}
	}
}

// changed reports whether save has something to do.
func (w *windows) changed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.known {
		if r.fresh {
			return true
		}
	}
	return false
}
